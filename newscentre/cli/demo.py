"""The demo: ``demo``."""
