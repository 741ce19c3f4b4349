"""Taking in: pending fetches enter, articles with labels, duplicates and stories leave, once each, in fetch order.

Nothing is imported here: worker processes come by on their way to the stages and must not meet the record.
"""
