"""The application: assembly, ingest, site and command line. Imports everything; nothing imports it."""
