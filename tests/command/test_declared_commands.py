"""What can be typed and what is done agree: declarations name functions that take what they declare."""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from lstmcheck.cli import commands
from lstmcheck.cli.app import app

DECLARED = {info.callback.__name__: info.callback for info in app.registered_commands if info.callback}


@pytest.mark.parametrize("name", DECLARED)
def test_the_work_of_a_command_takes_what_is_declared(name: str) -> None:
    work = getattr(import_module(DECLARED[name].module), name)  # type: ignore[attr-defined]
    assert list(inspect.signature(work).parameters) == list(inspect.signature(DECLARED[name]).parameters)
    assert inspect.getdoc(DECLARED[name])


def test_declarations_import_nothing_that_costs_time() -> None:
    source = Path(str(commands.__file__)).read_text()
    imported = [line for line in source.splitlines() if line.startswith(("from lstmcheck", "import lstm"))]
    assert all("lstmcheck.cli." in line for line in imported)
