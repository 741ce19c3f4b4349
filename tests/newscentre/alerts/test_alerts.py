"""Saved searches find what comes in, once; their mails tell it, once, whoever dies in between."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext

from digest.queue import MOST_ATTEMPTS
from digest.transport import FolderTransport
from newscentre import outbox
from newscentre.alerts import matching
from newscentre.alerts.keeping import change, limit_of, pause, resume, rotate, stop_mails
from newscentre.alerts.mailing import MOST_MAILS, make_mails, send_next
from newscentre.alerts.matching import Asked, matches
from newscentre.outbox import drain
from newsdesk.errors import BadInput, Unavailable
from newsdesk.models import Alert, AlertMail, Article, IndexChange, SavedSearch, User
from search.document import document_of
from search.embedded import EmbeddedEngine
from search.engine import SearchRequest
from search.kept import read
from search.query import parse
from tests.newscentre.alerts.conftest import QUERIES, TITLES
from tests.search.conftest import NEWSROOM, NOW
from tests.search.contract import ANSWERS

pytestmark = pytest.mark.django_db

Save = Callable[..., SavedSearch]
Write = Callable[..., Article]
LANGUAGES = tuple(TITLES)


class Folder:
    """A transport into a folder that fails as it is told to, and can be read again."""

    def __init__(self, path: Path, *failures: Exception) -> None:
        self.inner = FolderTransport(path)
        self.failures = list(failures)

    def send(self, message: EmailMessage) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.inner.send(message)

    @property
    def mails(self) -> list[EmailMessage]:
        files = sorted(self.inner.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "mail")


@pytest.fixture
def waiting(save: Save, write: Write, bring: Callable[[], int], now: datetime) -> None:
    """Let a search find an article, and its mail wait to be sent."""
    save()
    write()
    bring()
    make_mails(now)


def told(now: datetime, folder: Folder) -> list[EmailMessage]:
    make_mails(now)
    while send_next(now, folder):
        pass
    return folder.mails


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_the_small_index_answers_as_the_engines_do() -> None:
    asked = {number: Asked(query, everything=True, copies=True) for number, (query, _) in enumerate(ANSWERS)}
    found, problems, readings = matches(NEWSROOM, asked, now=NOW)
    assert problems == {}
    wrong = [query for number, (query, ids) in enumerate(ANSWERS) if set(found.get(number, ())) != ids]
    assert wrong == []
    assert readings.keys() == asked.keys()
    again = {number: each._replace(reading=readings[number]) for number, each in asked.items()}
    assert matches(NEWSROOM, again, now=NOW) == (found, {}, {})


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_tells_what_was_found_in_the_words_of_its_reader(
    *, save: Save, write: Write, bring: Callable[[], int], now: datetime, folder: Folder, language: str
) -> None:
    search = save(QUERIES[language], language=language, name="<b>قوارب</b>")
    article = write(language)
    write(language, title="Football", text="Football", relevant=False)
    bring()
    (mail,) = told(now, folder)
    assert mail["To"] == "analyst@people.example"
    assert f"/{language}/saved/stop/{search.mail_token}/" in mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = part(mail, "plain"), part(mail, "html")
    assert TITLES[language] in text
    assert language != "fr" or not re.search(r"\w:\s", text), "French sets a space before a colon"
    assert f"/{language}/article/{article.pk}/" in text
    assert "<mark" in html
    assert "<b>قوارب</b>" not in html
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in html
    assert "Football" not in text
    assert search.feed_token not in text + html


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_says_which_date_is_none(
    *, save: Save, write: Write, bring: Callable[[], int], now: datetime, folder: Folder, language: str
) -> None:
    save(QUERIES[language], language=language)
    write(language, date_origin="fetch")
    bring()
    (mail,) = told(now, folder)
    with translation.override(language):
        said = gettext("undated: when we found it")
    assert said in part(mail, "plain")
    assert said in part(mail, "html")


def test_nothing_is_told_twice(save: Save, write: Write, bring: Callable[[], int], now: datetime, folder: Folder) -> None:
    save()
    article = write()
    bring()
    assert len(told(now, folder)) == 1
    for _ in range(2):  # labelled anew, revised, and the process begun again
        IndexChange.objects.create(article_id=article.pk, created_at=now)
        matching._lasting.cache_clear()
        bring()
    assert Alert.objects.count() == 1
    assert len(told(now + timedelta(hours=2), folder)) == 1
    write()
    bring()
    assert len(told(now + timedelta(hours=3), folder)) == 2


def test_killed_between_index_and_record_it_matches_again_and_notes_once(
    save: Save, write: Write, engine: EmbeddedEngine, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    save()
    write()

    class Killed(BaseException):
        pass

    def dying(*arguments: Any, **named: Any) -> int:
        matching.match(*arguments, **named)
        raise Killed

    monkeypatch.setattr(outbox, "match", dying)
    with pytest.raises(Killed):
        drain(engine)
    assert IndexChange.objects.count() == 1
    monkeypatch.undo()
    assert drain(engine) == 1
    assert Alert.objects.count() == 1


@pytest.mark.usefixtures("waiting")
def test_killed_while_sending_the_same_mail_goes_again_under_its_name(
    write: Write, bring: Callable[[], int], now: datetime, folder: Folder
) -> None:

    class Killed(BaseException):
        pass

    class Dying:
        def send(self, message: EmailMessage) -> None:
            folder.send(message)
            raise Killed

    with pytest.raises(Killed):
        send_next(now, Dying())
    write()
    bring()
    make_mails(now)
    later = now + timedelta(hours=1)
    while send_next(later, folder):
        pass
    assert len(folder.mails) == 2
    assert len({mail["Message-ID"] for mail in folder.mails}) == 2
    assert AlertMail.objects.filter(state="sent").count() == 2
    assert [part(mail, "plain").count("/article/") for mail in folder.mails] == [1, 1]


@pytest.mark.usefixtures("waiting")
def test_a_mail_at_which_the_sender_dies_each_time_is_given_up(now: datetime, folder: Folder) -> None:
    AlertMail.objects.update(attempts=MOST_ATTEMPTS)
    assert send_next(now, folder)
    assert [(mail.state, mail.sent_at) for mail in AlertMail.objects.all()] == [(AlertMail.State.FAILED, None)]
    assert not send_next(now, folder)


@pytest.mark.usefixtures("waiting")
def test_a_mail_that_fails_is_tried_again_and_one_that_is_refused_is_not(
    save: Save, write: Write, bring: Callable[[], int], now: datetime, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "mail", Unavailable("away"))
    assert send_next(now, folder)
    assert not send_next(now, folder)
    assert send_next(now + timedelta(minutes=16), folder)
    assert len(folder.mails) == 1
    save("guard")
    write()
    bring()
    make_mails(now)
    refusing = Folder(tmp_path / "mail", BadInput("no"), BadInput("no"))
    while send_next(now, refusing):
        pass
    assert AlertMail.objects.filter(state="failed").count() == 2


def test_what_was_taken_down_is_never_sent(
    save: Save, write: Write, bring: Callable[[], int], now: datetime, folder: Folder
) -> None:
    save()
    gone, stays = write(title="Gone migrants"), write(title="Staying migrants")
    bring()
    make_mails(now)
    Article.objects.filter(pk=gone.pk).update(removed_at=now)
    (mail,) = told(now, folder)
    assert "Gone" not in part(mail, "plain")
    assert "1 new article" in mail["Subject"]
    Article.objects.filter(pk=stays.pk).update(removed_at=now)
    other = write(title="Brief migrants")
    bring()
    Article.objects.filter(pk=other.pk).update(removed_at=now)
    assert len(told(now, folder)) == 1
    assert AlertMail.objects.filter(state="skipped").count() == 1


@pytest.mark.parametrize(("frequency", "minutes"), [("at_once", [1, 2, 3]), ("hourly", [1, 62]), ("daily", []), ("never", [])])
def test_mails_come_as_often_as_wished(
    *, save: Save, write: Write, bring: Callable[[], int], now: datetime, folder: Folder, frequency: str, minutes: list[int]
) -> None:
    now = now.replace(hour=12, minute=0)
    save(frequency=frequency, at=now)
    sent = []
    for minute in (1, 2, 3, 62, 63):
        if minute < 4:
            write(first_seen_at=now + timedelta(minutes=minute))
            bring()
        before = AlertMail.objects.count()
        make_mails(now + timedelta(minutes=minute))
        if AlertMail.objects.count() > before:
            sent.append(minute)
    assert sent == minutes
    if frequency == "daily":
        tomorrow = now.replace(hour=6) + timedelta(days=1)
        assert [make_mails(tomorrow + timedelta(minutes=each)) for each in (-1, 0, 1)] == [0, 1, 0]
        assert Alert.objects.filter(mail__isnull=False).count() == 3


def test_old_articles_pauses_and_other_queries_tell_nothing_of_before(
    save: Save, write: Write, bring: Callable[[], int], now: datetime
) -> None:
    early = write()
    search = save(at=now + timedelta(seconds=1))
    bring()
    assert Alert.objects.count() == 0
    pause(search, now=now)
    write(first_seen_at=now + timedelta(minutes=1))
    bring()
    resume(search, now=now + timedelta(minutes=2))
    for article in Article.objects.all():
        IndexChange.objects.create(article_id=article.pk, created_at=now)
    bring()
    assert Alert.objects.count() == 0
    write(first_seen_at=now + timedelta(minutes=3))
    bring()
    assert Alert.objects.count() == 1
    Article.objects.filter(pk=early.pk).update(first_seen_at=now - timedelta(days=30))
    SavedSearch.objects.update(since=now - timedelta(days=60))
    IndexChange.objects.create(article_id=early.pk, created_at=now)
    bring()
    assert Alert.objects.count() == 1


def test_copies_and_other_news_are_found_on_request(save: Save, write: Write, bring: Callable[[], int], now: datetime) -> None:
    plain, copies, everything = save(), save(copies=True), save("football", everything=True)
    said = save("migrant duplicate:yes"), save("relevant:no")
    first = write()
    write(duplicate_of=first)
    write(title="Football", text="Football", relevant=False)
    bring()
    assert [search.alerts.count() for search in (plain, copies, everything, *said)] == [1, 2, 1, 1, 1]


def test_one_search_that_cannot_be_asked_does_not_bar_the_others(
    save: Save, write: Write, bring: Callable[[], int], now: datetime
) -> None:
    broken, whole = save(), save()
    SavedSearch.objects.filter(pk=broken.pk).update(query="topic:gone_since")
    write()
    bring()
    broken.refresh_from_db()
    assert "gone_since" in broken.problem
    assert whole.alerts.count() == 1
    change(broken, wish(broken, query="migrant"), now=now)
    write(first_seen_at=now + timedelta(seconds=1))
    bring()
    broken.refresh_from_db()
    assert (broken.problem, broken.alerts.count()) == ("", 1)


@pytest.mark.parametrize("reading", ["", "{", '["another text", ["Word", "football", "", false]]'])
def test_a_query_whose_tree_is_not_kept_is_parsed_and_kept(
    save: Save, write: Write, bring: Callable[[], int], reading: str
) -> None:
    search = save()
    whole = search.reading
    assert read(search.query, whole) == parse(search.query)
    SavedSearch.objects.filter(pk=search.pk).update(reading=reading)
    write()
    bring()
    search.refresh_from_db()
    assert (search.alerts.count(), search.reading) == (1, whole)


def test_last_days_are_counted_from_now(write: Write, now: datetime) -> None:
    document = document_of(write(dated_at=now - timedelta(days=2)))
    asked = {1: Asked("last:1d", True, True), 2: Asked("last:3d", True, True)}
    assert matches([document], asked, now=now)[0] == {2: (document.article_id,)}
    assert matches([document], asked, now=now - timedelta(days=2))[0].keys() == {1, 2}


def wish(search: SavedSearch, **changes: Any) -> Any:
    from newscentre.alerts.keeping import Wish

    return Wish(**({name: getattr(search, name) for name in Wish.__dataclass_fields__} | changes))


def test_limits_names_and_secrets(save: Save, user: User, now: datetime) -> None:
    subscriber = User.objects.create_user("s@people.example", role="subscriber")
    for number in range(limit_of(subscriber)):
        save(owner=subscriber, name=f"n{number}")
    with pytest.raises(BadInput):
        save(owner=subscriber)
    with pytest.raises(BadInput):
        save(owner=User.objects.create_user("v@people.example", role="visitor"))
    search = save(name="twice")
    with pytest.raises(BadInput):
        save(name="twice")
    with pytest.raises(BadInput):
        save("(")
    rotate(search)
    assert SavedSearch.objects.get(pk=search.pk).feed_token != search.feed_token
    assert stop_mails("nothing") is None
    assert stop_mails(search.mail_token) == search
    assert SavedSearch.objects.get(pk=search.pk).frequency == "never"


def test_a_change_undoes_nothing_that_happened_meanwhile(save: Save, now: datetime) -> None:
    search = save()
    rotate(search)
    pause(search, now=now)
    change(search, wish(search, name="another"), now=now)
    kept = SavedSearch.objects.get()
    assert kept.feed_token != search.feed_token
    assert (kept.name, kept.paused_at) == ("another", now)


def test_a_person_is_not_flooded(save: Save, write: Write, bring: Callable[[], int], user: User, now: datetime) -> None:
    search = save()
    AlertMail.objects.bulk_create(AlertMail(search=search, created_at=now, state="sent") for _ in range(MOST_MAILS))
    write()
    bring()
    assert make_mails(now) == 0
    assert make_mails(now + timedelta(days=1, seconds=1)) == 1


@pytest.mark.usefixtures("waiting")
def test_who_left_is_told_nothing(user: User, now: datetime, folder: Folder) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert told(now, folder) == []
    assert AlertMail.objects.get().state == "skipped"


def test_searching_finds_what_matching_finds(save: Save, write: Write, engine: EmbeddedEngine, now: datetime) -> None:
    for language in LANGUAGES:
        write(language)
    searches = [save(query) for query in QUERIES.values()]
    drain(engine)
    for search in searches:
        hits = engine.search(SearchRequest(parse(search.query), limit=100, now=now)).hits
        assert set(search.alerts.values_list("article_id", flat=True)) == {article for article, _ in hits}
