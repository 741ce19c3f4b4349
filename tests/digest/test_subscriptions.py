"""Subscribing, confirming and leaving: one mail, one click, and nobody learns who is known."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.subscriptions import ASK_AGAIN_AFTER, CONFIRM_WITHIN, confirm, enrol, set_preferences, subscribe, unsubscribe
from newsdesk.errors import BadInput, Unavailable
from newsdesk.models import Subscription
from tests.digest.conftest import NOW, Outbox

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["ar", "en", "fr"])
def test_a_subscription_begins_with_its_confirmation(outbox: Outbox, language: str) -> None:
    subscribe(" Reader@Example.ORG ", language, ["labour", "protection"], ["tn"], NOW, transport=outbox)
    wish = Subscription.objects.get()
    assert (wish.email, wish.state, wish.themes, wish.countries) == (
        "reader@example.org", "pending", ["protection", "labour"], ["TN"],
    )  # fmt: skip
    (message,) = outbox.sent
    body = message.get_body(("plain",))
    assert body is not None
    assert f"/{language}/digests/confirm/{wish.token}/" in body.get_content()
    assert message["List-Unsubscribe"] is None
    assert confirm(wish.token, NOW + timedelta(days=1)).state == "active"
    assert confirm(wish.token, NOW + timedelta(days=30)).state == "active"


def test_a_known_address_gets_the_same_answer_and_keeps_its_wishes(outbox: Outbox) -> None:
    enrol("reader@example.org", "fr", ["labour"], [], NOW)
    later = NOW + timedelta(days=1)
    assert subscribe("reader@example.org", "en", [], [], later, transport=outbox) is None  # type: ignore[func-returns-value]
    kept = Subscription.objects.get()
    assert (kept.state, kept.language, kept.themes) == ("active", "fr", ["labour"])
    assert len(outbox.sent) == 1


def test_asking_again_sends_again_but_not_at_once(outbox: Outbox) -> None:
    subscribe("reader@example.org", "en", [], [], NOW, transport=outbox)
    subscribe("reader@example.org", "en", [], [], NOW + timedelta(seconds=5), transport=outbox)
    assert len(outbox.sent) == 1
    subscribe("reader@example.org", "fr", [], [], NOW + ASK_AGAIN_AFTER, transport=outbox)
    assert len(outbox.sent) == 2
    assert outbox.sent[0]["Message-ID"] != outbox.sent[1]["Message-ID"]
    assert Subscription.objects.get().language == "fr"


def test_who_got_no_mail_may_ask_again_at_once(outbox: Outbox) -> None:
    with pytest.raises(Unavailable):
        subscribe("reader@example.org", "en", [], [], NOW, transport=Outbox(Unavailable("the mail server sleeps")))
    subscribe("reader@example.org", "en", [], [], NOW + timedelta(seconds=5), transport=outbox)
    assert len(outbox.sent) == 1


def test_who_left_may_come_back(outbox: Outbox) -> None:
    wish = enrol("reader@example.org", "en", [], [], NOW)
    assert unsubscribe(wish.token, NOW).state == "ended"
    first_end = unsubscribe(wish.token, NOW + timedelta(days=1)).ended_at
    assert first_end == NOW
    with pytest.raises(BadInput, match="ended"):
        confirm(wish.token, NOW)
    subscribe("reader@example.org", "ar", [], [], NOW + timedelta(days=2), transport=outbox)
    assert confirm(wish.token, NOW + timedelta(days=2)).state == "active"


def test_old_links_and_strange_ones_are_refused(outbox: Outbox) -> None:
    subscribe("reader@example.org", "en", [], [], NOW, transport=outbox)
    token = Subscription.objects.get().token
    with pytest.raises(BadInput, match="seven days"):
        confirm(token, NOW + CONFIRM_WITHIN + timedelta(seconds=1))
    for strange in ("", "nothing", token[:-1], "' OR 1=1 --"):
        with pytest.raises(BadInput, match="no subscription"):
            unsubscribe(strange, NOW)


def test_preferences_change_by_the_link(outbox: Outbox) -> None:
    wish = enrol("reader@example.org", "en", [], [], NOW)
    changed = set_preferences(wish.token, language="ar", themes=["other"], countries=["LY", "ly"])
    assert (changed.language, changed.themes, changed.countries) == ("ar", ["other"], ["LY"])


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("nobody", "en", [], []), "e-mail"),
        (("a@b@c.example", "en", [], []), "e-mail"),
        (("a@example.org\nBcc: b@example.org", "en", [], []), "e-mail"),
        (("", "en", [], []), "e-mail"),
        (("a@example.org", "de", [], []), "working languages"),
        (("a@example.org", "en", ["sport"], []), "theme 'sport'"),
        (("a@example.org", "en", [], ["QQ"]), "country 'QQ'"),
    ],
)
def test_bad_wishes_are_named(outbox: Outbox, wish: tuple[str, str, list[str], list[str]], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        subscribe(*wish, NOW, transport=outbox)
    assert outbox.sent == []
    assert not Subscription.objects.exists()


@pytest.mark.django_db
def test_routes_and_groups_of_countries_are_wishes_too() -> None:
    found = enrol("reader@people.example", "en", [], ["group:eu", "tn"], NOW, routes=["channel", "central-mediterranean"])
    assert found.countries == ["TN", "group:eu"]
    assert found.routes == ["central-mediterranean", "channel"]
    changed = set_preferences(found.token, language="fr", themes=[], countries=[], routes=["channel"])
    assert (changed.countries, changed.routes) == ([], ["channel"])
    with pytest.raises(BadInput, match="unknown route 'nowhere'"):
        set_preferences(found.token, language="fr", themes=[], countries=[], routes=["nowhere"])
    with pytest.raises(BadInput, match="unknown country"):
        set_preferences(found.token, language="fr", themes=[], countries=["group:nowhere"])
