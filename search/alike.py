"""«More like this»: an article's document goes in, the query for others about the same things, in any language, comes out."""

from __future__ import annotations

from collections import Counter

from newsdesk.analysis import analyse
from newsdesk.lexicon import find_concepts
from search.concepts import forms_of
from search.document import LEAD_WORDS, Document
from search.plan import MOST_FORMS, is_stop_word
from search.tree import And, Concept, Is, Not, Or, Query, Word

#: How many of an article's words, concepts and places are asked for.
MOST_WORDS, MOST_CONCEPTS, MOST_PLACES = 10, 5, 4
#: Letters of the shortest word worth asking for.
SHORTEST = 4


def alike(document: Document) -> Query | None:
    """Return the query, or None for an article of which too little is known. Its own story and copies are left out.

    Concepts of the lexicon and places carry over from language to language; words of the title find the rest of its own.
    """
    subjects = [*_concepts(document), *_words(document)]
    if not subjects:
        return None
    places: list[Query] = [Is("city", city) for city in document.tags.get("city", ())]
    places += [Is("country", code) for code in document.countries]
    wanted: list[Query] = [_any(subjects), Is("relevant", "yes"), Is("duplicate", "no")]
    if places:
        wanted.append(_any(places[:MOST_PLACES]))
    if document.story_id:
        wanted.append(Not(Is("story", str(document.story_id))))
    return And(tuple(wanted))


def _any(parts: list[Query]) -> Query:
    return Or(tuple(parts)) if len(parts) > 1 else parts[0]


def _concepts(document: Document) -> list[Query]:
    """Return the concepts most told of, as many as one query may unfold."""
    found = Counter(
        mention.concept
        for text in (document.title, document.title, document.text)
        for mention in find_concepts(analyse(text, document.language), document.language)
    )
    kept: list[Query] = []
    room = MOST_FORMS
    for key, _count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])):
        forms = len(forms_of(key))
        if forms <= room and len(kept) < MOST_CONCEPTS:
            kept.append(Concept(key))
            room -= forms
    return kept


def _words(document: Document) -> list[Query]:
    tokens = [*analyse(document.title, document.language), *analyse(document.text, document.language)[:LEAD_WORDS]]
    counted = Counter(token.word for token in tokens if len(token.word) >= SHORTEST and token.word.isalpha())
    words: list[Query] = [Word(word) for word, _count in sorted(counted.items(), key=lambda pair: -pair[1])]
    return [word for word in words if not is_stop_word(word)][:MOST_WORDS]
