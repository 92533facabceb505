"""The gates of a report as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run import words
from lstmcheck.report.table import Column, Row, Table, TableCell, row

COLUMNS = (
    Column("array", code=True),
    Column("gate"),
    Column("entries", right=True, optional=2),
    Column("worst error ± uncertainty", right=True),
    Column("where", code=True),
    Column("analytic", right=True, optional=1),
    Column("reference", right=True, optional=1),
    Column("verdict", signed=True),
)
SHORT = {"worst error ± uncertainty": "error ± uncertainty"}
"""Titles for a screen, which are no wider than what stands below them."""
ALL_DIGITS = 6
"""Decimals where there is room for everything."""
OF_ONE_ENTRY = ("where", "analytic", "reference")


def gates(report: Report) -> Table:
    """A row for each gate; a gap below the last gate of an array."""
    ends = {
        k
        for k, (gate, after) in enumerate(pairwise([*report.blocks, None]))
        if gate and gate.gate is not None and (after is None or after.info != gate.info)
    }
    digits = max(_digits(report.blocks), ALL_DIGITS)
    rows = tuple(_row(gate, digits) for gate in report.blocks)
    return Table(COLUMNS, rows, keys=2, section_ends=frozenset(ends))


def on_screen(report: Report, *, whole: bool, only_failures: bool) -> Table:
    """The same, with one row, or none, for an array all of whose gates pass; `whole`: a row for each gate."""
    digits = max(_digits(report.blocks), ALL_DIGITS if whole else 0)
    rows: list[Row] = []
    faint: set[int] = set()
    for _, group in groupby(report.blocks, lambda gate: gate.info):
        blocks = list(group)
        quiet = all(gate.verdict == Verdict.PASS and not gate.notes for gate in blocks)
        if quiet and only_failures:
            continue
        joined = quiet and not whole
        added = [_joined(blocks)] if joined else [_row(gate, digits) for gate in blocks]
        passing = [joined or gate.verdict == Verdict.PASS for gate, _ in zip(blocks, added, strict=False)]
        faint |= {len(rows) + k for k, passes in enumerate(passing) if passes}
        rows += added
    columns = tuple(replace(each, title=SHORT.get(each.title, each.title)) for each in COLUMNS)
    if whole:
        columns = tuple(replace(each, optional=0) for each in columns)
    table = Table(columns, tuple(rows), keys=2, faint=frozenset(faint))
    return table.select(list(_used(table)))


def _used(table: Table) -> Iterator[int]:
    """Positions of columns in which something stands."""
    for position, column in enumerate(table.columns):
        if column.title not in OF_ONE_ENTRY or any(cells[position].text for cells in table.rows):
            yield position


def _row(gate: GateResult, digits: int) -> Row:
    return row(
        gate.info.name,
        gate.gate or "",
        words.entries(gate),
        words.error(gate),
        words.place(gate),
        "" if gate.directions else words.gradient(gate.worst.analytic, digits),
        "" if gate.directions else words.gradient(gate.worst.reference, digits),
        TableCell(words.verdict(gate) + (" *" if gate.notes else ""), gate.verdict),
    )


def _joined(gates: Sequence[GateResult]) -> Row:
    """One row for an array whose gates all pass."""
    worst = max(gates, key=lambda gate: gate.rel_error)
    return row(
        worst.info.name,
        " ".join(gate.gate or "" for gate in gates),
        words.count_of_entries(gates),
        words.error(worst),
        words.place(worst) if worst.directions else "",
        "",
        "",
        TableCell(Verdict.PASS.value, Verdict.PASS),
    )


def _digits(gates: Sequence[GateResult]) -> int:
    """Decimals that tell the two gradients of each failing gate apart."""
    return max((words.telling_digits(gate) for gate in gates if gate.verdict == Verdict.FAIL), default=3)
