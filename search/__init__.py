"""Finds articles: one query tree, one engine protocol, two engines."""
