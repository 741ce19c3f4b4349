"""Collects what the outlets publish: the catalogue, the spiders, extraction. Leaves fetches in the record."""
