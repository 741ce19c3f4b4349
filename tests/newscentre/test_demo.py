"""The whole job on the demo newsroom: ``newscentre demo --no-serve`` four times in one data folder, and what it left there."""

from __future__ import annotations

import email
import email.policy
import fcntl
import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from newscentre.demo import expected, run
from newscentre.demo.sites import SITES
from newsdesk.errors import Unavailable
from newsdesk.values import THEMES

LANGUAGES = ("ar", "en", "fr")
RUNS = 4
ROWS = expected.read()
ARTICLES = [row for row in ROWS if row["outcome"] in ("article", "duplicate")]


@dataclass
class Demo:
    """Four finished runs; ``seen`` are the answers of the site that the last one served."""

    data: Path
    port: int
    runs: list[dict[str, list[dict[str, Any]]]]
    seen: dict[str, int]
    times: list[datetime]

    def ask(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Ask the record."""
        record = sqlite3.connect(self.data / "record.sqlite3")
        record.row_factory = sqlite3.Row
        try:
            return record.execute(query, values).fetchall()
        finally:
            record.close()

    def url(self, row: dict[str, Any]) -> str:
        """Return a page's canonical address."""
        return f"http://{row['outlet']}.localhost:{self.port}{row['path']}"

    def article(self, row: dict[str, Any]) -> sqlite3.Row | None:
        """Return what became of a page."""
        return next(iter(self.ask("select * from newsdesk_article where url = ?", self.url(row))), None)

    def given(self) -> dict[int, dict[str, list[str]]]:
        """Return every article's labels by kind, most central first."""
        found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        labels = "select * from newsdesk_label where given and superseded_at is null order by rank"
        for label in self.ask(labels):
            found[label["article_id"]][label["kind"]].append(label["value"])
        return found


def environment() -> dict[str, str]:
    """Return an environment in which the demo keeps its record in its folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE_") and name != "DATABASE_URL"}
    return kept | {"PYTHONUTF8": "1"}


def command(data: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-c", "from newscentre.cli import main; main()", "--data", str(data), *arguments]


def newscentre(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    line = command(data, *arguments)
    return subprocess.run(
        line, capture_output=True, text=True, encoding="utf-8", env=environment(), cwd=data.parent, timeout=600, check=False
    )


def served_and_interrupted(data: Path, port: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], dict[str, int]]:
    """Run the demo until it serves its site, look at that in three languages, and press Ctrl-C."""
    process = subprocess.Popen(
        command(data, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(),
        cwd=data.parent,
    )
    try:
        assert process.stderr is not None
        said = "".join(iter(lambda: line_of(process), ""))
        seen = {path: status_of(port, path) for path in ("/health", "/ar/", "/en/", "/fr/")}
        process.send_signal(signal.SIGINT)
        output, more = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, output, said + more), seen
    finally:
        process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    """Return the next line of complaints, or nothing once the site is served."""
    assert process.stderr is not None
    line = process.stderr.readline()
    return "" if "The site is served at" in line else line


def status_of(port: str, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def free_ports() -> tuple[str, str]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1]), str(two.getsockname()[1])


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    data = tmp_path_factory.mktemp("demo") / "data"
    newsroom_port, site_port = free_ports()
    runs, seen = [], {}
    for number in range(RUNS):
        # Later runs have little to read: a second process would take longer to start than it saves.
        first = ["--workers", "2", "--newsroom-port", newsroom_port, "--port", site_port]
        options = ["demo", "--json", *(["--workers", "1"] if number else first)]
        if number < RUNS - 1:
            ended = newscentre(data, *options, "--no-serve")
        else:
            ended, seen = served_and_interrupted(data, site_port, *options)
        assert ended.returncode == 0, ended.stderr[-3000:]
        by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in ended.stdout.splitlines():
            row = json.loads(line)
            by_kind[row["what"]].append(row)
        runs.append(by_kind)
    state = json.loads((data / "demo.json").read_text())
    return Demo(data, int(newsroom_port), runs, seen, [datetime.fromisoformat(time) for time in state["times"]])


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Every page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_is_in_the_record_with_its_title_and_language(demo: Demo, language: str) -> None:
    wrong = []
    for row in (row for row in ARTICLES if row["language"] == language):
        article = demo.article(row)
        title = (row["edited_title"] if row["then"] == "revised" and row["edited_title"] else row["title"]).split()
        if article is None or article["language"] != language or article["title"].split() != title:
            wrong.append((row["path"], article and (article["language"], article["title"])))
    assert wrong == []


@pytest.mark.parametrize("key", SITES)
def test_texts_hold_the_whole_article_and_little_else(demo: Demo, key: str) -> None:
    from newscentre.demo.pieces import load_pieces

    texts = {article["url"]: article["text"] for article in demo.ask("select url, text from newsdesk_article")}
    for piece in (piece for piece in load_pieces() if piece.outlet == key and not piece.edited):
        url = f"http://{key}.localhost:{demo.port}" + SITES[key].article.format(section=piece.section, id=piece.id)
        got, wanted = re.findall(r"\w+", texts[url]), re.findall(r"\w+", piece.text)
        shared = sum((Counter(got) & Counter(wanted)).values())
        assert shared / len(wanted) > 0.97, (url, "lacks text")
        assert shared / len(got) > 0.75, (url, "holds what is not its text")


@pytest.mark.parametrize("key", SITES)
def test_dates_are_right_to_what_the_page_tells(demo: Demo, key: str) -> None:
    wrong = []
    for row in (row for row in ARTICLES if row["outlet"] == key):
        article = demo.article(row)
        assert article is not None
        published = demo.times[row["release"] - 1] - timedelta(minutes=row["age"])
        told = moment(article["dated_at"])
        if row["precision"] == "minute":
            right = abs(told - published) < timedelta(minutes=1) and article["date_precision"] == "minute"
        else:
            # A day that has begun where the outlet is and not yet in UTC counts from the fetch: nothing is dated ahead of it.
            day = SITES[key].local(published).date()
            counted = min(datetime.combine(day, time(), UTC), moment(article["first_seen_at"]))
            right = (told, article["date_precision"]) == (counted, "day")
        if not right:
            wrong.append((row["path"], told, published, article["date_origin"]))
    assert wrong == []


def test_refused_pages_carry_the_right_codes(demo: Demo) -> None:
    for row in (row for row in ROWS if row["outcome"].startswith("refused:")):
        fetches = demo.ask("select * from newsdesk_fetch where url = ? order by id", demo.url(row))
        assert [(fetch["state"], fetch["code"]) for fetch in fetches][:1] == [
            ("refused", row["outcome"].removeprefix("refused:"))
        ]
        assert fetches[0]["message"]
        assert demo.article(row) is None


def test_nothing_is_in_the_record_that_is_not_expected(demo: Demo) -> None:
    known = {demo.url(row) for row in ARTICLES}
    assert {article["url"] for article in demo.ask("select url from newsdesk_article")} == known
    assert demo.ask("select url, message from newsdesk_fetch where state in ('quarantined', 'pending')") == []


def test_a_variant_for_phones_is_the_same_article(demo: Demo) -> None:
    row = next(row for row in ROWS if row["outcome"] == "unchanged")
    fetches = demo.ask("select code, article_id from newsdesk_fetch where url = ? and state = 'done'", demo.url(row))
    assert fetches
    article = demo.ask("select * from newsdesk_revision where article_id = ?", fetches[0]["article_id"])
    assert len(article) == 1, "its text differs from that of the full page"


def test_copies_are_folded_into_their_originals(demo: Demo) -> None:
    by_name = {f"{row['outlet']}/{row['title']}": row for row in ARTICLES}
    copies = [row for row in ARTICLES if row["duplicate_of"]]
    folded = demo.ask("select id from newsdesk_article where duplicate_of_id is not null")
    assert len(folded) == len(copies) == 6
    for row in copies:
        copy, original = demo.article(row), demo.article(by_name[f"{row['duplicate_of'].partition('/')[0]}/{row['title']}"])
        assert copy is not None
        assert original is not None
        assert original["id"] == copy["duplicate_of_id"] or copy["id"] == original["duplicate_of_id"]


# Labels: floors a little below what was measured when this was written, to notice a stage that breaks


@pytest.mark.parametrize(("language", "floor"), [("ar", 0.8), ("en", 0.7), ("fr", 0.7)])
def test_relevance_is_mostly_right(demo: Demo, language: str, floor: float) -> None:
    given = demo.given()
    right = [
        bool(given[article["id"]]["relevance"]) == row["relevant"]
        for row in ARTICLES
        if row["language"] == language and (article := demo.article(row))
    ]
    assert sum(right) / len(right) >= floor, f"{sum(right)} of {len(right)}"


def test_themes_are_mostly_right(demo: Demo) -> None:
    given = demo.given()
    right = wrong = missed = 0
    for row in (row for row in ARTICLES if row["relevant"]):
        article = demo.article(row)
        assert article is not None
        got, wanted = set(given[article["id"]]["theme"]), set(row["themes"])
        right, wrong, missed = right + len(got & wanted), wrong + len(got - wanted), missed + len(wanted - got)
        assert got <= set(THEMES)
    assert right / (right + wrong) >= 0.75, (right, wrong, missed)
    assert right / (right + missed) >= 0.55, (right, wrong, missed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_countries_are_mostly_right(demo: Demo, language: str) -> None:
    given = demo.given()
    right = wrong = missed = 0
    for row in (row for row in ARTICLES if row["language"] == language and row["relevant"]):
        article = demo.article(row)
        assert article is not None
        got, wanted = set(given[article["id"]]["country"]), set(row["countries"])
        right, wrong, missed = right + len(got & wanted), wrong + len(got - wanted), missed + len(wanted - got)
    assert right / (right + wrong) >= 0.65, (right, wrong, missed)
    assert right / (right + missed) >= 0.5, (right, wrong, missed)


# Later runs


def test_later_runs_find_only_what_is_new(demo: Demo) -> None:
    done = [run["run"][0] for run in demo.runs]
    fresh = Counter(row["release"] for row in ARTICLES)
    for number in (1, 2, 3):
        ingested = Counter(done[number - 1]["ingested"])
        assert done[number - 1]["release"] == number
        assert ingested["new"] + ingested["duplicate"] == fresh[number]
        assert ingested["quarantined"] == 0
    assert done[3]["nothing_new"]
    assert not any(done[3]["ingested"].get(result) for result in ("new", "duplicate", "revised", "removed"))
    assert done[3]["crawled"]["unchanged"] >= len(ARTICLES) - 3
    assert all(run["problems"] == [] for run in done)


def test_edited_articles_have_two_revisions_and_others_one(demo: Demo) -> None:
    edited = {demo.url(row): row for row in ARTICLES if row["then"] == "revised"}
    counted = demo.ask(
        "select a.id, a.url, count(*) n from newsdesk_article a join newsdesk_revision r on r.article_id = a.id group by a.id"
    )
    assert {row["url"] for row in counted if row["n"] > 1} == edited.keys()
    for article in (row for row in counted if row["n"] > 1):
        revisions = demo.ask("select title, text from newsdesk_revision where article_id = ? order by number", article["id"])
        expected_row = edited[article["url"]]
        assert len(revisions) == 2
        assert revisions[0]["title"].split() == expected_row["title"].split()
        assert (revisions[1]["title"], revisions[1]["text"]) != (revisions[0]["title"], revisions[0]["text"])
    assert demo.runs[1]["run"][0]["ingested"]["revised"] == len(edited) == 3


def test_removed_pages_are_taken_down_at_the_second_run(demo: Demo) -> None:
    gone = {demo.url(row) for row in ARTICLES if row["then"] == "removed"}
    down = demo.ask("select url, removed_at from newsdesk_article where removed_at is not null")
    assert {article["url"] for article in down} == gone
    assert demo.runs[1]["run"][0]["ingested"]["removed"] == len(gone) == 3
    assert [run["record"][0]["removed"] for run in demo.runs] == [0, 3, 3, 3]


# Stories, digests, trends, index, summary


def shares_of(demo: Demo, story: str) -> Counter[int | None]:
    """Return how many reports of one event are in which story."""
    found = [demo.article(row) for row in ARTICLES if row["story"] == story and not row["duplicate_of"]]
    return Counter(article["story_id"] for article in found if article is not None)


NOT_YET = pytest.mark.xfail(reason="reports in other languages and other words are not all matched yet", strict=False)


@pytest.mark.parametrize(
    "story", ["agadez", pytest.param("kerkennah", marks=NOT_YET), pytest.param("domestic-workers", marks=NOT_YET)]
)
def test_an_event_is_one_story_in_all_languages(demo: Demo, story: str) -> None:
    shares = shares_of(demo, story)
    assert len(shares) == 1, shares


def test_most_reports_of_the_shipwreck_find_together(demo: Demo) -> None:
    shares = shares_of(demo, "kerkennah")
    shares.pop(None, None)
    assert max(shares.values()) >= 4, shares


@pytest.mark.parametrize("language", LANGUAGES)
def test_digests_hold_at_least_eight_relevant_articles(demo: Demo, language: str) -> None:
    content = json.loads(demo.ask("select content from newsdesk_edition where language = ?", language)[0]["content"])
    items = [item for entry in content["entries"] for item in entry["items"]]
    assert len(items) >= 8
    assert {item["language"] for item in items} == {language}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_mail_reached_its_reader(demo: Demo, language: str) -> None:
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in (demo.data / "mail").glob("*.eml")
    ]
    own = [mail for mail in mails if mail["To"] == f"reader-{language}@demo.example"]
    digests = [mail for mail in own if mail["List-Unsubscribe"]]
    days = demo.ask("select day from newsdesk_edition where language = ?", language)
    assert 1 <= len(digests) <= len(days) <= 2, "one a day: the runs may lie on both sides of a midnight"
    assert len(own) == 1 + len(digests), "a confirmation and the digests"
    parts = {part.get_content_type() for part in digests[0].walk()}
    assert {"text/plain", "text/html"} <= parts


def test_there_is_one_trend_report_a_day_with_every_language(demo: Demo) -> None:
    reports = demo.ask("select content, window_end from newsdesk_trendreport")
    assert len(reports) == len({report["window_end"] for report in reports}) <= 2, "one a day"
    assert all(f'"{language}"' in reports[0]["content"] for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_searches_shown_find_something(demo: Demo, language: str) -> None:
    row = next(row for row in demo.runs[-1]["search"] if row["language"] == language)
    query = row["command"].rpartition(" search ")[2].strip("'")
    ended = newscentre(demo.data, "search", query, "--json", "--language", language)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout.splitlines()[0])["language"] == language


def test_the_index_agrees_with_the_record(demo: Demo) -> None:
    ended = newscentre(demo.data, "health", "--json")
    findings = {row["what"]: row for row in map(json.loads, ended.stdout.splitlines())}
    assert findings["index"]["well"] == "yes", findings["index"]
    assert findings["quarantine"]["well"] == "yes"
    assert demo.ask("select * from newsdesk_indexchange") == []


def test_accounts_stay_and_their_passwords_are_for_the_owner_alone(demo: Demo) -> None:
    shown = [{row["email"]: row["password"] for row in run["sign-in"]} for run in demo.runs]
    assert len(shown[0]) == 5
    assert all(passwords == shown[0] for passwords in shown)
    assert stat.S_IMODE((demo.data / "demo-passwords.json").stat().st_mode) == 0o600
    roles = {user["email"]: user["role"] for user in demo.ask("select email, role from newsdesk_user")}
    assert roles == {address: address.partition("@")[0] for address in shown[0]}


def test_the_summary_counts_what_the_record_holds(demo: Demo) -> None:
    record = demo.runs[-1]["record"][0]
    assert record["articles"] == len(ARTICLES) - 3 == sum(record["languages"].values())
    assert record["refused"].keys() >= {row["outcome"].removeprefix("refused:") for row in ROWS if row["outcome"].startswith("r")}
    assert set(record["themes"]) == {*THEMES, "other"}
    assert all(record["themes"].values())
    assert record["quarantined"] == 0


def test_the_site_is_served_until_it_is_interrupted(demo: Demo) -> None:
    assert set(demo.seen.values()) == {200}, demo.seen


def test_the_ports_are_kept(demo: Demo) -> None:
    addresses = [run["sites"][0]["fr"] for run in demo.runs]
    assert len(set(addresses)) == 1


# Trouble


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "demo.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ended = newscentre(tmp_path, "demo", "--no-serve")
    assert ended.returncode == 3
    assert "a demo is already running" in ended.stderr


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize("option", ["--port", "--newsroom-port"])
def test_a_busy_port_is_told(tmp_path: Path, taken: int, option: str) -> None:
    ended = newscentre(tmp_path, "demo", option, str(taken))
    assert ended.returncode == 3
    assert f"port {taken}" in ended.stderr
    assert option in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not (tmp_path / "record.sqlite3").exists()


def test_another_deployments_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite3").write_bytes(b"")
    ended = newscentre(tmp_path, "demo", "--no-serve")
    assert ended.returncode == 2
    assert "not the demo's" in ended.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.lock", "record.sqlite3"]


def test_an_index_of_another_version_is_made_anew_and_what_waits_is_worked_off(monkeypatch: pytest.MonkeyPatch) -> None:
    index = {"sound": False, "waiting": 3}

    def drain() -> int:
        if not index["sound"]:
            raise Unavailable("the index is of another version")
        waited, index["waiting"] = index["waiting"], 0
        return waited

    monkeypatch.setattr(run, "drain_configured", drain)
    monkeypatch.setattr(run, "open_engine", lambda _configuration: None)
    monkeypatch.setattr(run, "reindex", lambda _engine: index.update(sound=True))
    done = run.Done()
    run._index(done)
    assert (index, done.indexed) == ({"sound": True, "waiting": 0}, 3)
