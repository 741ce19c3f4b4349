"""An article enters; the chain of what is known of it leaves: each fetch, revision and label, and every link that is broken."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from newscentre.archiving import exchange_of
from newsdesk.archive import packed, read_group, read_raw
from newsdesk.errors import BadArtefact, BadInput
from newsdesk.languages import languages
from newsdesk.models import Article, Fetch, Label, Revision

#: What a manifest of this make is called, so that readers of exports can tell.
FORMAT = "newscentre evidence 1"
#: Time stamped on the files of an export, so that the same record gives the same file.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class FetchLink:
    """One fetch: what was asked, the way there, what came, where its body is; ``broken`` says what does not hold."""

    fetch: int
    at: datetime
    asked: str
    redirects: Sequence[Sequence[Any]]
    led_to: str
    status: int
    outcome: str
    message: str
    verdict: str
    request_headers: dict[str, str]
    headers: dict[str, str]
    body_sha256: str
    body_size: int
    body: str
    """``record``, ``archive``, ``deleted`` (by retention), ``same`` (as one before) or ``none``."""
    place: str
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class RevisionLink:
    """One revision: which fetch it was read from, and the hash of what it says."""

    number: int
    at: datetime
    fetch: int | None
    title: str
    text: str
    text_sha256: str
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelLink:
    """One label, as it was given and, where it is so, superseded."""

    kind: str
    value: str
    score: float
    threshold: float
    given: bool
    by: str
    evidence: str
    at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True)
class Chain:
    """All that is known of an article, in the order in which it came to be known."""

    article: Article
    fetches: tuple[FetchLink, ...]
    revisions: tuple[RevisionLink, ...]
    labels: tuple[LabelLink, ...]
    broken: tuple[str, ...]
    """What of the chain does not hold, each in a sentence that names the link."""


def article_of(said: str) -> Article:
    """Return the article that a number or an address names; raise BadInput if there is none."""
    found = Article.objects.filter(pk=int(said)) if said.isascii() and said.isdigit() else Article.objects.filter(url=said)
    article = found.first()
    if article is None:
        raise BadInput(f"there is no article {said[:200]!r}; give its number or its address")
    return article


def chain_of(article: Article) -> Chain:
    """Read an article's chain and recompute every hash in it."""
    kept = Fetch.objects.filter(article=article).select_related("source").order_by("fetched_at", "pk")
    rows = list(article.revisions.order_by("number"))
    needed = {row.fetch_id for row in rows}
    fetches = tuple(_fetch_link(fetch, needed=fetch.pk in needed) for fetch in kept.iterator(chunk_size=20))
    revisions = tuple(_revision_links(article, rows, {link.fetch for link in fetches}))
    labels = tuple(map(_label_link, article.labels.select_related("person").order_by("created_at", "pk")))
    broken = [f"fetch {link.fetch}: {sentence}" for link in fetches for sentence in link.broken]
    broken += [f"revision {link.number}: {sentence}" for link in revisions for sentence in link.broken]
    if not revisions:
        broken.append("the article has no revision that says where its text is from")
    return Chain(article, fetches, revisions, labels, tuple(broken))


def manifest_of(chain: Chain) -> dict[str, Any]:
    """Return a chain as JSON takes it, without the texts."""
    article = chain.article
    names = ("pk", "url", "title", "outlet", "outlet_country", "author", "language", "dated_at", "date_precision", "date_origin")
    return {
        "format": FORMAT,
        "article": {name: getattr(article, name) for name in (*names, "first_seen_at", "removed_at")},
        "fetches": [asdict(link) for link in chain.fetches],
        "revisions": [{name: value for name, value in asdict(link).items() if name != "text"} for link in chain.revisions],
        "labels": [asdict(link) for link in chain.labels],
        "broken": list(chain.broken),
    }


def export(chain: Chain, stream: IO[bytes], *, language: str) -> None:
    """Write one article's record as a ZIP: WARC records, texts of the revisions, a page to read, a manifest with all hashes."""
    if language not in languages():
        raise BadInput(f"no exports in {language!r}; the languages are {', '.join(languages())}")
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _files(chain, language):
            hashes[name] = hashlib.sha256(content).hexdigest()
            archive.writestr(_entry(name), content)
        manifest = manifest_of(chain) | {"files": hashes}
        archive.writestr(_entry("manifest.json"), json.dumps(manifest, ensure_ascii=False, indent=1, default=_as_json))


