"""How each invented outlet's site is made: a table of addresses, character set, time zone and manner of showing dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from babel.dates import format_date, format_time

ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

SECTIONS: dict[str, dict[str, str]] = {
    "ar": {
        "migration": "هجرة",
        "world": "العالم",
        "economy": "اقتصاد",
        "society": "مجتمع",
        "sport": "رياضة",
        "weather": "طقس",
        "science": "علوم",
    },
    "en": {
        "migration": "Migration",
        "world": "World",
        "economy": "Business",
        "society": "Society",
        "sport": "Sport",
        "weather": "Weather",
        "science": "Science",
    },
    "fr": {
        "migration": "Migrations",
        "world": "Monde",
        "economy": "Économie",
        "society": "Société",
        "sport": "Sport",
        "weather": "Météo",
        "science": "Sciences",
    },
}


@dataclass(frozen=True, slots=True)
class Site:
    """One outlet's site. ``article`` and ``section`` are patterns of paths; ``listed`` is how readers' programs find its news:
    ``rss``, ``atom``, ``sitemap`` or ``sections``.
    """

    key: str
    name: str
    language: str
    country: str
    locale: str
    #: Hours ahead of UTC, the year round.
    ahead: int
    listed: str
    article: str
    section: str
    feed: str = ""
    #: Appended to the addresses in the feed, as outlets do that count where readers come from.
    tracking: str = ""
    #: Path of the variant for phones, whose canonical address is the article's.
    amp: str = ""
    charset: str = "utf-8"
    disallowed: tuple[str, ...] = ()
    arabic_digits: bool = False
    #: To what its pages tell the time of publication: ``minute`` or ``day``.
    precision: str = "minute"

    @property
    def direction(self) -> str:
        """Which way it is read."""
        return "rtl" if self.locale.startswith("ar") else "ltr"

    @property
    def sections(self) -> dict[str, str]:
        """Its sections' names by key."""
        return SECTIONS[self.language]

    def local(self, moment: datetime) -> datetime:
        """Return a moment as its clock shows it."""
        return moment.astimezone(timezone(timedelta(hours=self.ahead))).replace(microsecond=0)

    def long_date(self, moment: datetime) -> str:
        """Write a date as its readers do: ``21 نوفمبر 2026``, ``21 novembre 2026``."""
        pattern = "d MMMM y"
        if self.key == "jisr":
            # Jordan's press gives both names of the month.
            egyptian = format_date(self.local(moment), "MMMM", locale="ar_EG")
            pattern = f"d MMMM/'{egyptian}' y"
        return self._digits(format_date(self.local(moment), pattern, locale=self.locale))

    def weekday(self, moment: datetime) -> str:
        """Name the day of the week."""
        return format_date(self.local(moment), "EEEE", locale=self.locale)

    def clock(self, moment: datetime) -> str:
        """Write the time of day."""
        return self._digits(format_time(self.local(moment), "HH:mm", locale=self.locale))

    def _digits(self, text: str) -> str:
        return text.translate(ARABIC_DIGITS) if self.arabic_digits else text


SITES: dict[str, Site] = {
    site.key: site
    for site in (
        Site(
            key="almasar",
            name="المسار",
            language="ar",
            country="TN",
            locale="ar_TN",
            ahead=1,
            listed="rss",
            article="/{section}/{id}/",
            section="/category/{section}/",
            feed="/feed/",
            tracking="?utm_source=rss&utm_medium=feed&utm_campaign=almasar",
        ),
        Site(
            key="nahr",
            name="صدى النهر",
            language="ar",
            country="EG",
            locale="ar_EG",
            ahead=2,
            listed="sections",
            article="/news/{id}.html",
            section="/section/{section}.html",
            charset="windows-1256",
            precision="day",
        ),
        Site(
            key="jisr",
            name="وكالة الجسر",
            language="ar",
            country="JO",
            locale="ar_JO",
            ahead=3,
            listed="atom",
            article="/ar/report/{id}",
            section="/ar/file/{section}",
            feed="/ar/atom.xml",
            arabic_digits=True,
        ),
        Site(
            key="harbour",
            name="The Harbour Gazette",
            language="en",
            country="MT",
            locale="en_GB",
            ahead=1,
            listed="sitemap",
            article="/article/{section}/{id}",
            section="/{section}",
        ),
        Site(
            key="crossroads",
            name="Crossroads Daily",
            language="en",
            country="KE",
            locale="en_KE",
            ahead=3,
            listed="rss",
            article="/story/{id}/",
            section="/topics/{section}/",
            feed="/rss.xml",
            tracking="?utm_source=feed&utm_content=headline&fbclid=IwAR0demo",
            amp="/amp/story/{id}/",
        ),
        Site(
            key="rivages",
            name="Rivages",
            language="fr",
            country="FR",
            locale="fr_FR",
            ahead=1,
            listed="rss",
            article="/{section}/article/{id}.html",
            section="/{section}/",
            feed="/rss/une.xml",
            tracking="#xtor=RSS-1",
        ),
        Site(
            key="detroit",
            name="L'Écho du Détroit",
            language="fr",
            country="MA",
            locale="fr_MA",
            ahead=1,
            listed="atom",
            article="/{id}/",
            section="/rubrique/{section}/",
            feed="/feed/atom/",
            disallowed=("/prive/", "/wp-admin/"),
        ),
        Site(
            key="dunes",
            name="Dunes Matin",
            language="fr",
            country="NE",
            locale="fr_NE",
            ahead=1,
            listed="sections",
            article="/actu/{id}.htm",
            section="/rubrique-{section}.htm",
        ),
    )
}
