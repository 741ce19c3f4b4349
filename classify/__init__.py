"""Says of an article its language, themes, countries, near-duplicates and story. Pure: no record, no network, no clock."""
