"""Sources are paused and resumed from the command line, and a paused one is not due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crawler.catalogue import Outlet
from newscentre import jobs
from newscentre.cli.sources import sources_app
from newsdesk.models import Source

pytestmark = pytest.mark.django_db
CATALOGUE = """
[marsa]
name = "المرسى"
homepage = "https://marsa.example/"
feeds = ["https://marsa.example/feed"]
languages = ["ar"]

[rivages]
name = "Rivages"
homepage = "https://rivages.example/"
feeds = ["https://rivages.example/feed"]
languages = ["fr"]
"""


@pytest.fixture(autouse=True)
def catalogue(settings: Any, tmp_path: Path) -> None:
    settings.NEWSCENTRE = replace(settings.NEWSCENTRE, data=tmp_path)
    (tmp_path / "sources.toml").write_text(CATALOGUE, encoding="utf-8")


def told(*arguments: str) -> str:
    result = CliRunner().invoke(sources_app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_paused_source_is_not_due_until_it_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    due: list[str] = []

    def crawl(outlets: Iterable[Outlet], **_orders: object) -> Iterable[object]:
        due.extend(outlet.key for outlet in outlets if outlet.key in ("marsa", "rivages"))
        return ()

    monkeypatch.setattr(jobs, "crawl", crawl)
    assert "marsa is paused" in told("pause", "marsa")
    assert "paused already" in told("pause", "marsa")
    assert Source.objects.get(key="marsa").state == "paused"
    assert jobs.crawl_due()
    assert due == ["rivages"]
    assert "will be visited again" in told("resume", "marsa")
    assert "was not paused" in told("resume", "marsa")
    due.clear()
    jobs.crawl_due()
    assert due == ["marsa", "rivages"]


def test_an_unknown_key_is_refused() -> None:
    result = CliRunner().invoke(sources_app, ["pause", "nobody"])
    assert result.exit_code != 0
