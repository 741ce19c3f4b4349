"""Ingest: real worker processes with stages that misbehave on demand, a real record."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newscentre.ingest.committer import Committer, write_labels
from newscentre.ingest.run import ingest, page_of, release_quarantined
from newsdesk import values
from newsdesk.errors import BadArtefact
from newsdesk.locks import advisory_lock
from newsdesk.models import Article, Fetch, IndexChange, Label, Source, User
from tests.newscentre.misbehaving import Stages, load, load_nothing, load_wrongly

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORDS = {
    "ar": "غرق قارب خشبي قبالة سواحل قرقنة وعلى متنه اثنان وخمسون مهاجرا كانوا يقصدون لامبيدوزا فجر اليوم",
    "en": "A wooden boat sank off the Kerkennah islands with fifty two people who were bound for Lampedusa at dawn",
    "fr": "Une embarcation en bois a coulé au large des îles Kerkennah avec cinquante-deux personnes parties pour Lampedusa",
}


def fetched(path: str, body: str, *, status: int = 200, minutes: int = 0) -> Fetch:
    """Put one page into the record as the crawler would."""
    url = f"https://paper.example/{path}"
    return Fetch.objects.create(
        url=url,
        final_url=url,
        fetched_at=NOW + timedelta(minutes=minutes),
        status=status,
        media_type="text/html",
        compressed_body=Fetch.compress(body.encode()),
        body_sha256=hashlib.sha256(body.encode()).hexdigest(),
    )


def run(**options: object) -> dict[str, int]:
    return dict(ingest(workers=2, now=lambda: NOW, load=load, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", WORDS)
def test_a_page_becomes_an_article_with_its_provenance(language: str) -> None:
    fetch = fetched("one", f"{language}|A title|{WORDS[language]}")
    assert run() == {"new": 1}
    article = Article.objects.get()
    assert (article.title, article.text, article.language) == ("A title", WORDS[language], language)
    assert article.undated
    assert article.dated_at == fetch.fetched_at
    assert article.given("relevance") == ["migration"]
    assert article.themes == []
    assert article.labels.get(kind="theme").score == 0.2, "a score below its threshold is kept"
    assert article.revisions.get().fetch == fetch
    assert article.story is not None
    assert IndexChange.objects.get().article_id == article.pk
    fetch.refresh_from_db()
    assert (fetch.state, fetch.code, fetch.article) == ("done", "new", article)


def test_bad_pages_are_set_aside_and_the_rest_goes_on() -> None:
    names = {name: fetched(name, name) for name in ("refuse", "crash", "die")}
    fetched("good", f"en|Good|{WORDS['en']}")
    assert run() == {"refused": 1, "quarantined": 2, "new": 1}
    rows = {name: Fetch.objects.get(pk=fetch.pk) for name, fetch in names.items()}
    assert (rows["refuse"].state, rows["refuse"].code) == ("refused", "empty")
    assert rows["crash"].state == "quarantined"
    assert "ZeroDivisionError: a bug met by this page" in rows["crash"].traceback
    assert (rows["die"].state, rows["die"].attempts) == ("quarantined", 2)
    assert "exit code 9" in rows["die"].message


def test_what_the_record_cannot_take_is_set_aside_and_the_rest_goes_on() -> None:
    unstorable = fetched("unstorable", f"en|UNSTORABLE|{WORDS['en']}")
    damaged = fetched("damaged", f"fr|Titre|{WORDS['fr']}")
    Fetch.objects.filter(pk=damaged.pk).update(compressed_body=b"this was never compressed")
    fetched("good", f"ar|عنوان|{WORDS['ar']}")
    assert run() == {"quarantined": 2, "new": 1}
    for fetch, error in ((unstorable, "UnicodeEncodeError"), (damaged, "zlib.error")):
        fetch.refresh_from_db()
        assert (fetch.state, fetch.article) == ("quarantined", None)
        assert error in fetch.traceback
    assert Article.objects.get().title == "عنوان"
    assert IndexChange.objects.count() == 1


def test_a_page_that_hangs_is_charged_and_set_aside() -> None:
    hanging = fetched("hang", "hang")
    fetched("good", f"en|Good|{WORDS['en']}")
    assert run(seconds_a_page=0.5) == {"quarantined": 1, "new": 1}
    hanging.refresh_from_db()
    assert "longer than 0.5 s" in hanging.message


def test_a_changed_page_is_a_revision_and_an_unchanged_one_is_not() -> None:
    fetched("one", f"en|First|{WORDS['en']}")
    fetched("one", f"en|First|{WORDS['en']}", minutes=5)
    fetched("one", f"en|Second|{WORDS['en']} and they asked for asylum", minutes=9)
    assert run() == {"new": 1, "unchanged": 1, "revised": 1}
    article = Article.objects.get()
    assert [(r.number, r.title) for r in article.revisions.all()] == [(1, "First"), (2, "Second")]
    assert article.title == "Second"
    assert article.themes == ["protection"]
    superseded = article.labels.filter(kind="theme").exclude(superseded_at=None)
    assert [label.score for label in superseded] == [0.2], "what the model said of the first revision is kept"


def test_a_page_that_is_gone_takes_its_article_down_and_lets_a_copy_stand() -> None:
    for path in ("original", "copy"):
        fetched(path, f"en|Same|{WORDS['en']}")
    assert run() == {"new": 1, "duplicate": 1}
    copy = Article.objects.get(url__endswith="copy")
    assert copy.duplicate_of is not None
    assert copy.story == copy.duplicate_of.story
    fetched("original", "", status=410, minutes=5)
    fetched("never-seen", "", status=404, minutes=6)
    assert run() == {"removed": 1, "refused": 1}
    copy.refresh_from_db()
    assert copy.duplicate_of is None
    assert list(Article.objects.published()) == [copy]
    fetched("original", f"en|Same|{WORDS['en']}", minutes=7)
    assert run() == {"revised": 1}, "a page that comes back is shown again"
    assert Article.objects.published().count() == 2


@pytest.mark.parametrize("language", WORDS)
def test_what_the_crawler_says_is_gone_is_taken_down_with_its_reason(language: str) -> None:
    fetched("one", f"{language}|First|{WORDS[language]}")
    run()
    reason = "its publisher reserves it"
    Fetch.objects.filter(pk=fetched("one", "", minutes=5).pk).update(code="gone", message=reason, verdict="tdm-meta")
    assert run() == {"removed": 1}
    article = Article.objects.get()
    assert article.removed_at == NOW + timedelta(minutes=5)
    newest = Fetch.objects.latest("pk")
    assert (newest.article, newest.code, newest.message) == (article, "removed", reason)
    assert IndexChange.objects.filter(article_id=article.pk).exists()


def test_a_copy_that_comes_back_after_its_original_went_is_not_hidden_under_it() -> None:
    for path in ("original", "copy"):
        fetched(path, f"fr|Same|{WORDS['fr']}")
    run()
    fetched("copy", "", status=410, minutes=5)
    fetched("original", "", status=410, minutes=6)
    fetched("original", "", status=410, minutes=7)
    fetched("copy", f"fr|Same|{WORDS['fr']}", minutes=8)
    assert run() == {"removed": 3, "revised": 1}
    assert [(article.url, article.duplicate_of) for article in Article.objects.published()] == [
        ("https://paper.example/copy", None)
    ]
    original = Article.objects.get(url__endswith="original")
    assert original.removed_at == NOW + timedelta(minutes=6), "when it went, not when that was seen again"


def test_a_persons_label_outlives_relabelling() -> None:
    fetched("one", f"en|First|{WORDS['en']}")
    run()
    article = Article.objects.get()
    editor = User.objects.create_user("editor@example.org")
    article.labels.filter(kind="theme").delete()
    Label.objects.create(
        article=article,
        kind="theme",
        value="protection",
        score=1,
        threshold=0,
        given=True,
        actor="person",
        person=editor,
        created_at=NOW,
    )
    again = values.Label("theme", "protection", 0.1, 0.5, given=False, actor="test 2")
    write_labels(article, (again,), at=NOW)
    assert article.themes == ["protection"]
    assert article.labels.filter(actor="test 2").count() == 0


def test_sources_give_articles_their_outlet() -> None:
    source = Source.objects.create(key="paper", name="صحيفة", homepage="https://paper.example/", country="TN", languages=["ar"])
    fetch = fetched("one", f"ar|عنوان|{WORDS['ar']}")
    Fetch.objects.filter(pk=fetch.pk).update(source=source)
    run()
    article = Article.objects.get()
    assert (article.outlet, article.outlet_country, article.source) == ("صحيفة", "TN", source)


def test_nothing_pending_starts_no_worker() -> None:
    with advisory_lock("unrelated"):
        assert run() == {}


def test_a_damaged_model_is_told_and_charged_to_no_page() -> None:
    waiting = fetched("one", f"en|Good|{WORDS['en']}")
    with pytest.raises(BadArtefact, match="is damaged"):
        ingest(workers=1, now=lambda: NOW, load=load_nothing)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("pending", 0)


def test_a_bug_in_loading_is_told_and_charged_to_no_page() -> None:
    waiting = fetched("one", f"en|Good|{WORDS['en']}")
    with pytest.raises(RuntimeError, match="a bug met while loading"):
        ingest(workers=1, now=lambda: NOW, load=load_wrongly)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("pending", 0)


def test_quarantined_pages_can_be_tried_again() -> None:
    fetch = fetched("page", "crash")
    assert run() == {"quarantined": 1}
    assert run() == {}
    assert release_quarantined() == 1
    Fetch.objects.filter(pk=fetch.pk).update(compressed_body=Fetch.compress(f"en|Mended|{WORDS['en']}".encode()))
    assert run() == {"new": 1}
    fetch.refresh_from_db()
    assert (fetch.state, fetch.traceback) == ("done", "")


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_cannot_be_closed_bars_the_way_for_none_of_its_fetches() -> None:
    """Its source is deleted while two pages are analysed: the record finds out when it closes the transaction."""
    source = Source.objects.create(key="paper", name="The Paper", country="TN", languages=["en"])
    for path in WORDS:
        fetched(path, f"{path}|{path}|{WORDS[path]}")
    Fetch.objects.update(source=source)
    together = [(fetch, Stages()(page_of(fetch))) for fetch in Fetch.objects.select_related("source").order_by("pk")]
    Source.objects.all().delete()
    assert Committer().commit_together(together, now=NOW) == ["new", "new", "new"]
    assert {(article.title, article.source) for article in Article.objects.all()} == {(path, None) for path in WORDS}


def test_a_new_article_asks_the_record_little() -> None:
    fetched("first", f"en|First|{WORDS['en']}")
    fetched("second", f"fr|Second|{WORDS['fr']}")
    first, second = Fetch.objects.select_related("source").order_by("pk")
    committer, stages = Committer(), Stages()
    committer.commit(first, stages(page_of(first)), now=NOW)
    with CaptureQueriesContext(connection) as asked:
        committer.commit_together([(second, stages(page_of(second)))], now=NOW)
    statements = [query["sql"].split(maxsplit=1)[0] for query in asked.captured_queries]
    assert statements.count("SELECT") <= 3, "the address, its likes, the story"
    assert len(statements) - statements.count("SAVEPOINT") - statements.count("RELEASE") <= 11
