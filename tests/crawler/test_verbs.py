"""The verbs: ``crawl`` and ``sources list``, ``show``, ``check``, as a person or a script runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.crawler.conftest import ROOT, Desk
from tests.crawler.newsstand import page, rss

MAIN = "import sys; from newscentre.cli import main; sys.argv[0] = 'newscentre'; main()"
#: Several commands in one process, as starting one takes longer than most of them.
EACH = """
import contextlib, io, json, sys
from newscentre.cli import main
for arguments in json.load(sys.stdin):
    sys.argv, said = ["newscentre", *arguments], io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()) as told:
        try:
            code = main()
        except SystemExit as end:
            code = end.code
    print(json.dumps([code or 0, told.getvalue(), said.getvalue()]))
"""


def newscentre(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(MAIN, "--data", str(desk.data), *arguments)


def newscentre_each(desk: Desk, *commands: tuple[str, ...]) -> list[subprocess.CompletedProcess[str]]:
    """Give one command after the other; return what each answered."""
    answer = run(EACH, stdin=json.dumps([["--data", str(desk.data), *command] for command in commands]))
    assert answer.returncode == 0, answer.stderr
    return [subprocess.CompletedProcess(command, *said) for command, said in zip(commands, rows(answer), strict=True)]


def run(script: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_")}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True, text=True, env=environment, cwd=ROOT, timeout=300, check=False, input=stdin,
    )  # fmt: skip


def rows(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.stdout.splitlines()]


@pytest.fixture
def staffed(desk: Desk) -> Desk:
    """Prepare a data folder whose operator declared one outlet of the newsstand."""
    stand = desk.stand
    entry = (
        f'homepage = "{stand.url("news")}"\nlanguages = ["fr"]\ncountry = "TN"\nfeeds = ["{stand.url("news", "/feed.xml")}"]\n'
    )
    (desk.data / "sources.toml").write_text(f'[news]\nname = "[/b] News"\ndelay = 0.0\n{entry}', encoding="utf-8")
    (desk.data / "newscentre.toml").write_text(f'test_hosts = "{stand.test_hosts("news")}"\n', encoding="utf-8")
    stand.serve("news", "/robots.txt", "User-agent: *\nDisallow: /no", media_type="text/plain")
    stand.serve("news", "/feed.xml", rss(stand.url("news", ""), ["/a", "/no"]))
    stand.serve("news", "/a", page("fr", 1))
    return desk


def test_crawl_says_what_came_in_of_each_source(staffed: Desk) -> None:
    answer = newscentre(staffed, "crawl", "news", "--json")
    assert answer.returncode == 0, answer.stderr
    (row,) = rows(answer)
    assert (row["source"], row["state"], row["new"], row["refused"]) == ("news", "ok", 1, {"robots": 1})
    listed = rows(newscentre(staffed, "sources", "list", "--country", "tn", "--language", "fr", "--json"))
    (news,) = [row for row in listed if row["key"] == "news"]
    assert (news["state"], news["name"]) == ("ok", "[/b] News")
    shown = newscentre(staffed, "sources", "show", "news")
    assert "[/b] News" in shown.stdout
    assert "1 page came in" in " ".join(shown.stdout.split())


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--state", "brokn", "there is no state 'brokn'; it is one of new, ok, unchanged"),
        ("--country", "tun", "there is no country 'TUN'; write it as two letters"),
    ],
)
def test_a_slip_in_what_is_asked_for_is_no_empty_list(desk: Desk, option: str, value: str, said: str) -> None:
    answer = newscentre(desk, "sources", "list", option, value)
    assert (answer.returncode, said in answer.stderr, answer.stdout) == (2, True, "")


def test_check_says_what_would_come_in(staffed: Desk) -> None:
    answer = newscentre(staffed, "sources", "check", "news", "--json")
    assert answer.returncode == 0, answer.stderr
    (row,) = rows(answer)
    assert [link["title"] for link in row["would_fetch"]] == ["Story at /a", "Story at /no"]
    assert staffed.fetches() == []


def test_trouble_is_named_and_tells_in_the_exit_code(staffed: Desk) -> None:
    staffed.stand.serve("news", "/feed.xml", "<title>Just a moment...</title>", status=403)
    answer = newscentre(staffed, "crawl", "news")
    assert answer.returncode == 1
    assert "news is blocked" in answer.stderr


def test_what_cannot_be_done_is_one_sentence(staffed: Desk) -> None:
    said = {
        ("crawl", "nowhere"): "no source has the key nowhere",
        ("crawl", "hespress"): "hespress is a real site",
        ("crawl", "--catalogue", "missing.toml"): "missing.toml: there is no such file",
    }
    for answer, sentence in zip(newscentre_each(staffed, *said), said.values(), strict=True):
        assert (answer.returncode, sentence in answer.stderr, "Traceback" in answer.stderr) == (2, True, False), answer
