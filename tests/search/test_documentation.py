"""The examples of the documentation are queries that parse, and mean the same when written out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from search.query import parse

PAGE = Path(__file__).resolve().parents[2] / "docs" / "query-language.md"
BLOCKS = re.findall(r"```query\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
EXAMPLES = [line for block in BLOCKS for line in block.splitlines()]


def test_there_are_enough_examples_in_arabic() -> None:
    assert len(EXAMPLES) >= 30
    assert len([example for example in EXAMPLES if re.search("[\u0621-\u064a]", example)]) >= 10


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_parses_and_survives_being_written_out(example: str) -> None:
    tree = parse(example)
    assert parse(str(tree)) == tree
