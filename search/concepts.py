"""A concept of the lexicon as it is searched for: its key goes in, its forms, each with the terms it stands for, come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from newsdesk.analysis import analyse, normalise
from newsdesk.languages import languages
from newsdesk.lexicon import concepts
from search.document import EXACT, LONGEST_TERM
from search.patterns import Run, Term, either
from search.tree import Concept


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a concept in one language; ``text`` is the first of all spellings that the analysis takes for one."""

    language: str
    text: str
    run: Run


@cache
def forms_of(key: str) -> tuple[Form, ...]:
    """Return the forms of a concept, by language; a form counts in texts of its own language alone."""
    found: dict[tuple[str, Run], Form] = {}
    for code, texts in concepts()[key].forms.items():
        barred = concepts()[key].barred.get(code, frozenset())
        for text in texts:
            run = tuple(_term(token.term, token.word, code=code, barred=barred) for token in analyse(text, code))
            found.setdefault((code, run), Form(code, text, run))
    return tuple(found.values())


def kept_forms(concept: Concept) -> tuple[Form, ...]:
    """Return the forms of a concept but those left out."""
    left_out = set(concept.without)
    return tuple(form for form in forms_of(concept.key) if form.text not in left_out)


@cache
def concepts_by_name() -> Mapping[str, str]:
    """Return the keys of concepts by their names in all languages and their forms, normalised; keys go before names."""
    names: dict[str, str] = {key: key for key in concepts()}
    names |= {key.replace("_", " "): key for key in concepts() if key.replace("_", " ") not in names}
    for key, concept in concepts().items():
        for code in languages():
            names.setdefault(normalise(concept.name(code)), key)
    for key, concept in concepts().items():
        for form in (form for forms in concept.forms.values() for form in forms):
            names.setdefault(normalise(form), key)
    return names


def _term(term: str, word: str, *, code: str, barred: frozenset[str]) -> Term:
    """Return the stem, or where a barred word shares it, every written form of the word that is not barred."""
    if not any(token.term == term for each in barred for token in analyse(each, code)):
        return term[:LONGEST_TERM]
    row = languages()[code]
    written = dict.fromkeys(f"{before}{word}{behind}" for before in ("", *row.proclitics) for behind in ("", *row.endings))
    same = [each for each in written if each not in barred and any(token.term == term for token in analyse(each, code))]
    return either(f"{EXACT}{each[:LONGEST_TERM]}" for each in same or [word])
