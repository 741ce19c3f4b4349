"""Reads a query: what a person typed goes in, the tree comes out, or BadQuery with the column and what could stand there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from django.utils.translation import gettext as _
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from newsdesk.analysis import analyse, normalise
from newsdesk.errors import BadQuery
from newsdesk.languages import languages
from search.complaints import check_operator, explained, no_field, no_value
from search.document import MOST_TIMES
from search.fields import NAMES, PARTS, READERS, read_value
from search.patterns import WILD
from search.tree import And, Concept, Everything, Near, Not, Often, Or, Passage, Phrase, Query, Wildcard, Word, leaves

#: What one query may cost. Beyond these it is refused, not run into a time-out.
MOST_CHARACTERS = 2_000
MOST_CLAUSES = 64
MOST_NESTED = 40
MOST_BETWEEN = 50
MOST_WILDCARDS = 10
MOST_SLOPPY_WORDS = 3

#: One character to one character, so that columns stay true.
_FOLDS = str.maketrans(
    dict.fromkeys("“”„‟«»＂〝〞", '"')
    | dict.fromkeys("‘’‚‛ʼ＇`´", "'")
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | dict.fromkeys("\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " ")
    | dict.fromkeys("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", " ")
    | {"（": "(", "）": ")", "：": ":", "٭": "*", "＊": "*", "？": "?"}
)
#: The Arabic question mark stands for one letter where letters follow; at the end of a word it asks.
_INNER_QUESTION = re.compile(r"(?<=\w)؟(?=\w)")


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the fields around a word say of it."""

    part: str = ""
    exact: bool = False
    field: str = ""


def parse(text: str) -> Query:
    """Parse a query; raise BadQuery with the column (from 1) at which it stops making sense. Empty asks for everything."""
    if len(text) > MOST_CHARACTERS:
        raise BadQuery(_("A query has at most %d characters.") % MOST_CHARACTERS, column=MOST_CHARACTERS + 1)
    folded = "".join(" " if unicodedata.category(c) == "Cc" else c for c in text).translate(_FOLDS)
    folded = _INNER_QUESTION.sub("?", folded)
    if not folded.strip():
        return Everything()
    _check_nesting(folded)
    try:
        tree = _grammar().parse(folded)
    except UnexpectedInput as error:
        raise explained(error, folded) from None
    query = _build(tree, _Scope())
    _check_cost(query)
    return query


@cache
def _grammar() -> Lark:
    text = files("search").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", lexer="basic")


_NESTING = re.compile(r'\(|(?:^|[\s(])(?:-|NOT(?=[\s("]))|[^\W\d_][\w-]*:', re.IGNORECASE)


def _check_nesting(text: str) -> None:
    opened = [match.start() for match in _NESTING.finditer(re.sub(r'"[^"]*"', lambda m: " " * len(m.group()), text))]
    if len(opened) > 2 * MOST_CLAUSES:
        raise BadQuery(_("The query has too many brackets, fields and negations."), column=opened[2 * MOST_CLAUSES] + 1)
    depth = 0
    for column, character in enumerate(text, start=1):
        depth += (character == "(") - (character == ")")
        if depth > MOST_NESTED:
            raise BadQuery(_("Brackets are nested more than %d deep.") % MOST_NESTED, column=column)


def _check_cost(query: Query) -> None:
    found = list(leaves(query))
    if len(found) > MOST_CLAUSES:
        raise BadQuery(_("A query has at most %d clauses.") % MOST_CLAUSES)
    if sum(_wild_words(leaf) for leaf in found) > MOST_WILDCARDS:
        raise BadQuery(_("A query has at most %d words with «*» or «?».") % MOST_WILDCARDS)


def _wild_words(leaf: Query) -> int:
    return 1 if isinstance(leaf, Wildcard) else len(WILD.findall(leaf.text)) if isinstance(leaf, Phrase) else 0


#: A node's children as lark gives them: trees and tokens.
_Children = Sequence[Any]


def _build(node: Tree[Token], scope: _Scope) -> Query:
    kind = str(node.data)
    children: _Children = [each for each in node.children if getattr(each, "type", "") not in ("AND", "OR", "NOT", "MINUS")]
    match kind:
        case "disjunction":
            return _flat(Or, [_build(child, scope) for child in children])
        case "conjunction":
            return _flat(And, [_build(child, scope) for child in children])
        case "negated":
            part = _build(children[0], scope)
            return part.part if isinstance(part, Not) else Not(part)
        case "scoped":
            return _build(children[1], _narrowed(scope, children[0]))
        case "near" | "often":
            return (_near if kind == "near" else _often)(children, scope)
    return _leaf(kind, children, scope)


def _flat(make: type[And] | type[Or], parts: list[Query]) -> Query:
    flat: list[Query] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, make) else [part])
    return make(tuple(flat))


def _narrowed(scope: _Scope, token: Token) -> _Scope:
    name, column = str(token).removesuffix(":").casefold(), _column(token)
    if name not in NAMES:
        raise no_field(name, column=column)
    if scope.field or (name in READERS and (scope.exact or (scope.part and name != "concept"))):
        raise BadQuery(_("A field cannot stand inside another."), column=column)
    if name in READERS:
        return replace(scope, field=name)
    return replace(scope, exact=True) if name == "exact" else replace(scope, part=PARTS[name])


