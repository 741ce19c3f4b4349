"""Holds the indexes behind one alias of Elasticsearch: documents go in, in bulk; a name to search comes out.

Each rebuild makes a new generation (``alias-1``, ``alias-2`` ...) and moves the alias in one step. Kept by months, a
generation also has one index a month (``alias-1-2026-03``), made when its first article comes; the alias names all of them.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any as Anything

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from newsdesk.errors import Unavailable
from newsdesk.languages import languages
from search.document import EXACT, KEYWORDS, MAKE, NUMBERS, PARTS, SCORES, Document, Indexed, fields_of
from search.engine import FACETS

#: How often a bulk that the server had no room for (429) is tried again; the first pause in seconds, then twice as long each.
RETRIES = 3
PAUSE = 2.0
#: One bulk holds no more; the server need not keep more in memory for us.
BULK_DOCUMENTS = 500
BULK_BYTES = 10_000_000
#: Batches of a rebuild that are on their way at once, so that the server has work while the next is read.
LOADERS = 2
#: While an index is built nobody searches it, and who is cut off begins anew.
LOADING = {"refresh_interval": "-1", "translog": {"durability": "async"}}
LOADED = {"refresh_interval": None, "translog": {"durability": None}}
#: Articles whose place is asked for at once.
_PLACED = 1_000
#: Older articles share one index, so that a wrong year makes none of its own.
FIRST_YEAR = 2005
OLDER = "0000-00"
#: What these indexes are made like: as all are, and version 2 of how the fields lie here.
LAYOUT = f"{MAKE}.2"
#: Words as written have a field of their own beside their stems, word for word at the same places.
WRITTEN = "_written"


@dataclass(frozen=True, slots=True)
class Shape:
    """How the indexes lie on a cluster: ``replicas`` are copies of each shard, as far as there are nodes for them."""

    shards: int = 1
    replicas: int = 1
    monthly: bool = False


class Indexes:
    """The indexes behind ``alias``. Failures of the server leave as its client raises them."""

    def __init__(self, client: Elasticsearch, alias: str, shape: Shape, *, pause: float = PAUSE, seconds: int = 15) -> None:
        self.client, self.alias, self.shape, self.pause, self.seconds = client, alias, shape, pause, seconds
        self._checked = False

    def ready(self) -> str:
        """Return the alias once its index exists and is of the present make."""
        if not self._checked:
            if not self._aliased():
                self._create(f"{self.alias}-1", alias=True)
            for name, row in self.client.indices.get_mapping(index=self.alias).items():
                self._check(name, row["mappings"].get("_meta", {}))
            self._checked = True
        return self.alias

    def forget(self) -> None:
        """Look again at what is there before the next use."""
        self._checked = False

    def write(self, deletions: Iterable[int], additions: Iterable[Document]) -> None:
        """Take out and put in; visible when this returns."""
        self.ready()
        documents, gone = [fields_of(document) for document in additions], [str(number) for number in deletions]
        if self.shape.monthly:
            self._write_by_month(gone, documents)
        else:
            self._bulk([_deletion(self.alias, number) for number in gone])
            self._bulk((_addition(self.alias, document) for document in documents), require_alias=True)
        self.client.indices.refresh(index=self.alias)

    def _write_by_month(self, gone: list[str], documents: list[Indexed]) -> None:
        """Write each article into the index of its month, and take it out of any other in which it was."""
        generation = min(self._behind(), key=len)
        homes = {_number(document): self._month(generation, document) for document in documents}
        for name in sorted(set(homes.values())):
            self._create(name, alias=True)
        self._bulk(_addition(homes[_number(document)], document) for document in documents)
        places = self._places([*gone, *homes])
        self._bulk(_deletion(place, number) for number, place in places if homes.get(number) != place)

    def _places(self, numbers: list[str]) -> Iterator[tuple[str, str]]:
        """Yield each article with each index in which it is, as of the last refresh."""
        for at in range(0, len(numbers), _PLACED):
            some = numbers[at : at + _PLACED]
            found = self.client.search(
                index=self.alias, query={"ids": {"values": some}}, size=10_000, source=False, allow_partial_search_results=False
            )
            yield from ((hit["_id"], hit["_index"]) for hit in found["hits"]["hits"])

    def rebuild(self, batches: Iterable[Iterable[Document | Indexed]]) -> None:
        """Build a whole new generation, then move the alias and delete the old one, in one step."""
        behind = self._behind()
        self._sweep(behind)
        taken = {name.removeprefix(f"{self.alias}-").partition("-")[0] for name in behind}
        generation = next(f"{self.alias}-{number}" for number in count(1) if str(number) not in taken)
        made = {generation}
        self._create(generation, settings=LOADING)
        with ThreadPoolExecutor(LOADERS) as loaders:
            sent: deque[Future[None]] = deque()
            for batch in batches:
                sent.append(loaders.submit(self._bulk, self._placed(generation, batch, made)))
                if len(sent) > LOADERS:
                    sent.popleft().result()
            for future in sent:
                future.result()
        self.client.indices.put_settings(index=sorted(made), settings=LOADED)
        self.client.indices.flush(index=sorted(made))
        self.client.indices.refresh(index=sorted(made))
        moves: list[dict[str, Anything]] = [{"remove_index": {"index": name}} for name in behind]
        moves += [{"add": {"index": name, "alias": self.alias}} for name in sorted(made)]
        self.client.indices.update_aliases(actions=moves)
        self.forget()

    def _placed(self, generation: str, batch: Iterable[Document | Indexed], made: set[str]) -> list[dict[str, Anything]]:
        """Return the additions of a batch; the indexes that they need are made, and noted."""
        documents = [fields_of(document) for document in batch]
        homes = [self._month(generation, document) for document in documents]
        for name in sorted(set(homes) - made):
            self._create(name, settings=LOADING)
            made.add(name)
        return [_addition(home, document) for home, document in zip(homes, documents, strict=True)]

    def drop(self) -> None:
        """Delete the indexes and their alias."""
        for name in self._behind():
            self.client.indices.delete(index=name)
        self.forget()

    def _month(self, generation: str, document: Indexed) -> str:
        if not self.shape.monthly:
            return generation
        (month,) = document.keywords["month"]
        return f"{generation}-{month if int(month.partition('-')[0]) >= FIRST_YEAR else OLDER}"

    def _behind(self) -> list[str]:
        return list(self.client.indices.get_alias(name=self.alias)) if self._aliased() else []

    def _aliased(self) -> bool:
        return bool(self.client.indices.exists_alias(name=self.alias))

    def _sweep(self, behind: list[str]) -> None:
        """Delete what a rebuild that was cut short left."""
        ours = re.compile(re.escape(self.alias) + r"-\d+(-\d{4}-\d{2})?")
        for name in self.client.indices.get(index=f"{self.alias}-*", expand_wildcards="all"):
            if name not in behind and ours.fullmatch(name):
                self.client.indices.delete(index=name)

    def _create(self, name: str, *, alias: bool = False, settings: Mapping[str, Anything] = MappingProxyType({})) -> None:
        """Make an index, unless it is there."""
        if alias and self.client.indices.exists(index=name):
            return
        copies: dict[str, Anything] = {"number_of_replicas": 0}
        if self.shape.replicas:
            copies = {"auto_expand_replicas": f"0-{self.shape.replicas}"}
        try:
            self.client.indices.create(
                index=name,
                settings={"number_of_shards": self.shape.shards, **copies, **SETTINGS, **settings},
                mappings=_mappings(self._meta()),
                aliases={self.alias: {}} if alias else {},
            )
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":  # another process made it at the same moment
                raise

    def _meta(self) -> dict[str, Anything]:
        return {"make": LAYOUT, "monthly": True} if self.shape.monthly else {"make": LAYOUT}

    def _check(self, name: str, meta: dict[str, Anything]) -> None:
        if meta.get("make") != LAYOUT:
            raise Unavailable(
                f"the index {name} is of version {meta.get('make')}, this is {LAYOUT}; rebuild it: newscentre reindex"
            )
        if meta != self._meta():
            kept = "by months" if meta.get("monthly") else "as one"
            raise Unavailable(f"the index {name} is kept {kept}, the settings say otherwise; rebuild it: newscentre reindex")

    def _bulk(self, actions: Iterable[dict[str, Anything]], **wishes: Anything) -> None:
        """Send actions, a few hundred at a time; wait and send again what the server has no room for."""
        results = streaming_bulk(
            self.client,
            actions,
            chunk_size=BULK_DOCUMENTS,
            max_chunk_bytes=BULK_BYTES,
            max_retries=RETRIES,
            initial_backoff=self.pause,
            raise_on_error=False,
            timeout=f"{self.seconds}s",
            **wishes,
        )
        refused = [row for taken, result in results for row in result.values() if not taken and not _was_absent(row)]
        if refused:
            raise NotTaken(len(refused), _reason(refused[0]))


class NotTaken(Exception):
    """The server refused so many changes; the reason is that of the first."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"did not take {number} changes: {reason}")


