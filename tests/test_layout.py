"""The one rule of direction: who may import whom."""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lstmcheck"
LAYERS = [
    {"__init__", "tolerances", "errors", "processes"},
    {"lstm", "conventions", "protocol_capabilities"},
    {"config"},
    {"arrays", "reference"},
    {"judge"},
    {"targets"},
    {"subjects"},
    {"mistakes"},
    {"api"},
    {"sweep", "explain"},
    {"marking"},
    {"report"},
    {"cli", "testing", "pytest_plugin", "notebook", "__main__"},
]
"""From the ground up: a module imports from its own layer's package and from layers below."""
FACE = PACKAGE / "__init__.py"
"""Hands on the names of others when they are asked for; all that it has itself is the version."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


NAMES = {name_of(path): path for path in MODULES}


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> set[Path]:
    """The modules of ours that a module imports: at its top, inside functions, and for types alone."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"{path}: an import relative to the package"
            assert not node.level, f"{path}: an import relative to the package"
            found |= {NAMES.get(f"{node.module}.{a.name}") or NAMES.get(node.module) for a in node.names}
        elif isinstance(node, ast.Import):
            found |= {NAMES.get(alias.name) for alias in node.names}
    return {module for module in found if module}


def layer(part: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if part in parts)


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_part_has_a_layer_and_every_layer_its_parts() -> None:
    assert sorted(part for parts in LAYERS for part in parts) == sorted({part_of(path) for path in MODULES})
    assert {part_of(path) for path in MODULES} >= TIMED
    assert {path.name for path in (PACKAGE / "targets").iterdir()} >= DECIDING


def test_imports_point_downwards() -> None:
    upwards = [
        f"{name_of(path)} imports {name_of(module)}"
        for path in MODULES
        for module in imports(path)
        if path != FACE and layer(part_of(module)) > layer(part_of(path))
    ]
    assert upwards == []


def test_no_modules_import_each_other() -> None:
    """Not by way of others either."""
    try:
        TopologicalSorter({path: imports(path) for path in MODULES if path != FACE}).prepare()
    except CycleError as error:
        pytest.fail(" is imported by ".join(name_of(path) for path in error.args[1]))


def test_the_face_of_the_package_imports_nothing_by_itself() -> None:
    """Whoever asks for the version, as `--help` does, must not wait for numpy."""
    modules = {node.module for node in tree_of(FACE).body if isinstance(node, ast.ImportFrom)}
    assert modules == {"__future__", "typing"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "lstm").rglob("*.py")), ids=lambda path: path.name)
def test_the_mathematics_imports_numpy_only(path: Path) -> None:
    allowed = {"lstmcheck", "numpy", "__future__", "collections", "dataclasses"}
    allowed |= {"functools", "math", "typing", "zlib"}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").split(".")[0] in allowed
            assert not (node.module or "").startswith("lstmcheck.") or "lstmcheck.lstm" in (node.module or "")
        elif isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed


def test_only_reports_commands_sources_and_stores_touch_files_or_the_terminal() -> None:
    touching = [
        f"{name_of(path)} calls {node.func.id}"
        for path in MODULES
        if part_of(path) not in ("report", "cli", "config") and path.name != "store.py"
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in ("print", "open", "input")
    ]
    assert touching == []


TIMED = {"api", "cli", "marking", "report", "sweep"}
"""They tell how long something took."""
DECIDING = {
    "forward_search.py",
    "hypotheses.py",
    "conformance.py",
    "called_network.py",
    "accumulated.py",
    "same_numbers.py",
    "purity.py",
    "other_conventions.py",
    "target.py",
    "returned.py",
}
"""Of the targets' modules, those that decide; others stop a call that takes too long."""


def test_no_result_depends_on_a_clock() -> None:
    timed = [
        f"{name_of(path)}: {clock}"
        for path in MODULES
        if part_of(path) not in TIMED and (part_of(path) != "targets" or path.name in DECIDING)
        for clock in ("perf_counter", "monotonic", "import time", "time.time")
        if clock in path.read_text()
    ]
    assert timed == []
