"""Sentences and rows of a sweep, the same in every format that people read."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import join
from typing import Any

from lstmcheck.config import Config, format_value, load
from lstmcheck.config.formatting import format_document
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.outcomes import place_told, settings
from lstmcheck.report.run import coverage
from lstmcheck.sweep.grid import DEFAULT_AXES, DEFAULT_COVERS
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.shrink import differences


def outcome(report: SweepReport) -> str:
    """What did not pass, in how many cases, and the counts: what stands behind the verdict."""
    reasons = [_reason(report, name, count) for name, count in report.tally.not_passed.items()]
    return "; ".join([*reasons, counts(report)])


def _reason(report: SweepReport, name: str, count: int) -> str:
    told = f"{name} in {count:,} case{'s'[: count > 1]}"
    if name != "coverage" or report.tally.incomplete is None:
        return told
    found = report.tally.incomplete["coverage"]
    return f"{told} ({coverage.in_brief(found['missing'], coverage.option(found['whole']))})"


def counts(report: SweepReport) -> str:
    """Cases by verdict, entries, seconds of work."""
    found = report.tally
    told = [
        f"{found.verdicts[v]:,} {name}"
        for v, name in zip(("pass", "fail"), ("passed", "failed"), strict=True)
    ]
    told.append(f"{found.verdicts['inconclusive']:,} inconclusive")
    if found.skipped:
        told.append(f"{found.skipped.total():,} skipped")
    work = f"{found.entries:,} entries · {found.seconds:.1f} s of work"
    return f"{found.cases:,} cases, {', '.join(told)} · {work}"


def covers(report: SweepReport) -> str:
    """What the grid spans."""
    if report.grid.axes == DEFAULT_AXES:
        return f"The default grid covers {DEFAULT_COVERS}."
    axes = ", ".join(f"{key} ({len(values)})" for key, values in report.grid.axes.items())
    return f"Axes: {axes}; {report.grid.seeds} seed{'s'[: report.grid.seeds > 1]}."


def skipped(report: SweepReport) -> Iterator[str]:
    """Why combinations were left out."""
    for reason, count in report.tally.skipped.items():
        yield f"Skipped {count:,}: {reason}"


def axis_rows(report: SweepReport) -> Iterator[tuple[str, str, int, int, int]]:
    """Axis, value, cases, failed, inconclusive: one for each value, in the order of the axis."""
    for key, by_value in report.tally.by_axis.items():
        order = {value: k for k, value in enumerate(_axis_order(report, key))}
        for value, verdicts in sorted(by_value.items(), key=lambda item: order.get(item[0], len(order))):
            failed, unsure = verdicts[Verdict.FAIL], verdicts[Verdict.INCONCLUSIVE]
            yield key, value, verdicts.total(), failed, unsure


def _axis_order(report: SweepReport, key: str) -> list[str]:
    return [format_value(value) for value in report.grid.axes.get(key, ())]


def smallest_yaml(report: SweepReport) -> str:
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


def reproduce(report: SweepReport) -> str:
    """The command that runs the smallest failing configuration."""
    smallest = report.smallest_failing
    assert smallest is not None
    mistakes = [word for name in report.grid.mistakes for word in ("--mistake", name)]
    path = place_told(report.grid.base)
    if path == "-":  # it came from a results file or on standard input, and is not there any more
        return f"{join(['lstmcheck', 'run', '-', *mistakes])} < smallest.yaml"
    values = differences(smallest, _as_written(report.grid.base))
    options = [word for key, option in OPTIONS.items() for word in _option(option, values.pop(key, None))]
    if "--target" in options:
        values.pop("target.module", None)
    return join(["lstmcheck", "run", path, *options, *settings(values), *mistakes])


OPTIONS = {"target.file": "--target", "target.protocol": "--protocol"}
"""Keys that have an option of their own."""


def _option(option: str, value: str | None) -> list[str]:
    return [] if value is None else [option, value]


def _as_written(base: Config) -> Config:
    """The configuration as its file has it, without what the command line replaced."""
    path = place_told(base)
    try:
        return base if path == "-" else load(path)
    except LstmcheckError:  # moved or changed since
        return base
