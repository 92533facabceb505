"""Targets written to a file and checked."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from lstmcheck.checker import check
from lstmcheck.config import Config, parse
from lstmcheck.results import Report
from lstmcheck.targets.protocols import ADAPTERS

SIZES = {"lstm.input_size": 2, "lstm.hidden_size": 3, "sequence.length": 4, "sequence.batch": 2}
"""Small, with no two alike that a mistake could exchange."""


def configured(folder: Path, source: str, protocol: str = "plain", **settings: Any) -> Config:
    """A configuration beside a target `mine.py` with this source; `a__b=1` sets the key a.b."""
    (folder / "mine.py").write_text(source)
    text = "lstm: {input_size: 1, hidden_size: 1}\ntarget: {file: mine.py, protocol: %s}\n" % protocol  # noqa: UP031
    chosen = SIZES | {key.replace("__", "."): value for key, value in settings.items()}
    overrides = [f"{key}={value}" for key, value in chosen.items()]
    return parse(text, name=str(folder / "target.yaml"), overrides=overrides)


def checked(folder: Path, source: str, protocol: str = "plain", **settings: Any) -> Report:
    """The report of a target with this source, whose functions are called here: that takes no process."""
    config = configured(folder, source, protocol, **settings)
    return check(config, functions=functions(folder / "mine.py", protocol))


def checked_apart(folder: Path, source: str, protocol: str = "plain", **settings: Any) -> Report:
    """The same, of the file: in a process of its own."""
    return check(configured(folder, source, protocol, **settings))


def functions(path: Path, protocol: str) -> list[Callable[..., Any]]:
    """Those that the protocol calls, of a module that nobody else has imported."""
    module = ModuleType(path.stem)
    exec(compile(path.read_text(), path, "exec"), vars(module))
    return [attrgetter(name)(module) for name in ADAPTERS[protocol].names]
