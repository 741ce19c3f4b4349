"""Tests of newsdesk."""
