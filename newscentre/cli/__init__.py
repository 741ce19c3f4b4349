"""The command line: ``newscentre VERB``. One module a group of verbs; each imports what it needs only when it runs."""

from newscentre.cli.app import main

__all__ = ["main"]
