"""The gates of a report as a table."""

from __future__ import annotations

from itertools import pairwise

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.report.run import words
from lstmcheck.report.table import Cell, Column, Row, Table, row

COLUMNS = (
    Column("array", code=True),
    Column("gate"),
    Column("entries", right=True),
    Column("worst error ± uncertainty", right=True),
    Column("where", code=True),
    Column("analytic", right=True, optional=True),
    Column("reference", right=True, optional=True),
    Column("verdict"),
)


def gates(report: Report) -> Table:
    """A row for each gate; a gap below the last gate of an array."""
    ends = {
        k
        for k, (gate, after) in enumerate(pairwise([*report.blocks, None]))
        if gate and gate.gate is not None and (after is None or after.info != gate.info)
    }
    return Table(COLUMNS, tuple(map(_row, report.blocks)), keys=2, section_ends=frozenset(ends))


def _row(gate: GateResult) -> Row:
    return row(
        gate.info.name,
        gate.gate or "",
        words.entries(gate),
        words.error(gate),
        words.place(gate),
        "" if gate.directions else words.gradient(gate.worst.analytic),
        "" if gate.directions else words.gradient(gate.worst.reference),
        Cell(words.verdict(gate) + (" *" if gate.notes else ""), gate.verdict),
    )
