"""Addresses on the site that mails and reports point to: the site's public address goes in, whole links come out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Links:
    """The site's addresses, as ``newscentre.site.urls`` serves them (a test of the site holds the two together)."""

    site_url: str

    def article(self, article: int, language: str) -> str:
        """Return the address of the page about an article."""
        return self._under(language, f"article/{article}/")

    def edition(self, day: date, *, language: str) -> str:
        """Return that of a digest on the site."""
        return self._under(language, f"digests/{day.isoformat()}/")

    def sources(self, language: str) -> str:
        """Return that of the list of sources."""
        return self._under(language, "sources/")

    def source(self, key: str, language: str) -> str:
        """Return that of the page about a source."""
        return self._under(language, f"sources/{key}/")

    def confirm(self, token: str, language: str) -> str:
        """Return that of the page with the button that confirms a subscription."""
        return self._under(language, f"digests/confirm/{token}/")

    def preferences(self, token: str, language: str) -> str:
        """Return that of the page where a subscriber changes what to receive."""
        return self._under(language, f"digests/preferences/{token}/")

    def unsubscribe(self, token: str, language: str) -> str:
        """Return what takes the one-click POST of RFC 8058, and shows a button to those who come by browser."""
        return self._under(language, f"digests/unsubscribe/{token}/")

    def saved_search(self, search: int, language: str) -> str:
        """Return that of the page about a saved search."""
        return self._under(language, f"saved/{search}/")

    def stop_mails(self, token: str, language: str) -> str:
        """Return what ends the mails of a saved search: one click in a mail program, a button in a browser."""
        return self._under(language, f"saved/stop/{token}/")

    def _under(self, language: str, path: str) -> str:
        return f"{self.site_url.rstrip('/')}/{language}/{path}"
