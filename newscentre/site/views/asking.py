"""What helps to ask: the concepts of the lexicon with the hits of each form, and completions of a query while it is typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from newscentre.site.context import current_language
from newscentre.site.views.searching import engine
from newsdesk.errors import BadQuery, NewscentreError
from newsdesk.languages import languages
from newsdesk.lexicon import concepts
from search.concepts import Form, forms_of, kept_forms
from search.parse import MOST_CHARACTERS
from search.plan import All, Clause, Planner, Value
from search.query import And, Concept, Everything, Query, leaves, parse
from search.rewriting import rewritten
from search.suggestions import completions


@dataclass(frozen=True)
class Shown:
    """One form of a concept: whether it is searched for, and how many articles have it (None: the index does not answer)."""

    text: str
    kept: bool
    count: int | None


@require_safe
def concept_list(request: HttpRequest) -> HttpResponse:
    """List the concepts by name in the reader's language."""
    language = current_language()
    listed = sorted(((concept.name(language), key) for key, concept in concepts().items()), key=lambda pair: pair[0].casefold())
    return render(request, "site/concepts.html", {"listed": [(name, key, _examples(key)) for name, key in listed]})


def _examples(key: str) -> list[tuple[str, str]]:
    """Return the first form in each language."""
    first: dict[str, str] = {}
    for form in forms_of(key):
        first.setdefault(form.language, form.text)
    return list(first.items())


@require_safe
def concept(request: HttpRequest, key: str) -> HttpResponse:
    """Show a concept's forms with their hits; with ``use``, go to the search with those that are ticked."""
    if key not in concepts():
        raise Http404
    query = _asked(request)
    if "use" in request.GET:
        ticked = set(request.GET.getlist("form"))
        chosen = Concept(key, tuple(form.text for form in forms_of(key) if form.text not in ticked))
        return redirect(f"{reverse('search')}?{urlencode({'q': str(_with_concept(query, chosen))})}")
    standing = next((leaf for leaf in leaves(query) if isinstance(leaf, Concept) and leaf.key == key), Concept(key))
    context = {
        "key": key,
        "name": concepts()[key].name(current_language()),
        "query": request.GET.get("q", ""),
        "groups": _by_language(forms_of(key), {form.text for form in kept_forms(standing)}),
    }
    return render(request, "site/concept.html", context)


def _asked(request: HttpRequest) -> Query:
    try:
        return parse(request.GET.get("q", ""))
    except BadQuery:
        return Everything()


def _with_concept(query: Query, chosen: Concept) -> Query:
    """Put the chosen forms where the concept stands in a query, or beside the query if it does not."""
    if any(isinstance(leaf, Concept) and leaf.key == chosen.key for leaf in leaves(query)):
        return rewritten(query, lambda leaf: _chosen(leaf, chosen))
    return chosen if isinstance(query, Everything) else And((query, chosen))


def _chosen(leaf: Query, chosen: Concept) -> Query:
    same = isinstance(leaf, Concept) and leaf.key == chosen.key
    return Concept(chosen.key, chosen.without, leaf.part) if isinstance(leaf, Concept) and same else leaf


def _by_language(forms: tuple[Form, ...], kept: set[str]) -> list[tuple[str, list[Shown]]]:
    counts = _counts(forms)
    shown = [(form, Shown(form.text, form.text in kept, count)) for form, count in zip(forms, counts, strict=True)]
    groups = [(code, [each for form, each in shown if form.language == code]) for code in languages()]
    return [(code, sorted(each, key=lambda one: -(one.count or 0))) for code, each in groups if each]


def _counts(forms: tuple[Form, ...]) -> list[int | None]:
    """Return the number of articles, as lists show them, that have each form."""
    planner = Planner(datetime.now(UTC))
    try:
        return list(engine(settings.NEWSCENTRE).tally([_listed(planner.form(form)) for form in forms]))
    except NewscentreError:
        return [None] * len(forms)


def _listed(clause: Clause) -> Clause:
    return All(parts=(clause, Value("relevant", "yes")), without=(Value("duplicate", "yes"),))


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Answer with whole queries that complete what has been typed, as ``[{"query": ..., "about": ...}]``."""
    typed = request.GET.get("q", "")[:MOST_CHARACTERS]
    answer = JsonResponse(list(_suggested(typed)), safe=False, json_dumps_params={"ensure_ascii": False})
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


def _suggested(typed: str) -> Iterator[dict[str, str]]:
    for query, about in completions(typed, current_language()):
        yield {"query": query, "about": about}
