"""``newscentre extract``: a line in, a line out, in order, whatever the page is; nothing else is touched."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from newscentre.parallel import Failed, ordered

PAGES = Path(__file__).resolve().parents[1] / "crawler" / "pages"
GOLD = [json.loads(line) for line in (PAGES / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
FIELDS = ["id", "title", "text", "date", "author", "language", "canonical_url", "error"]


def run(folder: Path, *arguments: str, given: bytes = b"") -> tuple[int, list[dict[str, Any]], str]:
    """Run the command line in a folder; return its exit code, lines and complaints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSCENTRE")}
    command = [sys.executable, "-c", "from newscentre.cli import main; main()", *arguments]
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, env=environment, timeout=120, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_a_batch_gives_a_line_a_page_in_the_order_of_the_manifest(tmp_path: Path):
    for gold in GOLD:
        (tmp_path / f"{gold['path']}.gz").write_bytes(gzip.compress((PAGES / gold["path"]).read_bytes()))
    (tmp_path / "wall.html").write_text("<title>Just a moment...</title><p>Checking your browser, please wait.</p>")
    lines = [json.dumps({"id": number, "path": f"{gold['path']}.gz", "url": gold["url"]}) for number, gold in enumerate(GOLD)]
    lines[2:2] = ["{broken", json.dumps({"id": "wall", "path": str(tmp_path / "wall.html"), "url": "https://n.example/w"})]
    lines.append(json.dumps({"id": "gone", "path": "gone.html", "url": ""}))
    manifest = tmp_path / "m.jsonl"
    manifest.write_text("\n".join(lines))
    code, rows, _ = run(tmp_path, "extract", "--batch", str(manifest), "--workers", "2")
    assert code == 1
    assert [list(row) for row in rows] == [FIELDS] * len(lines)
    assert [row["id"] for row in rows] == [0, 1, None, "wall", *range(2, len(GOLD)), "gone"]
    good = [row for row in rows if row["error"] is None]
    assert [(row["title"], row["date"], row["canonical_url"]) for row in good] == [
        (gold["title"], gold["day"], gold["canonical"]) for gold in GOLD
    ]
    assert [row["language"] for row in good] == [gold["path"][:2] for gold in GOLD]
    errors = [row["error"] for row in rows if row["error"]]
    assert [error["code"] for error in errors] == ["bad-line", "blocked", "unreadable"]
    assert errors[0]["message"].startswith(f"{manifest}:3: ")
    assert not (tmp_path / "data").exists()


def test_single_pages_are_read_too(tmp_path: Path):
    gold = GOLD[0]
    code, rows, _ = run(tmp_path, "extract", str(PAGES / gold["path"]), "--url", gold["url"], "--json")
    assert (code, rows[0]["title"], rows[0]["error"]) == (0, gold["title"], None)


@pytest.mark.parametrize("arguments", [("extract",), ("extract", "--batch", "nowhere.jsonl")])
def test_what_cannot_be_begun_is_said_in_one_line(tmp_path: Path, arguments: tuple[str, ...]):
    code, rows, complaints = run(tmp_path, *arguments)
    assert (code, rows) == (2, [])
    assert len(complaints.splitlines()) == 1


def doubled(number: int) -> int:
    """Double a number; die, raise or never end on some."""
    if number == 3:
        os._exit(9)
    if number == 5:
        raise ValueError("five")
    while number == 7:
        pass
    return 2 * number


def test_a_death_an_error_and_a_loop_cost_only_their_own_item():
    results = list(ordered(doubled, range(10), workers=2, seconds=5))
    assert [number for number, _ in results] == list(range(10))
    failed = {number: result.code for number, result in results if isinstance(result, Failed)}
    assert failed == {3: "crashed", 5: "crashed", 7: "timeout"}
    assert all(result == 2 * number for number, result in results if number not in failed)
