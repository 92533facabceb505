"""What can be typed and what is done agree: declarations name functions that take what they declare."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from lstmcheck.cli import commands
from lstmcheck.cli.app import app, main

DECLARED = {info.callback.__name__: info.callback for info in app.registered_commands if info.callback}


@pytest.mark.parametrize("name", DECLARED)
def test_the_work_of_a_command_takes_what_is_declared(name: str) -> None:
    work = getattr(import_module(DECLARED[name].module), name)  # type: ignore[attr-defined]
    assert list(inspect.signature(work).parameters) == list(inspect.signature(DECLARED[name]).parameters)
    assert inspect.getdoc(DECLARED[name])


def test_declarations_import_nothing_that_costs_time() -> None:
    tree = ast.parse(Path(str(commands.__file__)).read_text())
    imported = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    others = {name for name in imported if not f"{name}.".startswith("lstmcheck.cli.")}
    assert others <= {"__future__", "enum", "pathlib", "typing", "typer"}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["run", "--sed", "3"], r"lstmcheck run: No such option: --sed.*--seed.* lstmcheck run --help shows"),
        (["nonsense"], r"lstmcheck: No such command 'nonsense'\. lstmcheck --help shows"),
        (["sweep"], r"lstmcheck sweep: Missing argument"),
        (["explain", "a.yaml", "--topic", "foo"], r"'foo' is not one of 'inputs', 'gates'"),
    ],
)
def test_what_is_mistyped_is_told_as_every_other_error(
    typed: list[str], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lstmcheck", *typed])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(told, line)
