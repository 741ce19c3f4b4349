"""``newscentre train --with-corrections``: what two people agreed on is learnt from, and what that changed is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from newscentre.cli import models
from tests.classify.test_train import examples, line, run


def test_what_corrections_changed_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("\n".join(map(line, examples(6))), encoding="utf-8")
    taught = [replace(example, id=f"article-{place}") for place, example in enumerate(examples(9)[-9:])]
    monkeypatch.setattr(models, "_corrections", lambda: taught)
    arguments = ("train", corpus, "--out", tmp_path / "models", "--accept-regression", "--json", "--with-corrections")
    assert run(monkeypatch, *arguments) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    changes = [row for row in rows if "change" in row]
    scores = [row for row in rows if "change" not in row]
    assert [(row["language"], row["label"], row["f1"]) for row in changes] == [
        (row["language"], row["label"], row["f1"]) for row in scores
    ]
    assert all(row["change"] == round(row["f1"] - row["without"], 4) for row in changes)
