"""Two thousand hostile inputs, the same each time: none crashes, hangs or swells a reader."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.crawler.fuzz import work
from tests.crawler.fuzz.cases import KINDS, Case, case_of
from tests.crawler.fuzz.run import run

CASES = 2000


def test_two_thousand_cases_do_no_harm(tmp_path: Path) -> None:
    report = run(1, CASES, workers=2, folder=tmp_path)
    assert report.failures == []
    assert report.cases == CASES
    assert report.memory > 0


def test_a_case_is_made_of_its_seed_and_number() -> None:
    assert case_of(3, 17) == case_of(3, 17)
    assert case_of(3, 17) != case_of(4, 17)
    kinds = Counter(case_of(1, number).kind for number in range(600))
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) > 60


@pytest.mark.parametrize(
    "harm",
    [
        "raise ValueError",
        "import time; time.sleep(60)",
        "exec('while True: pass')",
        "bytearray(1 << 30)",
        "import os; os._exit(9)",
    ],
)
def test_what_would_do_harm_is_found_and_kept(tmp_path: Path, harm: str) -> None:
    """The fuzz itself is tried on a reader that fails: a run that finds nothing must mean that there was nothing."""
    script = (
        "from pathlib import Path\nimport sys\nfrom tests.crawler.fuzz import work\n"
        "work.SECONDS = work.WAITING = 1.0\nwork.warm_up = lambda: None\n"
        f"def harm(case):\n    if case.number == 2:\n        {harm}\n"
        "work.read_case = harm\nwork.work(*map(int, sys.argv[1:5]), Path(sys.argv[5]))\n"
    )
    (tmp_path / "harmful.py").write_text(script)
    report = run(5, 4, workers=1, folder=tmp_path / "found", worker=[str(tmp_path / "harmful.py")])
    assert [each["number"] for each in report.failures] == [2]
    (saved,) = (tmp_path / "found").iterdir()
    assert saved.read_bytes() == case_of(5, 2).body


def test_an_honest_page_is_no_failure() -> None:
    work.read_case(Case(1, "page", b"<h1>x</h1>"))
