"""The site in three languages."""
