"""Saved searches: matched, told, watched."""
