"""Looking after it: ``settings``, ``health``."""