def _leaf(kind: str, tokens: _Children, scope: _Scope) -> Query:
    token: Token = tokens[0]
    raw = str(token).strip('"') if token.type == "PHRASE" else str(token)
    if (scope.field or scope.part) and not raw.strip():
        raise no_value(scope.field or scope.part, column=_column(token))
    if scope.field:
        if kind == "sloppy":
            raise BadQuery(_("Only words of the text can be near each other."), column=_column(token))
        value = read_value(scope.field, raw, column=_column(token))
        return replace(value, part=scope.part) if isinstance(value, Concept) else value
    _check_words(raw, token)
    if kind == "sloppy":
        return _sloppy(" ".join(raw.split()), tokens, scope)
    if kind == "phrase" or (WILD.search(raw) and _words_in(raw) > 1):
        return Phrase(" ".join(raw.split()), scope.part, scope.exact)
    return (Wildcard if WILD.search(raw) else Word)(raw, scope.part, scope.exact)


def _words_in(raw: str) -> int:
    """Return the number of words of a text, each with a star or question mark being one."""
    return len(analyse(WILD.sub(" x ", raw), ""))


def _check_words(raw: str, token: Token) -> None:
    """Refuse «*» and «?» where they cannot stand, an operator without its number, and what holds no word at all."""
    offset = _column(token) + (token.type == "PHRASE")
    for wild in WILD.finditer(raw):
        _check_wild(wild.group(), column=offset + wild.start())
    if token.type == "WORD":
        check_operator(raw, column=offset)
    if not _words_in(raw):
        raise BadQuery(_("There is no letter or digit in «%s».") % raw, column=_column(token))


def _check_wild(wild: str, *, column: int) -> None:
    if wild[0] in "*?'’":
        raise BadQuery(_("A word cannot begin with «*» or «?»: too many words would fit."), column=column)
    if "*" in wild[:-1]:
        message = _("A star can only end a word; «?» stands for one letter anywhere but at the beginning.")
        raise BadQuery(message, column=column + wild.index("*"))
    letters = "".join(character for character in normalise(wild) if character.isalnum())
    if len(letters) < (least := _least_letters(letters)):
        raise BadQuery(_("At least %d letters must stand in a word with «*» or «?».") % least, column=column)


def _least_letters(letters: str) -> int:
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in letters}
    return min((row.wildcard_letters for row in languages().values() if row.script in scripts), default=3)


def _often(children: _Children, scope: _Scope) -> Query:
    operator: Token = children[0]
    times = int(normalise(operator[len("atleast") :]))
    if scope.part or scope.field:
        raise BadQuery(_("«atleast» counts in title and text together: no field can stand before it."), column=_column(operator))
    if not 2 <= times <= MOST_TIMES:
        raise BadQuery(_("«atleast» counts from 2 to %d.") % MOST_TIMES, column=_column(operator), expected=("atleast3(",))
    word = _build(children[1], _Scope(exact=scope.exact))
    if not isinstance(word, Word) or word.part or len(analyse(word.text, "")) != 1:
        raise BadQuery(_("«atleast» counts one word, without «*» or «?»."), column=_column(operator), expected=("atleast3(…)",))
    return Often(word.text, times, word.exact)


def _sloppy(raw: str, tokens: _Children, scope: _Scope) -> Query:
    token, slop = tokens
    if not 2 <= _words_in(raw) <= MOST_SLOPPY_WORDS:
        raise BadQuery(_("«~» takes 2 to %d words.") % MOST_SLOPPY_WORDS, column=_column(token))
    return Phrase(raw, scope.part, scope.exact, _between(slop[1:], _column(slop)))


def _near(children: _Children, scope: _Scope) -> Query:
    operator: Token = children[1]
    name, _slash, number = operator.partition("/")
    if scope.field:
        raise BadQuery(_("Only words of the text can be near each other."), column=_column(operator))
    left, right = _build(children[0], scope), _build(children[2], scope)
    for side in (left, right):
        _check_operand(side, operator)
    if len({_part(leaf) for leaf in (*leaves(left), *leaves(right))}) > 1:
        raise BadQuery(_("Both sides must be looked for in the same part of the article."), column=_column(operator))
    return Near(left, right, _between(number, _column(operator)), ordered=name.casefold() == "onear")


def _check_operand(side: Query, operator: Token) -> None:
    for part in side.parts if isinstance(side, Or) else (side,):
        if not isinstance(part, Passage) or (isinstance(part, Phrase) and part.between is not None):
            message = _("Beside %s there can be words, phrases, concepts, and groups of them joined by OR.")
            message %= str(operator).upper()
            raise BadQuery(message, column=_column(operator))


def _part(leaf: Query) -> str:
    return leaf.part if isinstance(leaf, Passage) else ""


def _between(number: str, column: int) -> int:
    if not 0 <= int(normalise(number)) <= MOST_BETWEEN:
        raise BadQuery(_("The distance is at most %d words.") % MOST_BETWEEN, column=column)
    return int(normalise(number))


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1