def _was_absent(row: dict[str, Anything]) -> bool:
    """Whether an article that was to be taken out was not there; an index that is not there has an error."""
    return row.get("status") == 404 and "error" not in row


def _reason(row: dict[str, Anything]) -> str:
    error = row.get("error")
    return str(error.get("reason", error) if isinstance(error, dict) else error)[:300]


def _deletion(index: str, number: str) -> dict[str, Anything]:
    return {"_op_type": "delete", "_index": index, "_id": number}


def _number(fields: Indexed) -> str:
    return str(fields.numbers["article_id"])


def placed(field: str, term: str) -> str:
    """Return the field in which a term, or the regular expression of terms, is looked for."""
    return field + WRITTEN if term.lstrip("(").startswith(EXACT) else field


def _addition(index: str, fields: Indexed) -> dict[str, Anything]:
    texts: dict[str, str] = {}
    for name, terms in fields.terms.items():
        each = terms.split(" ")
        texts |= {name + WRITTEN: " ".join(each[::2]), name: " ".join(each[1::2])}
    keywords = {name: list(values) for name, values in fields.keywords.items()}
    stored = {**texts, **fields.counts, **keywords, **fields.numbers, **fields.scores}
    return {"_op_type": "index", "_index": index, "_id": _number(fields), "_source": stored}


SETTINGS = {"max_result_window": 10_000}


def _mappings(meta: dict[str, Anything]) -> dict[str, Anything]:
    # Terms come analysed; the server only splits them at spaces.
    names = (f"{part}_{code}{side}" for code in languages() for part in PARTS for side in ("", WRITTEN))
    texts = {name: {"type": "text", "analyzer": "whitespace"} for name in names}
    keywords = {name: {"type": "keyword", "doc_values": name in FACETS} for name in KEYWORDS}
    counts = {f"often_{code}": {"type": "keyword", "doc_values": False} for code in languages()}
    numbers = {name: {"type": "long", "index": name in ("dated", "recency")} for name in NUMBERS}
    scores = {name: {"type": "double"} for name in SCORES}
    return {
        "dynamic": "strict",
        "_meta": meta,
        "_source": {"enabled": False},
        "properties": {**texts, **counts, **keywords, **numbers, **scores},
    }
