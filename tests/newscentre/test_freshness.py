"""What came out is found within a quarter of an hour, in each language, at the worst moment of the round of visits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_news_are_found_within_a_quarter_of_an_hour_of_their_publication(tmp_path: Path) -> None:
    environment = os.environ | {"DATABASE_URL": ""}
    ran = subprocess.run(
        [sys.executable, "-m", "tests.newscentre.freshness", str(tmp_path / "data")],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    result = json.loads(ran.stdout)
    assert result["minutes"].keys() == {"ar", "en", "fr"}
    # Less than the interval would mean that the news did not come out at the worst moment.
    assert all(9 < minutes <= 15 for minutes in result["minutes"].values()), result
    assert set(result["intervals"].values()) == {600}
    assert result["conditional"]["unchanged"] > 0
