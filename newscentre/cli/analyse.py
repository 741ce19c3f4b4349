"""Measurable stages: ``extract``, ``tag``."""
