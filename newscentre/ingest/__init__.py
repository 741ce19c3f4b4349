"""Taking in: pending fetches enter, articles with labels, duplicates and stories leave, once each, in fetch order."""

from newscentre.ingest.run import Counts, ingest

__all__ = ["Counts", "ingest"]
