"""A row for each target."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.marking.marks import Marks
from lstmcheck.report.table import Column, Table, TableCell, row

ANSWERS = ("gradient", "conformance", "purity", "coverage")


def targets(marks: Marks) -> Table:
    """Verdict, gates that are right, what else was asked, and the diagnosis; the worst last."""
    several = marks.several_configurations
    keys = [Column("target", code=True), *([Column("configuration", code=True)] if several else [])]
    columns = [
        *keys,
        Column("verdict", signed=True),
        Column("gates", right=True),
        *(Column(name, optional=1) for name in ANSWERS),
        Column("diagnosis", shortens=True),
        Column("s", right=True),
    ]
    rows = tuple(row(*_cells(record, several=several)) for record in marks.records)
    return Table(tuple(columns), rows, keys=len(keys))


def _cells(record: MarkRecord, *, several: bool) -> Iterator[str | TableCell]:
    yield record.target
    if several:
        yield record.configuration
    told = record.told
    yield TableCell(record.mark, told.verdict if told else None)
    yield f"{told.gates.right}/{told.gates.total}" if told else "-"
    for name in ANSWERS:
        given = told.answers.get(name) if told else None
        yield TableCell(given, given) if given else "-"
    yield record.diagnosis
    yield f"{record.seconds:.1f}" if record.seconds else "-"
