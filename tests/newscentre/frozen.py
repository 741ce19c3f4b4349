"""Makes a data folder whose record holds two releases of the demo newsroom as fetched, all waiting to be ingested:
``python -m tests.newscentre.frozen DATA``. The same fetches can then be ingested again and again, from copies.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path


def freeze(data: Path) -> None:
    """Crawl the first release, ingest it, so that its pages are visited again, crawl the second, and undo the ingest."""
    from newscentre.demo import folder
    from newscentre.demo.newsroom import serving

    data.mkdir(parents=True, exist_ok=True)
    state = folder.prepared(data, serving=False)
    from newscentre.cli.record import open_record

    open_record()
    from newscentre.demo import run
    from newscentre.ingest.run import ingest

    anchor = run.moment().replace(microsecond=0)
    for times in ((anchor,), (anchor, anchor + timedelta(minutes=1))):
        with serving(run.newsroom_of(replace(state, times=times))):
            _crawl(data, port=state.port)
        if len(times) == 1:
            ingest()
    _undo()


def _crawl(data: Path, *, port: int) -> None:
    from crawler.catalogue import read_catalogue
    from crawler.run import crawl
    from newscentre.demo import folder, run

    outlets = read_catalogue(data / folder.CATALOGUE).values()
    for _event in crawl(outlets, test_hosts=folder.hosts(port), delay=run.CRAWL_DELAY, timeout=run.CRAWL_TIMEOUT, again_every=0):
        pass


def _undo() -> None:
    from newsdesk.models import Article, Fetch, IndexChange, Story

    Article.objects.all().delete()
    Story.objects.all().delete()
    IndexChange.objects.all().delete()
    Fetch.objects.exclude(ingested_at=None).update(
        state=Fetch.State.PENDING, code="", message="", traceback="", attempts=0, ingested_at=None, article=None
    )


if __name__ == "__main__":
    os.environ["NEWSCENTRE_DATA"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsdesk.settings"
    freeze(Path(sys.argv[1]))
