"""Arabic and French say everything that English says, and the compiled catalogues are those of the sources."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.utils import translation
from django.utils.translation import ngettext
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2] / "digest"
KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "gettext": None,
    "_": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def catalogue(language: str) -> Catalog:
    with (ROOT / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
        return read_po(file, locale=language)


def messages_in_code() -> set[str]:
    found = set()
    for path in ROOT.rglob("*.py"):
        for _line, message, _comments, _context in extract("python", io.BytesIO(path.read_bytes()), keywords=KEYWORDS):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found


def messages_in_templates() -> set[str]:
    """Read what Django's own extraction makes of a template: calls of gettext with one quoted string."""
    call = re.compile(r"gettext\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))\)")
    found = set()
    for path in (ROOT / "templates").rglob("*.*"):
        found |= {ast.literal_eval(quoted) for quoted in call.findall(templatize(path.read_text(encoding="utf-8")))}
    return {message.replace("%%", "%") for message in found}


def test_the_search_for_messages_finds_both_kinds() -> None:
    assert "%(n)s outlet" in messages_in_code()
    assert "In other languages" in messages_in_templates()


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_message_is_translated(language: str) -> None:
    known = {}
    for message in catalogue(language):
        first = message.id[0] if isinstance(message.id, list | tuple) else message.id
        strings = message.string if isinstance(message.string, list | tuple) else (message.string,)
        known[first] = all(strings) and not message.fuzzy
    wanted = messages_in_code() | messages_in_templates()
    assert len(wanted) > 60
    assert sorted(message for message in wanted if not known.get(message)) == []


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_placeholders_survive_translation(language: str) -> None:
    for message in catalogue(language):
        if not message.id or isinstance(message.id, list | tuple):
            continue
        wanted = sorted(re.findall(r"%\(\w+\)s|%%", message.id))
        assert sorted(re.findall(r"%\(\w+\)s|%%", str(message.string))) == wanted, message.id


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_the_compiled_catalogue_is_current(language: str) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, catalogue(language))
    compiled = (ROOT / f"locale/{language}/LC_MESSAGES/django.mo").read_bytes()
    assert compiled == fresh.getvalue(), "run: pybabel compile -D django -d digest/locale"


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, "وسيلة إعلام واحدة"), (2, "وسيلتي إعلام"), (3, "3 وسائل إعلام"), (11, "11 وسيلة إعلام"), (100, "100 وسيلة إعلام")],
)
def test_arabic_counts_in_its_six_forms(count: int, expected: str) -> None:
    with translation.override("ar"):
        assert ngettext("%(n)s outlet", "%(n)s outlets", count) % {"n": count} == expected
