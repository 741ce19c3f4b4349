"""Finding: ``search``."""
