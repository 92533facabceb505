"""The smallest configuration that still fails: as YAML, and as the command that runs it."""

from __future__ import annotations

from shlex import join
from typing import Any

from lstmcheck.config import Config, format_value, load
from lstmcheck.config.write_yaml import format_document
from lstmcheck.errors import LstmcheckError
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.shrink import differences


def as_yaml(report: SweepReport) -> str:
    """The smallest failing configuration, without what is at its default."""
    smallest = report.smallest_failing
    assert smallest is not None
    defaults = type(smallest)(lstm={"input_size": 1, "hidden_size": 1})  # type: ignore[arg-type]
    data: dict[str, Any] = {"version": smallest.version, "seed": smallest.seed}
    sizes = {"lstm.input_size": smallest.lstm.input_size, "lstm.hidden_size": smallest.lstm.hidden_size}
    for key, value in {**sizes, **differences(smallest, defaults)}.items():
        *sections, last = key.split(".")
        if sections:
            _section(data, sections)[last] = value
    return format_document(data)


def _section(data: dict[str, Any], sections: list[str]) -> dict[str, Any]:
    for name in sections:
        data = data.setdefault(name, {})
    return data


def command(report: SweepReport) -> str:
    """The command that runs the smallest failing configuration."""
    smallest = report.smallest_failing
    assert smallest is not None
    mistakes = [word for name in report.grid.mistakes for word in ("--mistake", name)]
    path = _file_of(report.grid.base)
    if path == "-":  # it came from a results file or on standard input, and is not there any more
        return f"{join(['lstmcheck', 'run', '-', *mistakes])} < smallest.yaml"
    values = differences(smallest, _as_written(report.grid.base))
    options = [word for key, option in OPTIONS.items() for word in _option(option, values.pop(key, None))]
    if "--target" in options:
        values.pop("target.module", None)
    return join(["lstmcheck", "run", path, *options, *_settings(values), *mistakes])


OPTIONS = {"target.file": "--target", "target.protocol": "--protocol"}
"""Keys that have an option of their own."""


def _option(option: str, value: str | None) -> list[str]:
    return [] if value is None else [option, value]


def _as_written(base: Config) -> Config:
    """The configuration as its file has it, without what the command line replaced."""
    path = _file_of(base)
    try:
        return base if path == "-" else load(path)
    except LstmcheckError:  # moved or changed since
        return base


def _settings(values: dict[str, Any]) -> list[str]:
    """`--set` options for values by dotted key."""
    return [word for key, value in values.items() for word in ("--set", f"{key}={format_value(value)}")]


def _file_of(config: Config) -> str:
    """The file of a configuration, as its user wrote it; `-` for one that came in another way."""
    place = config.locate("lstm")
    return "-" if place is None or place.file.startswith("<") else place.file
