"""Measures saved searches: so many of them are matched with a batch of articles, as at ingest; seconds and ratio come out.

``python -m benchmarks.alerts [SEARCHES] [ARTICLES]``. Searches and articles are invented: words of the lexicon, countries,
themes, languages. The baseline asks the searches one by one of the same small index, as the search page would. ``cold`` is the
first batch of a fresh process, ``unread`` the first after an update, when no tree of a query is kept; ``warm`` any later batch.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from newscentre.alerts.matching import Asked
    from search.document import Document

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS_A_TEXT = 350
BASELINE = 500
COUNTRIES = ("TN", "LY", "IT", "NE", "MA", "ES", "FR", "DZ", "EG", "TR")


def main() -> None:
    """Run and print one JSON object."""
    begin()

    from newscentre.alerts.keeping import request_of
    from newscentre.alerts.matching import Asked, matches
    from newsdesk.languages import languages
    from search.concepts import concepts_by_name, forms_of
    from search.document import Document
    from search.embedded import EmbeddedEngine
    from search.kept import kept
    from search.query import parse

    searches, articles = (int(each) for each in (*sys.argv[1:3], *("10000", "100")[len(sys.argv) - 1 :]))
    chance = random.Random(7)
    words: dict[str, list[str]] = {code: [] for code in languages()}
    for key in dict.fromkeys(concepts_by_name().values()):
        for form in forms_of(key):
            words[form.language] += form.text.split()
    documents = [document(number, words, chance, make=Document) for number in range(1, articles + 1)]
    unread = {number: Asked(query(words, chance), everything=False, copies=False) for number in range(searches)}
    asked = {number: each._replace(reading=kept(each.query, parse(each.query))) for number, each in unread.items()}

    firsts = []
    for some in (asked, unread):
        with ProcessPoolExecutor(1, get_context("spawn"), initializer=begin) as fresh:
            firsts.append(fresh.submit(first_batch, documents, some).result())
    found = matches(documents, asked, now=NOW).found
    warm, again = timed(lambda: matches(documents, asked, now=NOW).found)
    assert found == again
    engine = EmbeddedEngine(None)
    engine.apply((), documents)
    some = list(asked.items())[:BASELINE]
    alone, _ = timed(
        lambda: [engine.search(request_of(parse(each.query), everything=False, copies=False, now=NOW)).total for _, each in some]
    )
    baseline = alone / len(some) * searches
    print(
        json.dumps(
            {
                "searches": searches,
                "distinct": len(set(asked.values())),
                "articles": articles,
                "pairs": sum(map(len, found.values())),
                "cold_seconds": round(firsts[0], 2),
                "unread_seconds": round(firsts[1], 2),
                "warm_seconds": round(warm, 2),
                "one_by_one_seconds": round(baseline, 2),
                "ratio_warm": round(baseline / warm, 1),
                "ratio_cold": round(baseline / firsts[0], 1),
            }
        )
    )


def begin() -> None:
    """Make the project's code usable in this process."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
    django.setup()


def first_batch(documents: list[Document], asked: dict[int, Asked]) -> float:
    """Return the seconds of the first batch of this process."""
    from newscentre.alerts.matching import matches

    return timed(lambda: matches(documents, asked, now=NOW))[0]


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the processor's seconds of some work, which a busy machine does not stretch, and its outcome."""
    began = time.process_time()
    outcome = work()
    return time.process_time() - began, outcome


def document(number: int, words: dict[str, list[str]], chance: random.Random, *, make: Callable[..., T]) -> T:
    """Invent an article: words of its language, a country or two, a theme."""
    language = chance.choice(list(words))
    text = " ".join(chance.choices(words[language], k=WORDS_A_TEXT))
    return make(
        article_id=number, url=f"https://example.org/{number}", language=language, title=" ".join(text.split()[:9]), text=text,
        dated_at=NOW, relevant=True, themes={chance.choice(["protection", "labour"]): 0.9},
        countries=tuple(chance.sample(COUNTRIES, 2)),
    )  # fmt: skip


def query(words: dict[str, Sequence[str]] | dict[str, list[str]], chance: random.Random) -> str:
    """Invent what an analyst keeps: a few words and narrowings, now and then a phrase, a nearness, a star."""
    one, two, three = (f'"{word}"' for word in chance.sample(words[chance.choice(list(words))], 3))
    country = f"country:{chance.choice(COUNTRIES)}"
    forms = (
        f"{one} {two} {country}",
        f"({one} OR {two} OR {three}) {country} theme:protection",
        f"{one} NEAR/5 {two}",
        f'"{one[1:-1]} {two[1:-1]}" lang:{chance.choice(list(words))}',
        f"({one} OR {two}) -{three} {country} last:7d",
        f"concept:smuggling {one} {country}",
        f"{one[1:5]}* {two} {country}" if one[1:5].isalpha() else f"{one} {two}",
    )
    return chance.choices(forms, weights=(30, 25, 15, 10, 10, 10, 10))[0]


if __name__ == "__main__":
    main()
