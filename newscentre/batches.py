"""Lines of pages or of articles enter; lines with what the stages say of each leave, in the same order, using all cores.

These are the measurable forms of extraction and tagging: no record, no data folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.extract import read
from crawler.extract.datetexts import machine_readable
from crawler.imports import page_path, parse_row
from crawler.packed import lines, read_page
from newscentre.parallel import Failed, cores, ordered
from newsdesk.errors import BadInput, Refused
from newsdesk.languages import languages
from newsdesk.values import Label, Page

if TYPE_CHECKING:
    from classify.countries import CountryTagger
    from classify.language import LanguageDetector
    from classify.themes import ThemeClassifier
    from classify.topics import TopicTagger

EXTRACTED = ("title", "text", "date", "author", "language", "canonical_url")
#: Articles labelled at a time.
CHUNK = 64
#: Up to this many articles are labelled in this process: starting others would take longer.
_FEW = 10 * CHUNK


@dataclass(frozen=True)
class Task:
    """One line: its id, and a page to read (or why there is none)."""

    id: Any
    path: Path | None = None
    url: str = ""
    fetched_at: datetime | None = None
    problem: str = ""


def extract_batch(manifest: Path, *, now: datetime, workers: int = 0) -> Iterator[dict[str, Any]]:
    """Yield one row of ``newscentre extract`` for each line of a manifest; raise BadInput if it cannot be opened."""
    for task, result in ordered(extract_one, tasks(manifest, now=now), workers=workers or cores()):
        yield _failure(task.id, result.code, result.message) if isinstance(result, Failed) else result


def tasks(manifest: Path, *, now: datetime) -> Iterator[Task]:
    """Yield what each line of a manifest asks for."""
    for number, line in _named_lines(manifest):
        if line is not None and not line.strip():
            continue
        try:
            row = parse_row(line)
            if "id" not in row:
                raise BadInput("the line has no «id»")
            stated = machine_readable(str(row.get("fetched_at") or ""))
            url = row.get("url")
            yield Task(
                row["id"], page_path(row, manifest), url if isinstance(url, str) else "", stated.instant if stated else now
            )
        except BadInput as problem:
            yield Task(None, problem=f"{manifest}:{number}: {problem}")


def _named_lines(manifest: Path) -> Iterator[tuple[int, bytes | None]]:
    try:
        yield from lines(manifest)
    except BadInput as problem:
        raise BadInput(f"{manifest}: {problem}") from problem


def extract_one(task: Task) -> dict[str, Any]:
    """Read one saved page and name its language."""
    if task.path is None or task.fetched_at is None:
        return _failure(None, "bad-line", task.problem)
    try:
        page = Page(url=task.url, body=read_page(task.path), fetched_at=task.fetched_at)
        reading = read(page)
    except BadInput as problem:
        return _failure(task.id, "unreadable", f"{task.path}: {problem}")
    except Refused as refusal:
        return _failure(task.id, refusal.code, str(refusal))
    extracted = reading.extracted
    detected = _detector().detect(f"{extracted.title}\n{extracted.text}", page_language=extracted.language)
    return {
        "id": task.id,
        "title": extracted.title,
        "text": extracted.text,
        "date": reading.day.isoformat() if reading.day else None,
        "author": extracted.author,
        "language": detected.language,
        "canonical_url": extracted.canonical_url,
        "error": None,
    }


def _failure(identifier: Any, code: str, message: str) -> dict[str, Any]:
    return {"id": identifier, **dict.fromkeys(EXTRACTED), "error": {"code": code, "message": message}}


def tag_lines(stream: Iterable[bytes | str], *, place: str, workers: int = 0) -> Iterator[dict[str, Any]]:
    """Yield one row of ``newscentre tag`` for each line of a stream."""
    numbered = ((f"{place}:{number}", line) for number, line in enumerate(stream, start=1) if line.strip())
    first = list(islice(numbered, _FEW + 1))
    if len(first) <= _FEW or (workers or cores()) == 1:
        for chunk in _chunks(chain(first, numbered)):
            yield from tag_chunk(chunk)
        return
    _themes()  # what cannot be loaded is said once, here, not by every worker
    for chunk, result in ordered(tag_chunk, _chunks(chain(first, numbered)), workers=workers or cores(), seconds=30 * CHUNK):
        yield from result if not isinstance(result, Failed) else _one_by_one(chunk, workers=1)


def _chunks(numbered: Iterable[tuple[str, bytes | str]]) -> Iterator[list[tuple[str, bytes | str]]]:
    items = iter(numbered)
    while chunk := list(islice(items, CHUNK)):
        yield chunk


def _one_by_one(chunk: list[tuple[str, bytes | str]], *, workers: int) -> Iterator[dict[str, Any]]:
    """Label a chunk again, a line at a time, so that only the line to blame is lost."""
    for (line,), result in ordered(tag_chunk, ([line] for line in chunk), workers=workers):
        if isinstance(result, Failed):
            yield _untagged(_id_of(line), result.code, result.message)
        else:
            yield from result


def _id_of(line: tuple[str, bytes | str]) -> Any:
    try:
        return json.loads(line[1]).get("id")
    except (ValueError, AttributeError, RecursionError):
        return None


def tag_chunk(chunk: Sequence[tuple[str, bytes | str]]) -> list[dict[str, Any]]:
    """Detect the language of, and label, some lines at once; each is a place and a JSON object."""
    rows = [_article(place, line) for place, line in chunk]
    found = [_language(row) if "problem" not in row else "" for row in rows]
    working = [index for index, language in enumerate(found) if language in languages()]
    themes = _themes().labels_of_many([(rows[index]["title"], rows[index]["text"], found[index]) for index in working])
    labels = dict(zip(working, themes, strict=True))
    return [_tagged(row, language, labels.get(index)) for index, (row, language) in enumerate(zip(rows, found, strict=True))]


def _article(place: str, line: bytes | str) -> dict[str, Any]:
    """Return a line's fields as strings, or its ``problem``: a code and a sentence."""
    try:
        row = parse_row(line if isinstance(line, bytes) else line.encode("utf-8", "replace"))
    except BadInput as problem:
        return {"id": None, "problem": ("bad-line", f"{place}: {problem}")}
    fields = {name: row[name] if isinstance(row.get(name), str) else "" for name in ("title", "text", "source_country")}
    if not any(letter.isalpha() for letter in fields["title"] + fields["text"]):
        return {"id": row.get("id"), "problem": ("empty", f"{place}: the line has neither title nor text")}
    return {"id": row.get("id"), **fields}


