"""The one rule of direction: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lstmcheck"
LAYERS = [
    {"tolerances", "errors", "processes", "_version"},
    {"lstm", "conventions", "capabilities"},
    {"config"},
    {"arrays", "reference"},
    {"judge"},
    {"targets"},
    {"subjects"},
    {"mistakes"},
    {"api"},
    {"sweep", "explain"},
    {"report"},
    {"cli", "testing", "pytest_plugin", "notebook", "__main__"},
]
"""From the ground up: a module imports from its own layer's package and from layers below."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def layer(part: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if part in parts)


def imported_parts(path: Path) -> set[str]:
    """First parts below `lstmcheck` that a module imports when it is imported."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lstmcheck."):
            found.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {a.name.split(".")[1] for a in node.names if a.name.startswith("lstmcheck.")}
    return found


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(path: Path) -> None:
    own = part_of(path)
    if own == "__init__":
        assert not imported_parts(path)
        return
    for part in imported_parts(path) - {own}:
        assert layer(part) <= layer(own), f"{own} imports {part}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "lstm").rglob("*.py")), ids=lambda path: path.name)
def test_the_mathematics_imports_numpy_only(path: Path) -> None:
    allowed = {"lstmcheck", "numpy", "__future__", "collections", "dataclasses"}
    allowed |= {"functools", "math", "typing", "zlib"}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in allowed
            assert not (node.module or "").startswith("lstmcheck.") or "lstmcheck.lstm" in (node.module or "")
        elif isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_reports_commands_sources_and_stores_touch_files_or_the_terminal(path: Path) -> None:
    if part_of(path) in ("report", "cli", "config") or path.name == "store.py":
        return
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "open", "input"}


TIMED = {"api", "cli", "report", "sweep"}
"""They tell how long something took."""
DECIDING = {
    "explanations.py",
    "hypotheses.py",
    "conformance.py",
    "derivatives.py",
    "other_conventions.py",
    "target.py",
    "returned.py",
}
"""Of the targets' modules, those that decide; others stop a call that takes too long."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_result_depends_on_a_clock(path: Path) -> None:
    part = part_of(path)
    if part in TIMED or (part == "targets" and path.name not in DECIDING):
        return
    text = path.read_text()
    assert not any(clock in text for clock in ("perf_counter", "monotonic", "import time", "time.time"))
