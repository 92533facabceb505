"""The worst cases of a sweep and the values of its axes, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.config import format_value
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.sweep import words
from lstmcheck.report.table import Column, Row, Table, TableCell, row
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.runner import SweepReport

AXES = (
    Column("axis", code=True),
    Column("value", right=True),
    Column("cases", right=True),
    Column("failed", right=True),
    Column("inconclusive", right=True),
)


def cases(report: SweepReport) -> Table:
    """The worst cases for a screen, a column for each axis."""
    keys = [*(key.rpartition(".")[2] for key in report.grid.axes), "seed"]
    columns = (
        *(Column(key, right=True) for key in keys),
        Column("parameters", right=True, optional=1),
        Column("seconds", right=True, optional=2),
        Column("error ± uncertainty", right=True),
        Column("where"),
        Column("verdict", signed=True),
    )
    rows = tuple(row(*_cells(report, record)) for record in report.tally.worst)
    return Table(columns, rows, keys=len(keys))


def _cells(report: SweepReport, record: Record) -> Iterator[str | TableCell]:
    yield from (format_value(record.axes[key]) for key in report.grid.axes)
    yield str(record.seed)
    yield "-" if record.parameters is None else f"{record.parameters:,}"
    yield f"{record.seconds:.2f}"
    yield words.error(record)
    yield record.note or ", ".join(words.beside_the_gradient(record)) or words.worst(record)
    yield _verdict(record)


def named_cases(report: SweepReport) -> Table:
    """The worst cases for a document: a name each, whatever the axes."""
    columns = (
        Column("case", code=True),
        Column("parameters", right=True),
        Column("worst gate"),
        Column("error ± uncertainty", right=True),
        Column("verdict"),
    )
    return Table(columns, tuple(map(_named, report.tally.worst)))


def _named(record: Record) -> Row:
    parameters = str(record.parameters)
    name, where, error = words.case_name(record), words.worst(record), words.error(record)
    return row(name, parameters, where, error, _verdict(record))


def _verdict(record: Record) -> TableCell:
    return TableCell(str(record.verdict), record.verdict)


def axes(report: SweepReport) -> Table:
    """Cases that failed or stayed open, for each value of each axis."""
    rows = (row(key, value, *map(str, counts)) for key, value, *counts in words.axis_rows(report))
    return Table(AXES, tuple(rows))


def coloured_axes(report: SweepReport) -> Table:
    """The same for a screen: an axis is named once, and what did not pass stands out."""
    return Table(AXES, tuple(_coloured(report)), keys=2)


def _coloured(report: SweepReport) -> Iterator[Row]:
    previous = None
    for key, value, count, failed, unsure in words.axis_rows(report):
        failures = TableCell(f"{failed:,}", Verdict.FAIL if failed else None)
        undecided = TableCell(f"{unsure:,}", Verdict.INCONCLUSIVE if unsure else None)
        yield row("" if key == previous else key, value, f"{count:,}", failures, undecided)
        previous = key
