"""The embedded engine: clauses go in, hits come out of a Tantivy index in a folder; one process writes at a time."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Any as Anything

import tantivy

from newsdesk.errors import Busy, Unavailable
from newsdesk.languages import languages
from search import generations
from search.document import KEYWORDS, MAKE, NUMBERS, PARTS, SCORES, Document, Indexed, fields_of, indexed, story_of
from search.embedded_queries import Translator
from search.engine import DEEPEST, FACETS, Answer, Found, SearchRequest, counted, listed, planned
from search.plan import RANKING, Clause, Range, Ranking

#: Memory of the writer in bytes; 15 MB a thread is the least Tantivy takes.
WRITER_BYTES = 64_000_000
#: Of a writer that builds a whole index: some forty thousand articles are then one piece before any are put together.
REBUILD_BYTES = 256_000_000
WRITER_THREADS = 1
#: Stories are counted by number: looking up what a hundred thousand of them are called would take most of an answer's time.
_COLUMNS = {"story": "thread"}
#: The file beside an index that tells its make.
LABEL = "make.json"


class EmbeddedEngine:
    """An index in ``folder``, made on first use; ``folder`` None keeps it in memory."""

    name = "embedded"

    def __init__(self, folder: Path | None, ranking: Ranking = RANKING) -> None:
        self.folder = folder
        self.ranking = ranking
        self._index: tantivy.Index | None = None
        self._generation = ""
        self._commit = b""
        self._opening = threading.Lock()

    def apply(self, deletions: Iterable[int], additions: Iterable[Document]) -> None:
        """Take out and put in, in one commit."""
        index = self._opened()
        with _writing(index) as writer:
            for article_id in deletions:
                writer.delete_documents_by_query(_identity(index.schema, article_id))
            for document in additions:
                writer.delete_documents_by_query(_identity(index.schema, document.article_id))
                writer.add_document(_stored(indexed(document)))

    def search(self, request: SearchRequest) -> Answer:
        """Answer a request."""
        clause, ignored = planned(request, self.ranking)
        searcher = self._searcher()
        query = Translator(self._opened().schema, searcher=searcher).translate(clause)
        if request.limit == 0:
            total = _total(searcher, query)
            return Answer(total, (), total, _facets(searcher, query, request.facets), ignored)
        page = self._by_date if request.sort == "date" and not request.collapse else self._ranked
        return replace(page(searcher, query, request), facets=_facets(searcher, query, request.facets), ignored=ignored)

    def _by_date(self, searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest) -> Answer:
        total = _total(searcher, query)
        if request.after is not None:
            translate = Translator(self._opened().schema).translate
            query = _both(query, translate(Range("recency", high=request.after)))
        found = searcher.search(query, limit=request.limit + 1, offset=request.offset, order_by_field="recency", count=False).hits
        ids = _integers(searcher, "article_id", [address for _, address in found[: request.limit]])
        cursor = int(found[request.limit - 1][0]) if len(found) > request.limit else None
        return Answer(total, tuple((each, 0.0) for each in ids), total, cursor=cursor)

    def _ranked(self, searcher: tantivy.Searcher, query: tantivy.Query, request: SearchRequest) -> Answer:
        """Rank by score, equal scores by recency, or by recency alone. Ties are settled among the first ``DEEPEST``."""
        by_date = request.sort == "date"
        found: Anything = searcher.search(query, limit=DEEPEST, order_by_field="recency" if by_date else None)
        addresses = [address for _, address in found.hits]
        rows = zip(
            _integers(searcher, "article_id", addresses),
            (0.0 if by_date else round(float(score), 4) for score, _ in found.hits),
            _integers(searcher, "recency", addresses),
            _integers(searcher, "thread", addresses) if request.collapse else repeat(0, len(addresses)),
            strict=True,
        )
        hits, length = listed((Found(*row) for row in rows), request, self.ranking)
        return Answer(int(found.count), hits, length)

    def tally(self, clauses: Sequence[Clause]) -> tuple[int, ...]:
        """Return how many articles match each clause."""
        searcher = self._searcher()
        schema = self._opened().schema
        return tuple(_total(searcher, Translator(schema, searcher=searcher).translate(clause)) for clause in clauses)

    def rebuild(self, batches: Iterable[Iterable[Document | Indexed]]) -> None:
        """Build a whole new index beside the old one, then put it in its place."""
        if self.folder is None:
            fresh = tantivy.Index(_schema())
            _fill(fresh, batches)
            self._index = fresh
            return
        with _nobody_else_writes(self.folder):
            generation = generations.begun(self.folder)
            _fill(_made(self.folder / generation), batches)
            generations.put_in_place(self.folder, generation)

    def clear(self) -> None:
        """Put an empty index of the present make in place."""
        self.rebuild(())

    def count(self) -> int:
        """Return the number of articles in the index."""
        return int(self._searcher().num_docs)

    def article_ids(self) -> Iterator[int]:
        """Yield the id of every article in the index."""
        yield from ids_of(self._searcher(), tantivy.Query.all_query())

    def _searcher(self) -> tantivy.Searcher:
        """Return a view of the last commit; another process may have rebuilt the index in between."""
        try:
            index = self._opened()
            self._look_again(index)
        except (ValueError, OSError):
            self._index, self._commit = None, b""
            index = self._opened()
        return index.searcher()

    def _look_again(self, index: tantivy.Index) -> None:
        """Let an index see what was written since; that costs so much that it is only done where something was."""
        commit = (self.folder / self._generation / generations.LIST).read_bytes() if self.folder else b""
        if not commit or commit != self._commit:
            index.reload()
            self._commit = commit

    def _opened(self) -> tantivy.Index:
        """Return the present generation; the first is made here."""
        with self._opening:
            if self.folder is None:
                self._index = self._index or tantivy.Index(_schema())
                return self._index
            while True:
                name = generations.current(self.folder) or _first(self.folder)
                if self._index is not None and name == self._generation:
                    return self._index
                try:
                    self._index, self._generation = _open(self.folder / name), name
                except Unavailable:
                    # Replaced between the look at its name and its opening: look again.
                    if generations.current(self.folder) == name:
                        raise


def index_of(documents: Iterable[Indexed]) -> tantivy.Index:
    """Return an index in memory of the fields of some documents."""
    index = tantivy.Index(_schema())
    with _writing(index) as writer:
        for fields in documents:
            writer.add_document(_stored(fields))
    index.reload()
    return index


def ids_of(searcher: tantivy.Searcher, query: tantivy.Query) -> tuple[int, ...]:
    """Return the ids of all articles that a query finds, in no order."""
    found = searcher.search(query, limit=max(1, searcher.num_docs), count=False).hits
    return tuple(_integers(searcher, "article_id", [address for _, address in found])) if found else ()


def _total(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    found: Anything = searcher.search(query, limit=1, count=True)
    return int(found.count)


def _integers(searcher: tantivy.Searcher, field: str, addresses: list[tantivy.DocAddress]) -> list[int]:
    """Read a column; every article has a value there."""
    return [int(value or 0) for value in searcher.fast_field_values(field, addresses)]


def _facets(searcher: tantivy.Searcher, query: tantivy.Query, names: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    wanted = {name: {"terms": {"field": _COLUMNS.get(name, name), "size": 5_000, "segment_size": 60_000}} for name in names}
    found = searcher.aggregate(query, wanted) if wanted else {}
    buckets = {name: {row["key"]: row["doc_count"] for row in found[name]["buckets"]} for name in wanted}
    if "story" in buckets:
        buckets["story"] = {str(story): count for key, count in buckets["story"].items() if (story := story_of(int(key)))}
    return {name: counted(values) for name, values in buckets.items()}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for code in languages():
        for part in PARTS:
            builder.add_text_field(f"{part}_{code}", tokenizer_name="whitespace")
        builder.add_text_field(f"often_{code}", tokenizer_name="whitespace", index_option="basic")
    for name in KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in FACETS)
    for name in NUMBERS:
        builder.add_unsigned_field(name, indexed=name == "article_id", fast=True)
    for name in SCORES:
        builder.add_float_field(name, fast=True)
    return builder.build()


def _first(folder: Path) -> str:
    """Make an empty index where there is none, and return its name; if two processes do so, one of them wins."""
    name = generations.begun(folder)
    _made(folder / name)
    return generations.put_first(folder, name)


def _made(place: Path) -> tantivy.Index:
    (place / LABEL).write_text(json.dumps({"make": MAKE}), encoding="utf-8")
    return tantivy.Index(_schema(), path=str(place))


def _open(place: Path) -> tantivy.Index:
    """Open an index; raise Unavailable if it is of another make or damaged."""
    try:
        make = json.loads((place / LABEL).read_text(encoding="utf-8"))["make"]
        if make == MAKE:
            return tantivy.Index.open(str(place))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"the search index in {place} cannot be opened ({error}); rebuild it: newscentre reindex") from error
    raise Unavailable(f"the search index in {place} is of version {make}, this is {MAKE}; rebuild it: newscentre reindex")


@contextmanager
def _writing(index: tantivy.Index, memory: int = WRITER_BYTES) -> Iterator[tantivy.IndexWriter]:
    """Give a writer for the block and commit what it wrote; raise Busy if another process writes."""
    try:
        writer = index.writer(memory, WRITER_THREADS)
    except ValueError as error:
        raise _as_ours(error) from error
    try:
        yield writer
        writer.commit()
    finally:
        writer.wait_merging_threads()


@contextmanager
def _nobody_else_writes(folder: Path) -> Iterator[None]:
    """Hold the present index for the block, so that nothing is written to it that its successor would lack."""
    try:
        index = tantivy.Index.open(str(folder / (generations.current(folder) or _first(folder))))
    except (Unavailable, ValueError):  # damaged, or of another layout: nothing can be written to it
        yield
        return
    try:
        writer = index.writer(15_000_000, 1)
    except ValueError as error:
        raise _as_ours(error) from error
    try:
        yield
    finally:
        writer.wait_merging_threads()


def _fill(index: tantivy.Index, batches: Iterable[Iterable[Document | Indexed]]) -> None:
    """Write all documents, each of another article, into an empty index, in one commit."""
    with _writing(index, REBUILD_BYTES) as writer:
        for batch in batches:
            for document in batch:
                writer.add_document(_stored(fields_of(document)))


def _as_ours(error: ValueError) -> Busy | Unavailable:
    if "LockBusy" in str(error) or "lock" in str(error).lower():
        return Busy("another process is writing to the search index; try again when it is done")
    return Unavailable(f"the search index cannot be written: {error}")


def _identity(schema: tantivy.Schema, article_id: int) -> tantivy.Query:
    """Return what finds one article; deleting by the bare term takes the number for a signed one and deletes nothing."""
    return tantivy.Query.term_query(schema, "article_id", article_id)


def _stored(fields: Indexed) -> tantivy.Document:
    """Return what Tantivy takes. Terms come analysed: it only splits them at spaces, so that each word takes two places."""
    stored = tantivy.Document()
    for name, terms in fields.terms.items():
        stored.add_text(name, terms)
    for name, counts in fields.counts.items():
        stored.add_text(name, " ".join(counts))
    for name, values in fields.keywords.items():
        for value in values:
            stored.add_text(name, value)
    for name, number in fields.numbers.items():
        stored.add_unsigned(name, number)
    for name, score in fields.scores.items():
        stored.add_float(name, score)
    return stored


def _both(one: tantivy.Query, other: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, one), (tantivy.Occur.Must, other)])
