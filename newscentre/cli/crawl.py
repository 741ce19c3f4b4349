"""Collecting: ``crawl``, ``sources``."""