def export_to(chain: Chain, path: Path, *, language: str) -> None:
    """Write the export to a file that its owner alone may read; raise BadInput where it cannot be written."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            export(chain, file, language=language)
    except FileExistsError as error:
        raise BadInput(f"{path} is there already; name another file") from error
    except (OSError, BadInput) as error:
        with suppress(OSError):
            path.unlink()  # what there is of it is no evidence
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path} cannot be written: {error.strerror}") from error


def _files(chain: Chain, language: str) -> Iterator[tuple[str, bytes]]:
    records = b"".join(_records(chain))
    if records:
        yield "records.warc.gz", records
    for link in chain.revisions:
        yield f"revisions/{link.number}.txt", f"{link.title}\n{link.text}".encode()
    with translation.override(language):
        context = {"chain": chain, "language": language, "direction": languages()[language].direction}
        yield "record.html", render_to_string("site/evidence.html", context).encode()


def _records(chain: Chain) -> Iterator[bytes]:
    """Yield the WARC records of the chain's fetches, from wherever their bodies are; what is damaged is left out."""
    for fetch in Fetch.objects.filter(pk__in=[link.fetch for link in chain.fetches]).select_related("source").order_by("pk"):
        try:
            if fetch.archive_file:
                yield read_raw(settings.NEWSCENTRE.archive_folder, fetch.archive_file, fetch.archive_offset or 0)
            elif fetch.compressed_body is not None:
                yield packed(exchange_of(fetch))
        except (BadArtefact, zlib.error):
            continue  # the manifest says so


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_NO_TIME)
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _as_json(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _fetch_link(fetch: Fetch, *, needed: bool) -> FetchLink:
    body, place, broken = _checked(fetch, needed=needed)
    return FetchLink(
        fetch=fetch.pk,
        at=fetch.fetched_at,
        asked=fetch.url,
        redirects=fetch.redirects,
        led_to=fetch.final_url,
        status=fetch.status,
        outcome=fetch.code or fetch.state,
        message=fetch.message,
        verdict=fetch.verdict,
        request_headers=fetch.request_headers,
        headers=fetch.headers,
        body_sha256=fetch.body_sha256,
        body_size=fetch.body_size,
        body=body,
        place=place,
        broken=tuple(broken),
    )


def _checked(fetch: Fetch, *, needed: bool) -> tuple[str, str, list[str]]:
    """Return where a fetch's body is, by kind and place, and what of it does not hold."""
    if fetch.compressed_body is not None:
        return "record", "", _broken_in_record(fetch)
    if fetch.archive_file:
        return "archive", f"{fetch.archive_file}@{fetch.archive_offset}", _broken_in_archive(fetch)
    if fetch.body_deleted_at is not None:
        return "deleted", fetch.body_deleted_at.isoformat(), []
    if needed:
        return "none", "", ["a revision was read from it, but its body is nowhere"]
    return ("same" if fetch.body_sha256 else "none"), "", []


def _broken_in_record(fetch: Fetch) -> list[str]:
    try:
        body = fetch.body
    except zlib.error:
        return ["its body in the record cannot be unpacked"]
    return [] if _sha256(body) == fetch.body_sha256 else ["its body in the record is not the one whose hash was taken"]


def _broken_in_archive(fetch: Fetch) -> list[str]:
    try:
        group = read_group(settings.NEWSCENTRE.archive_folder, fetch.archive_file, fetch.archive_offset or 0)
    except BadArtefact as error:
        return [str(error)]
    told = group.metadata
    checks = {
        "the archived record does not match its own digests": group.digests_hold,
        "the archived body is not the one whose hash was taken": _sha256(group.body) == fetch.body_sha256,
        "the archived record is of another fetch": told.get("fetch") == fetch.pk,
        "the archived record is of another address": (group.url, told.get("asked")) == (fetch.final_url, fetch.url),
        "the archived record is of another time": group.at == fetch.fetched_at,
        "the archived record tells of another way there": told.get("redirects") == fetch.redirects,
    }
    return [sentence for sentence, holds in checks.items() if not holds]


def _revision_links(article: Article, rows: Sequence[Revision], fetches: set[int]) -> Iterator[RevisionLink]:
    for place, row in enumerate(rows, start=1):
        checks = {
            "its text is not the one whose hash was taken": _sha256(f"{row.title}\n{row.text}".encode()) == row.text_sha256,
            "it comes from no fetch of this article": row.fetch_id in fetches,
            f"a revision is missing before it (number {place})": row.number == place,
            "the article says something else": row is not rows[-1] or (row.title, row.text) == (article.title, article.text),
        }
        broken = tuple(sentence for sentence, holds in checks.items() if not holds)
        yield RevisionLink(row.number, row.seen_at, row.fetch_id, row.title, row.text, row.text_sha256, broken)


def _label_link(label: Label) -> LabelLink:
    return LabelLink(
        kind=label.kind,
        value=label.value,
        score=label.score,
        threshold=label.threshold,
        given=label.given,
        by=label.person.email if label.person else label.actor,
        evidence=label.evidence,
        at=label.created_at,
        superseded_at=label.superseded_at,
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
