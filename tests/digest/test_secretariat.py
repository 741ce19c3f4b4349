"""The weekly mail about alarms: to each editor in their language, only if there is something to say, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from digest.secretariat import mail_secretariat, week_of
from newsdesk.errors import Unavailable
from newsdesk.models import Alarm, Role, Source, User
from tests.digest.conftest import Outbox

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 9, 6, tzinfo=UTC)
QUIET = {"last": 1, "expected": 12.5, "low": 5, "high": 22, "statistic": 14.0, "state": "unchanged"}
LAYOUT = {"changes": [{"sign": "title", "before": 0.01, "now": 0.8, "statistic": 12.0}]}


def alarm(kind: str = "quiet", *, days: float = 1, ended: bool = False, key: str = "marsa") -> Alarm:
    source, _ = Source.objects.get_or_create(key=key, defaults={"name": "<b>المرسى</b>", "homepage": "https://marsa.example/"})
    return Alarm.objects.create(
        kind=kind, source=source, subject=key, detail=QUIET if kind == "quiet" else LAYOUT,
        raised_at=MONDAY - timedelta(days=days), ended_at=MONDAY if ended else None,
    )  # fmt: skip


def editor(language: str = "en", role: str = Role.EDITOR) -> User:
    return User.objects.create_user(f"{role}-{language}@people.example", "a long pass phrase 7", role=role, language=language)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize(
    ("language", "direction", "words"),
    [
        ("ar", "rtl", ["توقف عن النشر", "مقال واحد", "بلا عنوان"]),
        ("en", "ltr", ["Went quiet", "1 article in the last 24 hours", "no headline of their own"]),
        ("fr", "ltr", ["Ne publie plus", "1 article ces dernières 24 heures", "pas de titre propre"]),
    ],
)
def test_an_editor_is_told_in_their_language(outbox: Outbox, language: str, direction: str, words: list[str]) -> None:
    alarm()
    alarm("layout", key="rivages", ended=False)
    reader = editor(language)
    assert mail_secretariat(MONDAY, outbox)
    (message,) = outbox.sent
    assert message["To"] == reader.email
    assert f'dir="{direction}"' in body(message, "html")
    for word in words:
        assert word in body(message, "plain")
        assert word in body(message, "html")
    assert "<b>" not in body(message, "html")
    assert f"/{language}/sources/marsa/" in body(message, "plain")


def test_nobody_is_told_twice_and_nothing_is_said_without_a_reason(outbox: Outbox) -> None:
    editor()
    assert not mail_secretariat(MONDAY, outbox)
    first = alarm(ended=True)
    assert mail_secretariat(MONDAY + timedelta(hours=1), outbox)
    assert not mail_secretariat(MONDAY + timedelta(hours=2), outbox)
    first.refresh_from_db()
    assert first.mailed_at is not None
    assert "Over again" in body(outbox.sent[0], "plain")
    # Raised after the week's hour: told of next week, with the number of those that are still open.
    alarm("layout", days=-1)
    Alarm.objects.filter(pk=first.pk).update(ended_at=None)
    assert not mail_secretariat(MONDAY + timedelta(days=6), outbox)
    assert mail_secretariat(MONDAY + timedelta(days=8), outbox)
    assert len(outbox.sent) == 2
    assert "1 earlier alarm is still open" in body(outbox.sent[1], "plain")


@pytest.mark.parametrize("role", [Role.VISITOR, Role.SUBSCRIBER, Role.ANALYST])
def test_only_editors_are_told(outbox: Outbox, role: str) -> None:
    alarm()
    editor(role=role)
    assert not mail_secretariat(MONDAY, outbox)
    editor("fr")
    User.objects.filter(language="fr").update(is_active=False)
    assert not mail_secretariat(MONDAY, outbox)
    assert outbox.sent == []


class Refusing:
    """Takes no mail for some addresses."""

    def __init__(self, *barred: str) -> None:
        self.barred = barred
        self.sent: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        if not self.barred or str(message["To"]) in self.barred:
            raise Unavailable("the mail server does not answer")
        self.sent.append(message)


def test_one_readers_trouble_is_not_the_others_and_all_of_them_wait_if_nobody_can_be_told() -> None:
    alarm()
    first, second = editor("ar"), editor("fr", Role.ADMINISTRATOR)
    with pytest.raises(Unavailable):
        mail_secretariat(MONDAY, Refusing())
    assert Alarm.objects.get().mailed_at is None
    partly = Refusing(first.email)
    assert mail_secretariat(MONDAY, partly)
    assert [str(message["To"]) for message in partly.sent] == [second.email]
    assert not mail_secretariat(MONDAY, Refusing())


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (MONDAY, MONDAY),
        (MONDAY - timedelta(seconds=1), MONDAY - timedelta(days=7)),
        (MONDAY + timedelta(days=6, hours=17), MONDAY),
        (MONDAY + timedelta(days=7), MONDAY + timedelta(days=7)),
    ],
)
def test_the_mail_is_due_on_mondays(now: datetime, due: datetime) -> None:
    assert week_of(now, hour=6) == due
