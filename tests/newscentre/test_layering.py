"""Imports point one way: the ground below, the application on top."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY_IMPORT: dict[str, set[str]] = {
    "newsdesk": set(),
    "crawler": {"newsdesk"},
    "classify": {"newsdesk"},
    "search": {"newsdesk"},
    "digest": {"newsdesk", "crawler", "classify", "search"},
    "newscentre": {"newsdesk", "crawler", "classify", "search", "digest"},
}
BANNED_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def imported_modules(path: Path) -> set[str]:
    """Return the modules that a file imports anywhere in it, inside functions and for types too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    allowed = MAY_IMPORT[package] | {package}
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    wrong = {
        str(path.relative_to(ROOT)): sorted(upward)
        for path in files
        if (upward := (imported_packages(path) & (MAY_IMPORT.keys() | {"tests"})) - allowed)
    }
    assert wrong == {}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_modules_of_a_package_import_one_way(package: str) -> None:
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (ROOT / package).rglob("*.py")
    }
    graph = TopologicalSorter({name: imported_modules(path) & paths.keys() - {name} for name, path in paths.items()})
    graph.prepare()  # raises CycleError, naming the circle


def test_no_grab_bag_modules() -> None:
    found = [path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py") if path.name in BANNED_NAMES]
    assert found == []


def test_models_folder_holds_no_python() -> None:
    assert list((ROOT / "models").rglob("*.py")) == []
