"""The real pages with gold annotations enter; measures of text, title, date, author and language leave, with intervals."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[2] / "shared" / "pages"
_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
LEAST_WORDS = 20
RESAMPLES = 2_000
#: A collection that names the authors of so many of its pages is taken to have looked for them on all.
MOSTLY = 0.7
#: Words that stand before or between names.
_JOINING = frozenset(["by", "par", "and", "et", "und", "y", "و", "بقلم", "كتب", "كتبت"])


@dataclass(frozen=True)
class GoldPage:
    """One page with what careful readers say is on it."""

    id: str
    group: str
    news: bool
    url: str
    body: bytes
    gold: dict[str, Any]
    whole: bool
    language: str
    names_authors: bool
    """Whether the collection that the page is from names authors, so that none means that the page has none."""

    @property
    def half(self) -> str:
        """``dev`` for the pages whose mistakes were read, ``test`` for the others; by a hash of the id."""
        return "dev" if hashlib.sha256(self.id.encode()).digest()[0] % 2 else "test"

    @property
    def text(self) -> str:
        """The gold text where it is whole and long enough to measure, else empty."""
        text = self.gold.get("text") or ""
        return text if self.whole and len(re.findall(r"\w+", text)) >= LEAST_WORDS else ""

    @property
    def day(self) -> str:
        """The gold day as YYYY-MM-DD, else empty."""
        date = self.gold.get("date")
        return date[:10] if isinstance(date, str) else ""

    @property
    def author(self) -> str:
        """The gold authors joined by commas, else empty."""
        author = self.gold.get("author") or ""
        return author if isinstance(author, str) else ", ".join(author)


def gold_pages(folder: Path = SHARED) -> list[GoldPage]:
    """Read all pages; grafted Arabic ones form a group of their own."""
    with (folder / "manifest.jsonl").open(encoding="utf-8") as manifest:
        rows = [json.loads(line) for line in manifest]
    pages = Counter(_collection(row) for row in rows)
    named = Counter(_collection(row) for row in rows if row["gold"].get("author"))
    return [_page(row, folder, names_authors=named[_collection(row)] >= MOSTLY * pages[_collection(row)]) for row in rows]


def _collection(row: dict[str, Any]) -> str:
    return str(row["dataset"]).partition(":")[0]


def _page(row: dict[str, Any], folder: Path, *, names_authors: bool) -> GoldPage:
    language = row["lang"] if row["lang"] in ("ar", "en", "fr") else "other"
    grafted = row["gold_origin"].startswith("SEMI-SYNTHETIC")
    return GoldPage(
        id=row["id"],
        group=f"{language}-graft" if grafted else language,
        news=row["news"],
        url=row["url"],
        body=gzip.decompress((folder / row["path"]).read_bytes()),
        gold=row["gold"],
        whole=row["gold_text_kind"] in ("full", "paragraphs"),
        language=row["lang"],
        names_authors=names_authors,
    )


def f1(found: str, gold: str) -> float:
    """Return the F1 of two bags of words: NFKC, lower case, Arabic diacritics and tatweel removed."""
    bags = [Counter(re.findall(r"\w+", _MARKS.sub("", unicodedata.normalize("NFKC", text).lower()))) for text in (found, gold)]
    shared = sum((bags[0] & bags[1]).values())
    return 2 * shared / (sum(bags[0].values()) + sum(bags[1].values())) if shared else 0.0


def same_title(found: str, gold: str) -> float:
    """Say (1 or 0) whether two titles are equal or one contains the other, without their non-word characters."""
    one, other = (re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower()) for text in (found, gold))
    return float(bool(one) and bool(other) and (one in other or other in one))


def same_author(found: str, gold: str) -> float:
    """Say (1 or 0) whether the same words name the authors, in whatever order: NFKC, lower case, no accents, none that join."""
    one, other = (_name_words(names) for names in (found, gold))
    return float(bool(other) and one == other)


def _name_words(names: str) -> list[str]:
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", names).lower())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return sorted(set(re.findall(r"[^\W_]+", _MARKS.sub("", plain))) - _JOINING)


def interval(values: Sequence[float], *, seed: int = 0) -> tuple[float, float]:
    """Return the 95% bootstrap interval of a mean."""
    choose = random.Random(seed)
    means = sorted(sum(choose.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


def gained(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean difference of paired values with its interval."""
    differences = [one - other for one, other in zip(ours, theirs, strict=True)]
    return (sum(differences) / len(differences), *interval(differences))


MEASURES: dict[str, Callable[[dict[str, str], GoldPage], float | None]] = {
    "text": lambda found, page: f1(found["text"], page.text) if page.text else None,
    "title": lambda found, page: same_title(found["title"], page.gold["title"]) if page.gold.get("title") else None,
    "date": lambda found, page: float(found["date"] == page.day) if page.day else None,
    "author": lambda found, page: same_author(found["author"], page.author) if page.author else None,
    # Of the authors told, those that are right; of pages without any, those of which none is told.
    "author, precision": lambda found, page: (
        same_author(found["author"], page.author) if page.author and found["author"] else None
    ),
    "no author": lambda found, page: float(not found["author"]) if page.names_authors and not page.author else None,
    "language": lambda found, page: float(found["language"] == page.language),
}
