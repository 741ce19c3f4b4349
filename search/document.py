"""What an engine holds of an article: ``document_of`` reads it from the record, ``indexed`` turns it into fields of terms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from newsdesk.analysis import ANALYSIS_VERSION, normalise, reading_of, surfaces
from newsdesk.groups import groups_of
from newsdesk.values import OTHER, THEMES

if TYPE_CHECKING:
    from newsdesk.models import Article, Label

#: Goes up whenever the fields below change; an index of another version must be rebuilt.
SCHEMA_VERSION = 6
#: What an index was built with.
MAKE = f"{SCHEMA_VERSION}.{ANALYSIS_VERSION}"

#: The parts of an article that hold words; each is one field a language (``title_ar`` ...).
PARTS = ("title", "lead", "body")
#: Fields of whole values, all of them lists.
KEYWORDS = (
    "language", "theme", "topic", "country", "group", "origin", "transit", "destination", "city", "route", "organisation",
    "outlet", "outlet_key", "outlet_country", "month", "relevant", "duplicate", "undated", "story",
    "labelled_by",
)  # fmt: skip
#: Kinds of label that are kept just as they are, each in the field of its name.
TAGS = ("topic", "origin", "transit", "destination", "city", "route", "organisation")
#: What a language's words are counted in, for ``atleast3(word)``: how often a word comes in an article that has it twice or more.
MOST_TIMES = 10
#: Actors of labels that are trained; all others follow rules.
MODELS = ("themes", "countries")
#: Whole numbers: ``recency`` orders by (date, id) and is unique; articles that tell one story share their ``thread``.
NUMBERS = ("article_id", "dated", "recency", "thread")
#: The score of each theme given.
SCORES = tuple(f"score_{theme}" for theme in THEMES)

#: Words of the text that count as its lead.
LEAD_WORDS = 60
#: No word of any language is longer; a longer run of letters is cut, alike in articles and queries.
LONGEST_TERM = 80
#: Marks a term as the word as written, not its stem; both stand at the word's position.
EXACT = "="

#: Words remembered of each language, and languages.
_MOST_PAIRS, _MOST_LANGUAGES = 200_000, 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IDS = 1 << 30


@dataclass(frozen=True, slots=True)
class Document:
    """One article as the engines see it. ``themes`` maps those given to their scores; ``story_id`` 0 means none."""

    article_id: int
    url: str
    language: str
    title: str
    text: str
    dated_at: datetime
    outlet: str = ""
    outlet_key: str = ""
    outlet_country: str = ""
    author: str = ""
    undated: bool = False
    relevant: bool = False
    themes: Mapping[str, float] = field(default_factory=dict)
    countries: tuple[str, ...] = ()
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values by kind of label, for the kinds in ``TAGS``."""
    story_id: int = 0
    duplicate: bool = False
    labelled_by: tuple[str, ...] = ()
    """Who gave its labels: ``model``, ``rule``, ``person``."""


def document_of(article: Article) -> Document:
    """Build the document of one article of the record; ``labels`` and ``source`` are best prefetched."""
    current = [label for label in article.labels.all() if label.given and label.superseded_at is None]
    return Document(
        article_id=article.pk,
        url=article.url,
        language=article.language,
        title=article.title,
        text=article.text,
        dated_at=article.dated_at,
        outlet=article.outlet,
        outlet_key=article.source.key if article.source else "",
        outlet_country=article.outlet_country,
        author=article.author,
        undated=article.undated,
        relevant=any(label.kind == "relevance" for label in current),
        themes={label.value: label.score for label in current if label.kind == "theme"},
        countries=tuple(article.countries),
        tags={kind: tuple(values) for kind in TAGS if (values := article.given(kind))},
        story_id=article.story_id or 0,
        duplicate=article.duplicate_of_id is not None,
        labelled_by=tuple(sorted({_labeller(label) for label in current})),
    )


def _labeller(label: Label) -> str:
    if label.person_id is not None:
        return "person"
    return "model" if label.actor.partition(" ")[0] in MODELS else "rule"


@dataclass(frozen=True, slots=True)
class Indexed:
    """The fields of one document: words in their order, words that come often, whole values, numbers, scores.

    Each word is there twice, as written and as its stem (``=boats boat =sank sank``).
    """

    terms: Mapping[str, str]
    counts: Mapping[str, list[str]]
    keywords: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, int]
    scores: Mapping[str, float]


