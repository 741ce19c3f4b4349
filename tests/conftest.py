"""What all tests share: a data folder of the run's own, and the markers that need something the machine may lack."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

_FOLDER = tempfile.mkdtemp(prefix="newscentre-tests-")
os.environ["NEWSCENTRE_DATA"] = _FOLDER
os.environ["DATABASE_URL"] = os.environ.get("NEWSCENTRE_TEST_DATABASE_URL", "")

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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what was skipped although the environment says that its server must be there."""
    report = yield
    required = set(filter(None, os.environ.get("NEWSCENTRE_REQUIRE", "").split(",")))
    if report.skipped and required & set(item.keywords):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but NEWSCENTRE_REQUIRE names its server: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real pages and articles."""
    return SHARED
