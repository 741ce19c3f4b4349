"""The values that travel between the stages: a page goes in, an extracted, tagged article comes out. All are frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

#: The four themes, in the dialogue's order.
THEMES: tuple[str, ...] = ("mixed_migration", "protection", "labour", "development")
#: Where relevant news without a theme is listed: "Other migration news". Never stored as a label.
OTHER = "other"

#: The media type under which an imported JSONL article is stored as a fetch body (UTF-8 JSON with ``title`` and ``text``).
ARTICLE_MEDIA_TYPE = "application/vnd.newscentre.article+json"


@dataclass(frozen=True, slots=True)
class Hint:
    """What a feed, a sitemap or a manifest said of a page before it was opened. Every field may be missing."""

    title: str = ""
    author: str = ""
    published: datetime | None = None
    language: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One fetched page as the pure stages see it; ``url`` is the final one, after redirects; ``body`` is as received."""

    url: str
    body: bytes
    fetched_at: datetime
    media_type: str = "text/html"
    charset: str = ""
    languages: tuple[str, ...] = ()
    """What the source declares to publish in, most frequent first."""
    source_country: str = ""
    dataset: str = ""
    hint: Hint = field(default_factory=Hint)


@dataclass(frozen=True, slots=True)
class Published:
    """When an article says it was published: UTC, to the ``minute`` or to the ``day``, and which source of the date won
    (``json-ld``, ``feed``, ``meta``, ``text``, ``url``).
    """

    at: datetime
    precision: str
    origin: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """The fields of an article as read from its page. ``text`` has its paragraphs separated by newlines."""

    title: str
    text: str
    canonical_url: str
    author: str = ""
    published: Published | None = None
    language: str = ""
    """What the page itself declares, as an ISO 639-1 code; often missing or wrong."""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """One inference with its provenance.

    ``kind`` is ``relevance``, ``theme``, ``topic``, ``country``, ``origin``, ``transit``, ``destination``, ``city``,
    ``route`` or ``organisation``; ``value`` the theme's or topic's name, the ISO 3166-1 alpha-2 code, the key of the
    gazetteer's row, or ``migration`` for relevance; ``score`` and ``threshold`` lie in 0..1; ``given`` says whether the
    label was assigned (a score below its threshold is kept, not given); ``actor`` is a model and version
    (``themes 1.0``) or a rule set. ``evidence`` is a short passage; ``terms`` are the surface forms that carried it, with
    weights, heaviest first. Labels of one kind come most central first.
    """

    kind: str
    value: str
    score: float
    threshold: float
    given: bool
    actor: str
    evidence: str = ""
    terms: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that an article reports: ``low`` to ``high`` (None: open or the same) of ``unit`` (``people``, ``boats`` or an
    ISO 4217 code), of ``kind`` ``deaths``, ``missing``, ``arrivals``, ``interceptions``, ``rescues``, ``returns`` or
    ``remittances``. ``quantifier`` is ``exactly``, ``about``, ``at-least``, ``more-than``, ``at-most`` or ``less-than``;
    ``place`` a country code or a gazetteer key; ``period`` what the text says of when, as a year, month, day or range.
    """

    kind: str
    low: int
    unit: str
    sentence: str
    actor: str
    high: int | None = None
    quantifier: str = "exactly"
    place: str = ""
    period: str = ""


@dataclass(frozen=True, slots=True)
class Analysed:
    """Everything the pure stages know of one article: ready for the committer, which adds duplicate and story."""

    extracted: Extracted
    language: str
    language_score: float
    labels: tuple[Label, ...]
    fingerprint: bytes
    """MinHash signature of the text (see ``classify.duplicates``)."""
    story_terms: tuple[tuple[str, float], ...]
    """Weighted terms by which stories are matched (see ``classify.stories``), heaviest first."""
    figures: tuple[Figure, ...] = ()

    @property
    def relevant(self) -> bool:
        """Whether the article is about migration."""
        return any(label.given for label in self.labels if label.kind == "relevance")

    def given(self, kind: str) -> tuple[str, ...]:
        """Return the values of the labels of this kind that were assigned, most central first."""
        return tuple(label.value for label in self.labels if label.kind == kind and label.given)
