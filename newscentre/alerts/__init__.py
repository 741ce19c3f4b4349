"""Saved searches: kept by their owners, matched with what comes in, told by mail and in feeds."""
