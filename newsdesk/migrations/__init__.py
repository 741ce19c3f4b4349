"""Steps of the record's schema, in order."""
