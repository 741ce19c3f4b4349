"""``newscentre search`` and ``newscentre reindex`` as a person or a program meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILL = """
import django; django.setup()
from datetime import datetime, UTC
from newsdesk.models import Article, Label
now = datetime(2026, 3, 1, tzinfo=UTC)
titles = {"ar": "مهاجرون في البحر", "en": "Migrants\\x1b[2J at sea", "fr": "Migrants en mer"}
dates = {"dated_at": now, "date_precision": "day", "date_origin": "feed", "first_seen_at": now}
for language, title in titles.items():
    url = f"https://example.org/{language}"
    article = Article.objects.create(url=url, language=language, title=title, text=title, outlet="Post", **dates)
    label = {"score": 1, "threshold": 0.5, "given": True, "actor": "t", "created_at": now}
    Label.objects.create(article=article, kind="country", value="IT", **label)
"""


def run(data: Path, *arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_")}
    environment |= {"NEWSCENTRE_DATA": str(data), "DJANGO_SETTINGS_MODULE": "newsdesk.settings"}
    main = ["-c", code or "from newscentre.cli import main; main()", *arguments]
    return subprocess.run([sys.executable, *main], env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    empty = run(folder, "search", "anything", "--json")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "newscentre reindex" in empty.stderr
    assert run(folder, code=FILL).returncode == 0
    filled = run(folder, "reindex", "--json")
    assert json.loads(filled.stdout) == {"engine": "embedded", "indexed": 3}
    return folder


@pytest.mark.parametrize(
    ("query", "languages"), [("مهاجر OR migrants", {"ar", "en", "fr"}), ("mer", {"fr"}), ("country:ItalY -lang:ar", {"en", "fr"})]
)
def test_json_lines_have_exactly_the_promised_keys(data: Path, query: str, languages: set[str]) -> None:
    done = run(data, "search", query, "--json", "--limit", "5000")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["language"] for row in rows} == languages
    assert list(rows[0]) == ["id", "url", "title", "language", "date", "outlet", "score", "themes", "countries"]
    assert (rows[0]["date"], rows[0]["countries"]) == ("2026-03-01", ["IT"])
    assert [row["score"] for row in rows] == sorted((row["score"] for row in rows), reverse=True)


TAKEN_DOWN = """
import django; django.setup()
from newsdesk.models import Article, IndexChange
from newscentre.cli import main
gone = Article.objects.get(language="fr")
Article.objects.filter(pk=gone.pk).update(removed_at=gone.dated_at)
change = IndexChange.objects.create(article_id=gone.pk, created_at=gone.dated_at)
try:
    main()
finally:
    Article.objects.filter(pk=gone.pk).update(removed_at=None)
    change.delete()
"""


def test_what_is_taken_down_is_not_counted_before_the_index_knows(data: Path) -> None:
    done = run(data, "search", "مهاجر OR migrants", "--sort", "date", code=TAKEN_DOWN)
    assert done.returncode == 0, done.stderr
    assert "2 found, 2 listed" in done.stdout
    assert "language: ar 1, en 1" in done.stdout


def test_what_has_some_of_the_words_follows_a_line_and_is_not_counted(data: Path) -> None:
    done = run(data, "search", "zebra mer")
    listed, _line, near = done.stdout.partition("with some of these words, not counted")
    assert "0 found, 0 listed" in listed
    assert near.index("without: zebra\n") < near.index("Migrants en mer")
    assert run(data, "search", "zebra mer", "--json").stdout == ""


def test_people_see_the_total_the_echo_and_no_terminal_commands(data: Path, tmp_path: Path) -> None:
    done = run(data, "search", "migrants", "--csv", str(tmp_path / "found.csv"), "--sort", "date")
    assert "2 found, 2 listed, for migrants" in done.stdout
    assert "\x1b[2J" not in done.stdout
    assert len((tmp_path / "found.csv").read_text(encoding="utf-8-sig").splitlines()) == 3


def test_an_index_that_lacks_articles_is_told_and_mended(data: Path) -> None:
    whole = run(data, "index", "check", "--json")
    assert json.loads(whole.stdout) == {"engine": "embedded", "articles": 3, "differ": 0, "mended": 0, "waiting": 0}
    lose = "from pathlib import Path; from search.embedded import EmbeddedEngine as E; "
    lose += f"e = E(Path({str(data)!r}) / 'index'); e.apply(list(e.article_ids())[:2], ())"
    assert run(data, code="import django; django.setup(); " + lose).returncode == 0
    lacking = run(data, "index", "check", "--json")
    assert (lacking.returncode, json.loads(lacking.stdout)["differ"]) == (1, 2)
    mended = run(data, "index", "check", "--repair", "--json")
    assert mended.returncode == 0
    assert json.loads(mended.stdout) == {"engine": "embedded", "articles": 3, "differ": 0, "mended": 2, "waiting": 0}


def test_a_query_that_makes_no_sense_is_shown_with_the_place(data: Path) -> None:
    done = run(data, "search", "boats AND (sea", "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[:2] == ["boats AND (sea", " " * 14 + "^"]
    assert lines[2].startswith("newscentre: ")


def test_an_engine_that_does_not_answer_is_named(data: Path) -> None:
    (data / "newscentre.toml").write_text('elasticsearch_url = "http://127.0.0.1:9"\n')
    done = run(data, "search", "boats", "--engine", "elastic")
    (data / "newscentre.toml").unlink()
    assert done.returncode == 3
    assert "Elasticsearch at http://127.0.0.1:9 does not answer" in done.stderr
