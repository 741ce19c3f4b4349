"""What the tests of the site share: articles in three languages, people of each role, a filled index, a fresh engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import translation

from newscentre.outbox import drain_all
from newscentre.site.views import searching
from newsdesk.models import Article, IndexChange, Label, Revision, Role, Source, Story, User
from search.embedded import EmbeddedEngine

LANGUAGES = ("ar", "en", "fr")
PASSWORD = "a long pass phrase 7"

TITLES = {
    "ar": "خفر السواحل ينقذ ستين مهاجرا قبالة صفاقس",
    "en": "Coast guard rescues sixty migrants off Sfax",
    "fr": "Les garde-côtes secourent soixante migrants au large de Sfax",
}
TEXTS = {
    "ar": "أنقذ خفر السواحل ستين مهاجرا كانوا على متن قارب خشبي قبالة سواحل صفاقس صباح الجمعة، ونقلوا إلى الميناء. "
    + "وقال متحدث إن بينهم أطفالا ونساء، وإن البحث عن مفقودين مستمر في المنطقة منذ مساء الخميس حتى الآن بلا نتيجة تذكر. "
    + "الكلمة الأخيرة سرية.",
    "en": "The coast guard picked up sixty migrants from a wooden boat off Sfax on Friday morning and brought them to the port. "
    + "A spokesman said that women and children were among them, and that the search for people still missing goes on. "
    + "The final word is confidential.",
    "fr": "Les garde-côtes ont recueilli vendredi matin soixante migrants à bord d'une barque en bois au large de Sfax. "
    + "Un porte-parole a dit que des femmes et des enfants se trouvaient parmi eux et que les recherches continuent. "
    + "Le dernier mot est confidentiel.",
}
OUTLETS = {"ar": "نهار المرفأ", "en": "The Harbour", "fr": "Rivages"}
#: Words at the end of each text, far behind the first 200 characters.
LAST_WORDS = {"ar": "سرية", "en": "confidential", "fr": "confidentiel"}
SCRIPT = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def _fresh(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Give each test a data folder of its own; forget attempts counted and charts drawn; leave no language active."""
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path)
    for each in caches:
        caches[each].clear()
    yield
    translation.deactivate()


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def write(now: datetime) -> Callable[..., Article]:
    """Return a function that writes an article, relevant unless told otherwise, with its first revision."""
    numbers = iter(range(1, 100_000))

    def written(
        language: str = "en",
        *,
        hours: float = 3,
        themes: Iterable[tuple[str, float]] = (("mixed_migration", 0.91),),
        countries: Iterable[str] = ("TN",),
        relevant: bool = True,
        outlet: str = "",
        **fields: Any,
    ) -> Article:
        number = next(numbers)
        at = now - timedelta(hours=hours)
        name = outlet or OUTLETS[language]
        source, _ = Source.objects.get_or_create(
            key=f"outlet-{abs(hash(name)) % 10**8}", defaults={"name": name, "homepage": "https://a.example/", "country": "TN"}
        )
        article = Article.objects.create(
            **{
                "url": f"https://news.example/{language}/{number}",
                "source": source,
                "outlet": name,
                "outlet_country": "TN",
                "language": language,
                "title": f"{TITLES[language]} {number}",
                "text": TEXTS[language],
                "dated_at": at,
                "date_precision": "minute",
                "date_origin": "json-ld",
                "first_seen_at": at,
                **fields,
            }
        )
        labels = [("relevance", "migration", 0.97)] if relevant else []
        labels += [("theme", value, score) for value, score in themes]
        labels += [("country", code, 0.8) for code in countries]
        Label.objects.bulk_create(
            Label(
                article=article, kind=kind, value=value, rank=rank, score=score, threshold=0.5, given=True,
                actor="labeller 1.0", evidence=f"because of {value}", created_at=at,
            )
            for rank, (kind, value, score) in enumerate(labels)
        )  # fmt: skip
        Revision.objects.create(article=article, number=1, seen_at=at, title=article.title, text=article.text, text_sha256="")
        IndexChange.objects.create(article_id=article.pk, created_at=at)
        return article

    return written


@pytest.fixture
def story(write: Callable[..., Article], now: datetime) -> Story:
    """Write a story that is told once in each language."""
    told = Story.objects.create(created_at=now)
    for hours, language in enumerate(LANGUAGES, start=2):
        write(language, hours=hours, story=told)
    return told


@pytest.fixture
def indexed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], EmbeddedEngine]:
    """Return a function that brings everything written into an index of this test's own, which the site then asks."""
    engine = EmbeddedEngine(tmp_path / "index")
    monkeypatch.setattr(searching, "open_engine", lambda _configuration: engine)
    searching.engine.cache_clear()

    def brought() -> EmbeddedEngine:
        drain_all(engine)
        return engine

    yield brought
    searching.engine.cache_clear()


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    """Return a function that makes a person of a role."""

    def made(role: str) -> User:
        return User.objects.create_user(f"{role}@people.example", PASSWORD, role=role)

    return made


@pytest.fixture
def signed_in(person: Callable[[str], User]) -> Callable[[str], Client]:
    """Return a function that gives a browser in which somebody of a role is signed in; ``stranger`` is nobody."""

    def opened(role: str) -> Client:
        client = Client()
        if role != "stranger":
            client.force_login(person(Role(role)))
        return client

    return opened


@pytest.fixture
def mails(settings: Any) -> Path:
    """Return the folder where mails are written."""
    folder: Path = settings.NEWSCENTRE.mail_folder
    folder.mkdir()
    return folder
