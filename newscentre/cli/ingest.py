"""Taking in: ``ingest``, ``import``, ``reindex``, ``relabel``."""