def _language(row: Mapping[str, str]) -> str:
    return _detector().detect(f"{row['title']}\n{row['text']}").language


def _tagged(row: Mapping[str, Any], language: str, themes: tuple[Label, ...] | None) -> dict[str, Any]:
    if "problem" in row:
        return _untagged(row["id"], *row["problem"])
    if themes is None:
        return {**_untagged(row["id"], "", ""), "language": language, "model": _themes().version, "error": None}
    topics = _topics().labels_beside(row["title"], row["text"], language, labels=themes)
    relevance = next(label for label in themes if label.kind == "relevance")
    countries = _countries().labels(row["title"], row["text"], language, source_country=row["source_country"])
    return {
        "id": row["id"],
        "language": language,
        "relevant": {"value": relevance.given, "score": round(relevance.score, 4)},
        "themes": [{"name": x.value, "score": round(x.score, 4)} for x in themes if x.kind == "theme" and x.given],
        "topics": [{"name": x.value, "score": round(x.score, 4)} for x in topics if x.given],
        "countries": [{"code": x.value, "score": round(x.score, 4)} for x in countries if x.given],
        "model": _themes().version,
        "error": None,
    }


def _untagged(identifier: Any, code: str, message: str) -> dict[str, Any]:
    error = {"code": code, "message": message}
    nothing: dict[str, Any] = {"language": None, "relevant": None, "themes": [], "topics": [], "countries": [], "model": None}
    return {"id": identifier, **nothing, "error": error}


@cache
def _detector() -> LanguageDetector:
    from classify.language import LanguageDetector

    return LanguageDetector()


@cache
def _themes() -> ThemeClassifier:
    from classify.themes import ThemeClassifier

    return ThemeClassifier.load()


@cache
def _topics() -> TopicTagger:
    from classify.topics import TopicTagger

    return TopicTagger()


@cache
def _countries() -> CountryTagger:
    from classify.countries import CountryTagger

    return CountryTagger.load()
