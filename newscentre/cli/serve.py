"""A small deployment: ``up``."""
