"""What all tests share: the markers of what needs something that the machine may lack."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from newsdesk import names

SHARED = Path(__file__).resolve().parents[2] / "shared"
# How long an example takes depends on what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


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
    required = set(filter(None, os.environ.get("NEWSCENTRE_TEST_REQUIRE", "").split(",")))
    if report.skipped and required & set(item.keywords):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, but NEWSCENTRE_TEST_REQUIRE names its server: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _names(request: pytest.FixtureRequest) -> Generator[None]:
    """Let each test begin with names as shipped; one without a record prints these."""
    recorded = request.node.get_closest_marker("django_db") or {"db", "transactional_db"} & set(request.fixturenames)
    names.forget() if recorded else names.remember({})
    yield
    names.forget()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real pages and articles."""
    return SHARED
