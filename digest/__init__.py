"""Tells readers: daily digests, trend reports, the schedule."""
