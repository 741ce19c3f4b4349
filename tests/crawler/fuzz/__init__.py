"""Hostile input by the hundred thousand: ``python -m tests.crawler.fuzz`` (or ``make fuzz``)."""
