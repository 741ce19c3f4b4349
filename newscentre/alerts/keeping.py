"""Keeps saved searches: a person's wish goes in, checked against the query language and their limit; a row comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from newsdesk.errors import BadInput
from newsdesk.models import Role, SavedSearch, User, new_token
from search.engine import SearchRequest, planned
from search.kept import kept
from search.parse import MOST_CHARACTERS
from search.plan import RANKING
from search.query import Is, Query, asks, parse

#: How many searches a person may keep.
LIMITS = {Role.SUBSCRIBER: 20, Role.ANALYST: 200, Role.EDITOR: 200, Role.ADMINISTRATOR: 200}


@dataclass(frozen=True)
class Wish:
    """What somebody wants to keep."""

    name: str
    query: str
    everything: bool
    copies: bool
    language: str
    frequency: str
    spikes: bool


def limit_of(user: User) -> int:
    """Return how many searches this person may keep."""
    return LIMITS.get(Role(user.role), 0)


def keep(user: User, wish: Wish, *, now: datetime) -> SavedSearch:
    """Keep a new search; it tells what comes in from now on."""
    query = checked(wish)
    most = limit_of(user)
    with transaction.atomic():
        # The row of the person is the lock: two windows at once do not pass the limit together.
        User.objects.select_for_update().get(pk=user.pk)
        if user.saved_searches.count() >= most:
            raise BadInput(_("At most %d searches can be saved; delete one first.") % most)
        return _written(SavedSearch(user=user, created_at=now, since=now), wish, query, fields=None)


def change(search: SavedSearch, wish: Wish, *, now: datetime) -> SavedSearch:
    """Change a search; another query tells only what comes in from now on."""
    query = checked(wish)
    if (wish.query, wish.everything, wish.copies) != (search.query, search.everything, search.copies):
        search.since, search.problem, search.spiking_since = now, "", None
    # Nothing else is written: meanwhile it may have been paused or told, or its feeds may have got another address.
    return _written(search, wish, query, fields=(*vars(wish), "reading", "since", "problem", "spiking_since"))


def _written(search: SavedSearch, wish: Wish, query: Query, *, fields: Sequence[str] | None) -> SavedSearch:
    search.reading = kept(wish.query, query)
    for name, value in vars(wish).items():
        setattr(search, name, value)
    try:
        with transaction.atomic():
            search.save(update_fields=fields)
    except IntegrityError as error:
        raise BadInput(_("You have a search of this name already.")) from error
    return search


def checked(wish: Wish) -> Query:
    """Return the query of a wish; raise BadInput for one that cannot be kept."""
    if len(wish.query) > MOST_CHARACTERS:
        raise BadInput(_("The query is too long."))
    return askable(wish.query)


def askable(text: str) -> Query:
    """Parse a query and see that it does not cost too much; raise BadInput for one that no engine would answer."""
    query = parse(text)
    planned(SearchRequest(query), RANKING, scoring=False)
    return query


def pause(search: SavedSearch, *, now: datetime) -> None:
    """Tell nothing until it is resumed."""
    SavedSearch.objects.filter(pk=search.pk, paused_at=None).update(paused_at=now)


def resume(search: SavedSearch, *, now: datetime) -> None:
    """Tell again, but not what came in meanwhile."""
    SavedSearch.objects.filter(pk=search.pk).exclude(paused_at=None).update(paused_at=None, since=now, spiking_since=None)


def stop_mails(token: str) -> SavedSearch | None:
    """End the mails of the search with this secret, and leave its feeds; None if there is none."""
    found = SavedSearch.objects.filter(mail_token=token).select_related("user").first()
    if found is not None:
        SavedSearch.objects.filter(pk=found.pk).update(frequency=SavedSearch.Frequency.NEVER, spikes=False)
    return found


def rotate(search: SavedSearch) -> None:
    """Give the feeds another secret address; the old one is dead."""
    SavedSearch.objects.filter(pk=search.pk).update(feed_token=new_token())


def request_of(query: Query, *, everything: bool, copies: bool, now: datetime) -> SearchRequest:
    """Return what a saved search asks of an engine: newest first."""
    filters = () if everything or asks(query, "relevant") else (Is("relevant", "yes"),)
    return SearchRequest(query, filters=filters, sort="date", fold=not (copies or asks(query, "duplicate")), now=now)
