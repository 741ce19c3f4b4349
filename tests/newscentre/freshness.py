"""Measures how long a piece of news takes from its publication until it is found: ``python -m tests.newscentre.freshness DATA``.

The demo newsroom publishes right after a visit, the worst moment; the recurring jobs run each minute of a simulated clock.
What leaves, as JSON: minutes by language, and what conditional requests saved. Politeness is simulated, not waited for: to
each article the pauses of five seconds that its host's earlier requests of the same round would have taken are added, and a
minute for the job that takes it in.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

START = datetime(2026, 3, 9, 9, tzinfo=UTC)
#: The release comes out half a minute after the second visit has begun.
RELEASED = timedelta(minutes=11, seconds=30)
#: Of the first release every so many pieces will do.
SOME = 8
PATIENCE = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
POLITE = timedelta(seconds=5)
#: Seconds after which articles are looked at again; 0 shows best what conditional requests save.
AGAIN = float(os.environ.get("AGAIN", "43200"))


def measure(data: Path) -> dict[str, Any]:
    """Run the jobs from the first visit until the news that came out later are found."""
    from newscentre.demo import folder
    from newscentre.demo.newsroom import Newsroom, serving
    from newscentre.demo.pieces import load_pieces
    from newscentre.demo.sites import SITES

    data.mkdir(parents=True, exist_ok=True)
    state = folder.prepared(data, serving=False)
    from newscentre.cli.record import open_record

    open_record()
    from newscentre.demo import run

    _only_the_demo(data)
    _busy_history(data)
    anchor, released = START - timedelta(minutes=5), START + RELEASED
    now = START
    pieces = [piece for number, piece in enumerate(load_pieces()) if piece.release == 2 or number % SOME == 0]
    for times, until in (((anchor,), released), ((anchor, released), released + PATIENCE)):
        with serving(Newsroom(port=state.port, times=times, pieces=pieces)):
            while now < until:
                if _tick(now, run) and len(times) == 2 and not _languages(SITES) - _found(released).keys():
                    break
                now += MINUTE
    return {"minutes": _found(released), "conditional": _saved(), "intervals": _intervals()}


def _tick(now: datetime, run: Any) -> bool:
    from newscentre import jobs

    crawled = jobs.crawl_due(now, delay=run.CRAWL_DELAY, timeout=run.CRAWL_TIMEOUT, again_every=AGAIN)
    return jobs.ingest_pending(now) or crawled


def _only_the_demo(data: Path) -> None:
    """Switch the shipped outlets off, so that the jobs visit the newsroom alone."""
    from crawler.catalogue import shipped
    from newscentre.demo import folder

    path = data / folder.CATALOGUE
    path.write_text(path.read_text("utf-8") + "".join(f'\n["{key}"]\nenabled = false\n' for key in shipped()), "utf-8")


def _busy_history(data: Path) -> None:
    """Give each outlet four days with an article every five minutes, for which the shortest interval is right."""
    from crawler.catalogue import load_catalogue
    from crawler.record import sync_sources
    from newscentre.demo import folder
    from newsdesk.models import Article, Source

    sync_sources([outlet for outlet in load_catalogue(data / folder.CATALOGUE).values() if outlet.enabled])
    for source in Source.objects.all():
        moments = [START - n * timedelta(minutes=5) for n in range(1, 4 * 288)]
        Article.objects.bulk_create(
            Article(
                url=f"{source.homepage}before/{at:%d%H%M}", source=source, language="en", title="before", text="before",
                dated_at=at, date_precision="minute", date_origin="feed", first_seen_at=at,
            )
            for at in moments
        )  # fmt: skip


def _languages(sites: Any) -> set[str]:
    return {site.language for site in sites.values()}


def _found(released: datetime) -> dict[str, float]:
    """Return for each language the minutes until the last of its new articles is found by its headline."""
    from django.conf import settings

    from newsdesk.models import Article, Fetch
    from search.engine import SearchRequest
    from search.opening import open_engine
    from search.query import parse

    engine = open_engine(settings.NEWSCENTRE)
    minutes: dict[str, float] = {}
    for article in Article.objects.filter(first_seen_at__gt=released).exclude(title="before"):
        phrase = '"' + article.title.replace('"', " ") + '"'
        hits = engine.search(SearchRequest(parse(phrase), limit=50)).hits
        assert article.pk in {hit[0] for hit in hits}, article.title
        fetch = article.fetches.order_by("pk").first()
        earlier = Fetch.objects.filter(host=fetch.host, pk__lte=fetch.pk, fetched_at__gt=fetch.fetched_at - 5 * MINUTE).count()
        waited = fetch.fetched_at + earlier * POLITE + MINUTE - released
        minutes[article.language] = max(round(waited / MINUTE, 1), minutes.get(article.language, 0.0))
    return minutes


def _saved() -> dict[str, int]:
    """Return what the conditional requests of the later visits saved."""
    from django.db.models import Sum

    from newsdesk.models import Fetch

    later = Fetch.objects.filter(fetched_at__gt=START + 5 * MINUTE).exclude(kind="rules")
    unchanged = later.filter(status=304)
    size = 0
    for url in unchanged.values_list("url", flat=True):
        size += Fetch.objects.filter(url=url, status=200).order_by("-pk").values_list("body_size", flat=True).first() or 0
    return {
        "asked": later.count(),
        "unchanged": unchanged.count(),
        "bytes": later.aggregate(n=Sum("body_size"))["n"] or 0,
        "bytes_saved": size,
    }


def _intervals() -> dict[str, int]:
    from newsdesk.models import Source

    return dict(Source.objects.exclude(crawled_at=None).values_list("key", "polling_interval"))


if __name__ == "__main__":
    os.environ["NEWSCENTRE_DATA"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsdesk.settings"
    print(json.dumps(measure(Path(sys.argv[1]))))
