"""Collects what is to be translated: sources of the site and of search go in; messages, or catalogues up to date, come out.

``python -m tests.newscentre.site.messages`` adds new messages to the ``.po`` files, drops what is gone, and compiles them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[3]
LOCALE = ROOT / "newscentre" / "site" / "locale"
#: Packages without a catalogue of their own.
SOURCES = (ROOT / "newscentre" / "site", ROOT / "newscentre" / "alerts", ROOT / "search")
TRANSLATED = ("ar", "fr")
#: The plural forms as gettext's manual gives them; Babel's own for Arabic are in another order.
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "fr": "nplurals=2; plural=(n > 1);",
}
HEADER = r"""# The site and search of Newscentre.
msgid ""
msgstr ""
"Project-Id-Version: Newscentre\n"
"Language: {language}\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"POT-Creation-Date: 2026-01-01 00:00+0000\n"
"PO-Revision-Date: 2026-01-01 00:00+0000\n"
"Last-Translator: Newscentre\n"
"Language-Team: Newscentre\n"
"Report-Msgid-Bugs-To: \n"
"Plural-Forms: {plural}\n"
"""
KEYWORDS = dict.fromkeys(("_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"))

Message = str | tuple[str, str]


def collected() -> dict[Message, list[str]]:
    """Return every message, with the files it stands in."""
    found: dict[Message, list[str]] = {}
    for folder in SOURCES:
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.html")]):
            for message in _messages(path):
                places = found.setdefault(message, [])
                if (place := str(path.relative_to(ROOT))) not in places:
                    places.append(place)
    return found


def _messages(path: Path) -> Iterator[Message]:
    from django.utils.translation.template import templatize

    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    for _line, function, message, _comments in extract_python(io.BytesIO(text.encode()), KEYWORDS, [], {}):
        parts = [message] if isinstance(message, str) else [part for part in message or () if isinstance(part, str)]
        if parts and parts[0]:
            yield (parts[0], parts[1]) if function.startswith("ngettext") else parts[0]


def catalogue(language: str) -> Catalog:
    """Read one language's catalogue."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(language: str) -> bytes:
    """Return what the compiled catalogue must hold."""
    made = io.BytesIO()
    write_mo(made, catalogue(language))
    return made.getvalue()


def update() -> None:
    """Bring the catalogues up to date with the sources."""
    for language in TRANSLATED:
        old, folder = catalogue(language), LOCALE / language / "LC_MESSAGES"
        fresh = read_po(io.StringIO(HEADER.format(language=language, plural=PLURALS[language])), locale=language)
        for message, places in collected().items():
            known = old.get(message)
            fresh.add(message, known.string if known else None, locations=[(place, 0) for place in places])
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "django.po").open("wb") as file:
            write_po(file, fresh, width=130, include_lineno=False, sort_output=True)
        (folder / "django.mo").write_bytes(compiled(language))


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")

    django.setup()
    update()
