"""Why a query is refused: an error of the grammar, or a word that means something elsewhere, goes in; what to write comes out."""

from __future__ import annotations

import difflib
import re

from django.utils.translation import gettext as _
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from newsdesk.errors import BadQuery
from search.fields import NAMES

#: Fields that are named where none is like the one written.
_USUAL = ("title", "country", "theme", "lang", "date", "outlet", "concept")
#: An operator of ours without its number.
_NO_NUMBER = re.compile(r"(?P<name>O?NEAR|W)/.*|(?P<bare>O?NEAR)\d+", re.IGNORECASE | re.DOTALL)
#: How other systems write nearness: here it would be a word like any other.
_ELSEWHERE = re.compile(r"(?:PRE|N|P|F|WITHIN)/\d+|ADJ\d+|/(?:\d+|[SPN])", re.IGNORECASE)
_COUNTING = re.compile(r"atleast\w*", re.IGNORECASE)

#: The grammar's terminals, as people know them.
_WRITTEN = {
    "OFTEN": "atleast3(",
    "OR": "OR", "AND": "AND", "NOT": "NOT", "MINUS": "-", "PROX": "NEAR/5", "FIELD": "title:", "PHRASE": '"…"', "SLOP": "~5",
    "LPAR": "(", "RPAR": ")",
}  # fmt: skip


def check_operator(word: str, *, column: int) -> None:
    """Refuse a word that is meant as an operator and would be looked for as a word; in quotes it can be one."""
    if found := _NO_NUMBER.fullmatch(word):
        name = (found["name"] or found["bare"]).upper()
        at = column + len(name) + (found["name"] is not None)
        raise BadQuery(_("%s needs a distance.") % name, column=at, expected=(f"{name}/5", f'"{word}"'))
    if word in ("NEAR", "ONEAR"):
        raise BadQuery(_("%s needs a distance.") % word, column=column, expected=(f"{word}/5", f'"{word}"'))
    if _ELSEWHERE.fullmatch(word):
        message = _("«%s» is no operator here.") % word
        raise BadQuery(message, column=column, expected=("NEAR/5", "ONEAR/5", f'"{word}"'))
    if _COUNTING.fullmatch(word):
        message = _("«atleast» takes a number and, right behind it, a word in brackets.")
        raise BadQuery(message, column=column, expected=("atleast3(…)", f'"{word}"'))
    if re.match(r"!\w|-", word):
        raise BadQuery(_("«%s» cannot stand here.") % word[0], column=column, expected=("-", "NOT"))
    if found := re.search(r"\^\d", word):
        raise BadQuery(_("«%s» cannot stand here.") % "^", column=column + found.start(), expected=(_("a word"),))


def no_field(name: str, *, column: int) -> BadQuery:
    """Return what is said of a field that there is not."""
    if name in ("near", "onear"):
        return BadQuery(_("%s needs a distance.") % name.upper(), column=column, expected=(f"{name.upper()}/5",))
    near = tuple(difflib.get_close_matches(name, NAMES, n=3)) or _USUAL
    return BadQuery(_("There is no field «%s».") % name, column=column, expected=tuple(f"{each}:" for each in near))


def no_value(field: str, *, column: int) -> BadQuery:
    """Return what is said of a field with nothing right behind its colon."""
    return BadQuery(_("There is no value right behind «%s».") % f"{field}:", column=column, expected=(f"{field}:…",))


def explained(error: UnexpectedInput, text: str) -> BadQuery:
    """Return what is said of an error of the grammar."""
    names = (getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None)) or set()
    expected = tuple(sorted({_WRITTEN.get(name) or (_("a word") if name == "WORD" else _("the end")) for name in names}))
    if isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        return BadQuery(_("The query ends too early."), column=len(text.rstrip()) + 1, expected=expected)
    column = (error.pos_in_stream or 0) + 1
    if isinstance(error, UnexpectedCharacters) and (of_character := _of_character(text, column)):
        return of_character
    found = text[column - 1]
    if found == ")":
        empty = text[: column - 1].rstrip().endswith("(")
        message = _("There is nothing between these brackets.") if empty else _("There is no bracket to close here.")
        return BadQuery(message, column=column, expected=expected)
    if found == "~":
        message = _('«~» stands behind words in quotes: "boat rescue"~5.')
        return BadQuery(message, column=column, expected=('"…"~5', "NEAR/5"))
    shown = str(error.token) if isinstance(error, UnexpectedToken) else found
    return BadQuery(_("«%s» cannot stand here.") % shown, column=column, expected=expected)


def _of_character(text: str, column: int) -> BadQuery | None:
    """Say what is wrong with a character that begins nothing."""
    before, found = text[: column - 1], text[column - 1]
    if found == '"':
        return BadQuery(_("The quotes opened here are never closed."), column=column, expected=('"',))
    if found == "~" and before.rstrip().endswith('"'):
        return BadQuery(_("«~» needs a distance."), column=column + 1, expected=('"…"~5',))
    if found != ":":
        return None
    name = re.search(r"[^\W\d_][\w-]*$", before)
    if name is None:
        message = _("A colon belongs between a field and its value, without spaces.")
        return BadQuery(message, column=column, expected=("title:",))
    field = name.group().casefold()
    return no_value(field, column=column + 1) if field in NAMES else no_field(field, column=name.start() + 1)
