"""What an editor may say of an article's labels: an article goes in; its labels to take out and those to add come out, named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newscentre.corrections import CORRECTABLE
from newscentre.site.labels import label_name
from newscentre.site.naming import alphabetical
from newsdesk.models import Article


@dataclass(frozen=True)
class Choice:
    """A label by its kind and value, and what readers call it."""

    kind: str
    value: str
    name: str


@dataclass(frozen=True)
class Group:
    """All labels of one kind: those the article carries, and those it might."""

    kind: str
    name: str
    given: tuple[Choice, ...]
    missing: tuple[Choice, ...]


def correctable(article: Article) -> list[Group]:
    """Return the labels of an article that an editor may take out or add, kind by kind."""
    names = {"relevance": _("Subject"), "theme": _("Themes"), "topic": _("Topics"), "country": _("Countries")}
    return [_group(article, kind, names[kind], values()) for kind, values in CORRECTABLE.items()]


def _group(article: Article, kind: str, name: str, values: Sequence[str]) -> Group:
    carried = article.given(kind)
    missing = [_choice(kind, value) for value in values if value not in carried]
    if kind == "country":
        missing.sort(key=lambda choice: alphabetical(choice.name))
    return Group(kind, name, tuple(_choice(kind, value) for value in carried), tuple(missing))


def _choice(kind: str, value: str) -> Choice:
    return Choice(kind, value, label_name(kind, value))
