"""The table on a terminal or in a pipe, and the lines below it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run import diagnosis, notes, target, words

STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.INCONCLUSIVE: "yellow"}
WIDE = 104
"""Columns that the whole table needs; a narrower terminal does without the two gradients."""
NARROWEST = 84
"""Columns below which cells would be cut: a terminal that has less wraps lines itself."""
OFF_TERMINAL = 1000
"""A pipe or a file is as wide as need be: nothing is wrapped or cut."""


def render(report: Report, console: Console, *, command: str, verbose: bool = False) -> RenderableType:
    """Table, worst entry, remedy, the command that reproduces it, and one line of counts."""
    wide = verbose or not console.is_terminal or console.width >= WIDE
    parts: list[RenderableType] = [Text(words.title(report), style="bold"), _table(report, wide=wide)]
    parts += [Text(line) for line in _below(report, command, verbose)]
    parts.append(summary(report))
    return Group(*parts)


def summary(report: Report) -> Text:
    """The verdict, what it rests on, and the counts, on one line."""
    return Text.assemble((report.verdict.value, STYLES[report.verdict]), ": ", words.outcome(report))


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # rich would exit with 1, which here means a wrong gradient.
        raise BrokenPipeError


def make_console() -> Console:
    """A console that cuts nothing off a terminal."""
    console = _Console(highlight=False, soft_wrap=True)
    console.width = max(console.width, NARROWEST) if console.is_terminal else OFF_TERMINAL
    return console


def _table(report: Report, *, wide: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, right in _columns(wide):
        table.add_column(name, justify="right" if right else "left", no_wrap=True, overflow="fold")
    for gate, after in pairwise([*report.blocks, None]):
        assert gate is not None
        last_of_gates = gate.gate is not None and (after is None or after.info != gate.info)
        table.add_row(*_row(gate, wide), end_section=last_of_gates)
    return table


def _columns(wide: bool) -> Iterator[tuple[str, bool]]:
    yield from (("array", False), ("gate", False), ("entries", True), ("worst error ± uncertainty", True))
    yield "where", False
    if wide:
        yield from (("analytic", True), ("reference", True))
    yield "verdict", False


def _row(gate: GateResult, wide: bool) -> Iterator[Text]:
    yield Text(gate.info.name)
    yield Text(gate.gate or "")
    yield Text(words.entries(gate))
    yield Text(words.error(gate))
    yield Text(gate.where)
    if wide:
        yield from (Text(words.gradient(gate.worst.analytic)), Text(words.gradient(gate.worst.reference)))
    yield Text(words.verdict(gate) + (" *" if gate.notes else ""), style=STYLES[gate.verdict])


def _below(report: Report, command: str, verbose: bool) -> Iterator[str]:
    for gate in report.blocks:
        if gate.notes:
            yield f"* {gate.label}: {notes.describe(gate)}."
    yield words.worst(report)
    if remedy := words.remedy(report):
        yield remedy
    yield from diagnosis.sentences(report)
    yield from target.sentences(report)
    if report.verdict != Verdict.PASS or verbose:
        yield f"Reproduce: {command}"
    if verbose:
        yield from words.details(report)