def indexed(document: Document) -> Indexed:
    """Return the fields of a document."""
    body = paired(document.text, document.language)
    parts = {"title": paired(document.title, document.language), "lead": body[:LEAD_WORDS], "body": body}
    dated = seconds(document.dated_at)
    return Indexed(
        terms={f"{part}_{document.language}": " ".join(chain.from_iterable(pairs)) for part, pairs in parts.items()},
        counts={f"often_{document.language}": list(_counts(parts["title"] + body))},
        keywords={name: tuple(dict.fromkeys(filter(None, values))) for name, values in _keywords(document).items()},
        numbers={
            "article_id": document.article_id,
            "dated": dated,
            "recency": recency(dated, document.article_id),
            "thread": _thread(document),
        },
        scores={f"score_{theme}": score for theme, score in document.themes.items() if theme in THEMES},
    )


def all_indexed(documents: Iterable[Document]) -> list[Indexed]:
    """Return the fields of some documents."""
    return list(map(indexed, documents))


def fields_of(readable: Document | Indexed) -> Indexed:
    """Return the fields of a document, or those made of it before, in another process."""
    return readable if isinstance(readable, Indexed) else indexed(readable)


def _thread(document: Document) -> int:
    """Return the number by which a story is listed once: odd for a story, even for an article that tells none."""
    return 2 * document.story_id + 1 if document.story_id else 2 * document.article_id


def story_of(thread: int) -> int:
    """Return the story that articles of this thread tell, 0 for none."""
    return thread // 2 if thread % 2 else 0


def _keywords(document: Document) -> dict[str, Iterable[str]]:
    return {
        "language": (document.language,),
        "theme": tuple(document.themes) or ((OTHER,) if document.relevant else ()),
        "country": document.countries,
        # As of the day of the article: memberships change.
        "group": groups_of(document.countries, document.dated_at.date()),
        **{kind: document.tags.get(kind, ()) for kind in TAGS},
        "outlet": (document.outlet,),
        "outlet_key": (outlet_key(document.outlet), document.outlet_key),
        "outlet_country": (document.outlet_country,),
        "month": (document.dated_at.astimezone(UTC).strftime("%Y-%m"),),
        "relevant": ("yes" if document.relevant else "no",),
        "duplicate": ("yes" if document.duplicate else "no",),
        "undated": ("yes" if document.undated else "no",),
        "labelled_by": document.labelled_by,
        "story": (str(document.story_id or ""),),
    }


def outlet_key(name: str) -> str:
    """Return an outlet's name as it is compared: folded, single spaces."""
    return " ".join(normalise(name).split())


def paired(text: str, language: str) -> list[tuple[str, str]]:
    """Analyse a text into ``(=word, term)`` pairs, one a position."""
    return list(filter(None, map(_pairs(language).__getitem__, surfaces(text, language))))


class _Pairs(dict[str, tuple[str, str] | None]):
    """The pairs of words as they stand in texts of a language, made when they are first asked for; None: no word."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.language = language

    def __missing__(self, surface: str) -> tuple[str, str] | None:
        if len(self) >= _MOST_PAIRS:
            self.clear()
        term, word = reading_of(surface, self.language)
        pair = self[surface] = (EXACT + word[:LONGEST_TERM], (term or word)[:LONGEST_TERM]) if word else None
        return pair


@lru_cache(maxsize=_MOST_LANGUAGES)
def _pairs(language: str) -> _Pairs:
    return _Pairs(language)


def _counts(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for forms in zip(*pairs, strict=True):
        yield from (often(form, min(found, MOST_TIMES)) for form, found in Counter(forms).items() if found > 1)


def often(form: str, times: int) -> str:
    """Return what marks an article that has a written form or stem just so many times; the most means: or more."""
    return f"{times}{form}" if form.startswith(EXACT) else f"{times}:{form}"


def seconds(at: datetime) -> int:
    """Return a moment as whole seconds since 1970, 0 for anything before."""
    return max(0, (at - _EPOCH) // timedelta(seconds=1))


def recency(dated: int, article_id: int) -> int:
    """Return the number by which newest comes first: date, then id."""
    return dated * _IDS + article_id % _IDS
