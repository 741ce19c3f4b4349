"""Tests of newscentre."""
