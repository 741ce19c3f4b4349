"""What all tests share: a data folder of the run's own, and the markers that need something the machine may lack."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_FOLDER = tempfile.mkdtemp(prefix="newscentre-tests-")
os.environ["NEWSCENTRE_DATA"] = _FOLDER
os.environ.setdefault("DATABASE_URL", os.environ.get("NEWSCENTRE_TEST_DATABASE_URL", ""))

import pytest  # noqa: E402 - Django reads its settings from the environment above

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_unconfigure() -> None:
    """Remove the run's data folder."""
    shutil.rmtree(_FOLDER, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, saying so, what needs the real pages and articles where they are absent."""
    if SHARED.is_dir():
        return
    absent = pytest.mark.skip(reason="the real pages and articles (../shared) are absent")
    for item in items:
        if "shared" in item.keywords:
            item.add_marker(absent)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real pages and articles."""
    return SHARED
