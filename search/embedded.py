"""The embedded engine: clauses go in, hits come out of a Tantivy index in a folder; one process writes at a time."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any as Anything

import tantivy

from newsdesk.errors import Busy, Unavailable
from newsdesk.languages import languages
from search.document import KEYWORDS, MAKE, NUMBERS, PARTS, SCORES, Document, indexed
from search.engine import DEEPEST, FACETS, Answer, Found, SearchRequest, counted, listed, planned
from search.patterns import Pattern, Run, Term, source_of
from search.plan import RANKING, All, Any, Clause, Close, Range, Ranking, Terms, Value

#: Memory of the writer in bytes; 15 MB a thread is the least Tantivy takes.
WRITER_BYTES = 64_000_000
WRITER_THREADS = 1


class EmbeddedEngine:
    """An index in ``folder``, made on first use; ``folder`` None keeps it in memory."""

    name = "embedded"

    def __init__(self, folder: Path | None, ranking: Ranking = RANKING) -> None:
        self.folder = folder
        self.ranking = ranking
        self._index: tantivy.Index | None = None
        self._opening = threading.Lock()

    def apply(self, deletions: Iterable[int], additions: Iterable[Document]) -> None:
        """Take out and put in, in one commit."""
        index = self._opened()
        try:
            writer = index.writer(WRITER_BYTES, WRITER_THREADS)
        except ValueError as error:
            raise _as_ours(error) from error
        try:
            for article_id in deletions:
                writer.delete_documents_by_query(_identity(index.schema, article_id))
            for document in additions:
                writer.delete_documents_by_query(_identity(index.schema, document.article_id))
                writer.add_document(_stored(document))
            writer.commit()
        finally:
            writer.wait_merging_threads()

    def search(self, request: SearchRequest) -> Answer:
        """Answer a request."""
        clause, ignored = planned(request, self.ranking)
        searcher = self._searcher()
        query = Translator(self._opened().schema).translate(clause)
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
        found = searcher.search(query, limit=DEEPEST, count=False, order_by_field="recency" if by_date else None).hits
        addresses = [address for _, address in found]
        rows = zip(
            _integers(searcher, "article_id", addresses),
            (0.0 if by_date else round(float(score), 4) for score, _ in found),
            _integers(searcher, "recency", addresses),
            _integers(searcher, "thread", addresses),
            strict=True,
        )
        hits, length = listed((Found(*row) for row in rows), request, self.ranking)
        return Answer(_total(searcher, query), hits, length)

    def tally(self, clauses: Sequence[Clause]) -> tuple[int, ...]:
        """Return how many articles match each clause."""
        searcher, translator = self._searcher(), Translator(self._opened().schema)
        return tuple(_total(searcher, translator.translate(clause)) for clause in clauses)

    def matching(self, clauses: Iterable[Clause]) -> Iterator[tuple[int, ...]]:
        """Yield for each clause the ids of all articles that match it, in no order: for many clauses and few articles."""
        searcher, translator = self._searcher(), Translator(self._opened().schema, remember=True)
        for clause in clauses:
            found = searcher.search(translator.translate(clause), limit=max(1, searcher.num_docs), count=False).hits
            yield tuple(_integers(searcher, "article_id", [address for _, address in found])) if found else ()

    def rebuild(self, batches: Iterable[Iterable[Document]]) -> None:
        """Build a whole new index beside the old one, then put it in its place."""
        if self.folder is None:
            self._index = None
            for batch in batches:
                self.apply((), batch)
            return
        _check_unlocked(self.folder)
        beside, aside = _beside(self.folder, "next"), _beside(self.folder, "old")
        shutil.rmtree(beside, ignore_errors=True)
        fresh = EmbeddedEngine(beside)
        fresh.apply((), ())
        for batch in batches:
            fresh.apply((), batch)
        with self._opening:
            if self.folder.exists():
                shutil.rmtree(aside, ignore_errors=True)
                self.folder.rename(aside)
            beside.rename(self.folder)
            self._index = None
        shutil.rmtree(aside, ignore_errors=True)

    def clear(self) -> None:
        """Put an empty index of the present make in place."""
        self.rebuild(())

    def count(self) -> int:
        """Return the number of articles in the index."""
        return int(self._searcher().num_docs)

    def article_ids(self) -> Iterator[int]:
        """Yield the id of every article in the index."""
        searcher = self._searcher()
        found = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs), count=False)
        yield from _integers(searcher, "article_id", [address for _, address in found.hits])

    def _searcher(self) -> tantivy.Searcher:
        """Return a view of the last commit; another process may have rebuilt the index in between."""
        try:
            index = self._opened()
            index.reload()
        except ValueError:
            self._index = None
            index = self._opened()
        return index.searcher()

    def _opened(self) -> tantivy.Index:
        with self._opening:
            if self._index is None:
                self._index = tantivy.Index(_schema()) if self.folder is None else _open(self.folder)
            return self._index


def _total(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    found: Anything = searcher.search(query, limit=1, count=True)
    return int(found.count)


def _integers(searcher: tantivy.Searcher, field: str, addresses: list[tantivy.DocAddress]) -> list[int]:
    """Read a column; every article has a value there."""
    return [int(value or 0) for value in searcher.fast_field_values(field, addresses)]


def _facets(searcher: tantivy.Searcher, query: tantivy.Query, names: Iterable[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    wanted = {name: {"terms": {"field": name, "size": 5_000, "segment_size": 60_000}} for name in names}
    found = searcher.aggregate(query, wanted) if wanted else {}
    return {name: counted({row["key"]: row["doc_count"] for row in found[name]["buckets"]}) for name in wanted}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for code in languages():
        for part in PARTS:
            builder.add_text_field(f"{part}_{code}", tokenizer_name="whitespace")
        builder.add_text_field(f"often_{code}", tokenizer_name="raw", index_option="basic")
    for name in KEYWORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in FACETS)
    for name in NUMBERS:
        builder.add_unsigned_field(name, indexed=name == "article_id", fast=True)
    for name in SCORES:
        builder.add_float_field(name, fast=True)
    return builder.build()


def _open(folder: Path) -> tantivy.Index:
    """Open the index of a folder, or make it; raise Unavailable if it is of another make, damaged or being replaced."""
    label = folder / "make.json"
    if _beside(folder, "old").exists() and not folder.exists():
        # Between the two steps of a replacement, or killed there: an empty index made here would pass for a whole one.
        raise Unavailable(f"the search index in {folder} is being replaced; if that was cut short: newscentre reindex")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not tantivy.Index.exists(str(folder)):
            label.write_text(json.dumps({"make": MAKE}), encoding="utf-8")
            return tantivy.Index(_schema(), path=str(folder))
        make = json.loads(label.read_text(encoding="utf-8"))["make"]
        if make == MAKE:
            return tantivy.Index.open(str(folder))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"the search index in {folder} cannot be opened ({error}); rebuild it: newscentre reindex") from error
    raise Unavailable(f"the search index in {folder} is of version {make}, this is {MAKE}; rebuild it: newscentre reindex")


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(f"{folder.name}.{suffix}")


def _check_unlocked(folder: Path) -> None:
    """Raise Busy if another process is writing to the index of this folder."""
    if not (folder.is_dir() and tantivy.Index.exists(str(folder))):
        return
    try:
        tantivy.Index.open(str(folder)).writer(15_000_000, 1).wait_merging_threads()
    except ValueError as error:
        if isinstance(ours := _as_ours(error), Busy):
            raise ours from error


def _as_ours(error: ValueError) -> Busy | Unavailable:
    if "LockBusy" in str(error) or "lock" in str(error).lower():
        return Busy("another process is writing to the search index; try again when it is done")
    return Unavailable(f"the search index cannot be written: {error}")


def _identity(schema: tantivy.Schema, article_id: int) -> tantivy.Query:
    """Return what finds one article; deleting by the bare term takes the number for a signed one and deletes nothing."""
    return tantivy.Query.term_query(schema, "article_id", article_id)


def _stored(document: Document) -> tantivy.Document:
    fields, stored = indexed(document), tantivy.Document()
    for name, pairs in fields.terms.items():
        tokens = [tantivy.Token(form, place, 0, 0) for place, pair in enumerate(pairs) for form in pair]
        stored.add_pre_tokenized_text(name, tantivy.PreTokenizedString("", tokens))
    for name, values in [*fields.counts.items(), *fields.keywords.items()]:
        for value in values:
            stored.add_text(name, value)
    for name, number in fields.numbers.items():
        stored.add_unsigned(name, number)
    for name, score in fields.scores.items():
        stored.add_float(name, score)
    return stored


def _both(one: tantivy.Query, other: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, one), (tantivy.Occur.Must, other)])


class Translator:
    """Turns clauses into Tantivy's queries; ``remember`` makes each only once, for many clauses that share parts."""

    def __init__(self, schema: tantivy.Schema, *, remember: bool = False) -> None:
        self.schema = schema
        self.known: dict[Clause, tantivy.Query] | None = {} if remember else None

    def translate(self, clause: Clause) -> tantivy.Query:
        """Return the query of a clause."""
        if self.known is None:
            return self._translated(clause)
        if clause not in self.known:
            self.known[clause] = self._translated(clause)
        return self.known[clause]

    def _translated(self, clause: Clause) -> tantivy.Query:
        match clause:
            case All():
                query = self._all(clause)
            case Any(parts):
                query = self._any([self.translate(part) for part in parts])
            case Terms(field, (Pattern(source),), _):
                query = tantivy.Query.const_score_query(tantivy.Query.regex_query(self.schema, field, source), 0.0)
            case Terms(field, terms, boost):
                query = tantivy.Query.boost_query(self._row(field, list(enumerate(terms))), boost)
            case Close(field, runs, between):
                query = self._any([self._row(field, row) for row in spread(runs, between)])
            case Value() | Range():
                query = tantivy.Query.const_score_query(self._filter(clause), 0.0)
        return query

    def _filter(self, clause: Value | Range) -> tantivy.Query:
        match clause:
            case Value(field, value):
                return tantivy.Query.term_query(self.schema, field, value, index_option="basic")
            case Range():
                return self._range(clause)

    def _all(self, clause: All) -> tantivy.Query:
        must = [(tantivy.Occur.Must, self.translate(part)) for part in clause.parts]
        must_not = [(tantivy.Occur.MustNot, self.translate(part)) for part in clause.without]
        if not must:
            must = [(tantivy.Occur.Must, tantivy.Query.const_score_query(tantivy.Query.all_query(), 0.0))]
        return tantivy.Query.boolean_query(must + must_not)

    @staticmethod
    def _any(parts: list[tantivy.Query]) -> tantivy.Query:
        if not parts:
            return tantivy.Query.empty_query()
        return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(tantivy.Occur.Should, part) for part in parts])

    def _row(self, field: str, terms: list[tuple[int, Term]]) -> tantivy.Query:
        first = terms[0][1]
        if len(terms) == 1 and isinstance(first, str):
            return tantivy.Query.term_query(self.schema, field, first)
        if any(isinstance(term, Pattern) for _, term in terms):
            return tantivy.Query.regex_phrase_query(self.schema, field, [(place, source_of(term)) for place, term in terms])
        return tantivy.Query.phrase_query(self.schema, field, [(place, str(term)) for place, term in terms])

    def _range(self, clause: Range) -> tantivy.Query:
        number: Anything = int if clause.field in NUMBERS else float
        kind = tantivy.FieldType.Unsigned if clause.field in NUMBERS else tantivy.FieldType.Float
        if clause.low is None and clause.high is None:
            return tantivy.Query.all_query()
        return tantivy.Query.range_query(
            self.schema,
            clause.field,
            kind,
            None if clause.low is None else number(clause.low),
            None if clause.high is None else number(clause.high),
            include_lower=clause.low is None or not clause.above,
            include_upper=clause.high is None,
        )


def spread(runs: tuple[Run, ...], between: int) -> Iterator[list[tuple[int, Term]]]:
    """Yield every placing of the runs, in order, with at most ``between`` other words among them, as (offset, term)."""
    first = list(enumerate(runs[0]))
    if len(runs) == 1:
        yield first
        return
    for gap in range(between + 1):
        for rest in spread(runs[1:], between - gap):
            yield first + [(offset + len(runs[0]) + gap, term) for offset, term in rest]
