"""The state in which a source is found, and the sentence that goes with it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.answers import DONE, PENDING, REFUSED, Answer, Asked
from crawler.catalogue import Outlet
from crawler.visits import Visit, state_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FEED = "https://desk.example/feed"


def way(
    state: str = DONE, code: str = "", *, listed: int = 10, message: str = "it failed", moved: bool = False, to: str = FEED
) -> Answer:
    redirects = ((FEED, 301),) if moved else ()
    asked = Asked("desk", "feed", FEED)
    return Answer(asked, NOW, state, code, message, final_url=to, status=200, redirects=redirects, listed=listed)


def paged(state: str = PENDING, code: str = "") -> Answer:
    return Answer(Asked("desk", "page", "https://desk.example/1"), NOW, state, code)


def visited(*answers: Answer) -> Visit:
    visit = Visit(Outlet("desk", "Desk", "https://desk.example/"), 1, room=10, started=NOW, awaited=len(answers))
    for answer in answers:
        visit.note(answer)
    assert visit.awaited == 0
    return visit


@pytest.mark.parametrize(
    ("answers", "state", "said"),
    [
        ([way(), paged(), paged()], "ok", "2 pages came in"),
        ([way(), paged(DONE, "unchanged")], "unchanged", "nothing new"),
        ([way(DONE, "unchanged"), paged(PENDING, "gone")], "unchanged", "nothing new"),
        ([way(listed=0)], "empty", "list nothing"),
        ([], "broken", "no way in"),
        ([way(REFUSED, "http-500")], "broken", "it failed"),
        ([way(REFUSED, "broken-feed"), way(REFUSED, "timeout")], "broken", "2 ways in fail"),
        ([way(REFUSED, "blocked", message="a bot wall")], "blocked", "a bot wall"),
        ([way(), paged(REFUSED, "blocked"), paged(REFUSED, "blocked")], "blocked", "all of the 2 pages"),
        ([way(), paged(REFUSED, "blocked"), paged()], "ok", "1 page came in"),
        ([way(), paged(REFUSED, "blocked"), paged(REFUSED, "http-404")], "unchanged", "nothing new"),
        ([way(), paged(REFUSED, "robots"), paged(REFUSED, "robots")], "blocked", "closed by robots.txt"),
        ([way(), paged(REFUSED, "reserved")], "blocked", "reserved by the publisher"),
        ([way(REFUSED, "robots", message="robots.txt does not allow it")], "blocked", "robots.txt"),
        ([way(REFUSED, "http-403", message="status 403")], "blocked", "status 403"),
        ([way(REFUSED, "resting", message="asked to be left alone")], "", "left alone"),
        ([way(REFUSED, "resting"), way(REFUSED, "http-500")], "broken", "it failed"),
        ([way(), paged(REFUSED, "resting"), paged(REFUSED, "daily-cap")], "unchanged", "2 more are left"),
        ([way(REFUSED, "broken-feed", moved=True, to="https://desk.example/")], "redirected", "https://desk.example/"),
        ([way(REFUSED, "redirect")], "redirected", "leads to"),
        ([way(REFUSED, "broken-feed", moved=True, to="https://parked.example/")], "redirected", "https://parked.example/"),
        ([way(), way(REFUSED, "broken-feed"), paged()], "ok", "1 page came in; https://desk.example/feed fails"),
        ([way(moved=True, to="https://desk.example/new"), paged()], "ok", "has moved to https://desk.example/new"),
    ],
)
def test_states(answers: list[Answer], state: str, said: str) -> None:
    found = state_of(visited(*answers))
    assert found.state == state
    assert said in found.sentence


def test_what_is_left_for_next_time_is_said() -> None:
    visit = visited(way(), paged())
    visit.left_out = 7
    assert "7 more are left" in state_of(visit).sentence


@pytest.mark.parametrize(("listed", "state", "said"), [(10, "ok", "list 10 addresses"), (0, "empty", "list nothing")])
def test_a_look_at_what_is_listed_says_so(listed: int, state: str, said: str) -> None:
    visit = visited(way(listed=listed))
    visit.lists_only = True
    found = state_of(visit)
    assert found.state == state
    assert said in found.sentence
