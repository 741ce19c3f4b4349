"""Training: ``train``, ``evaluate``."""
