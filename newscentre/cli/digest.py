"""Telling: ``digest``, ``trends``."""
