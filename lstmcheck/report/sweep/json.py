"""A sweep as JSON, written case by case: memory does not grow with their number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lstmcheck.report.run.json import head
from lstmcheck.sweep.outcome import Record, base_config
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.store import header

INTERNAL = ("case", "key", "entries", "bug")
"""What a results file needs and a reader of the report does not."""


def dumps(report: SweepReport) -> Iterator[str]:
    """One object; its cases a line each."""
    start = _told(_document(report)).removesuffix("}")
    yield f'{start}, "cases": ['
    for position, record in enumerate(report.records()):
        told = {key: value for key, value in record.items() if key not in INTERNAL}
        yield f"{',' if position else ''}\n{_told(told)}"
    yield "\n]}\n"


def lines(report: SweepReport) -> Iterator[str]:
    """The format of a results file: the grid, then a line for each case."""
    yield _told(header(report.grid)) + "\n"
    for record in report.records():
        yield _told(record) + "\n"


def _document(report: SweepReport) -> dict[str, Any]:
    found, smallest = report.tally, report.smallest_failing
    return {
        **head("sweep"),
        "name": report.grid.base.name,
        "config": report.grid.base.model_dump(mode="json"),
        "seed": report.grid.base.seed,
        "verdict": report.verdict,
        "summary": {
            "cases": found.cases,
            "passed": found.verdicts["pass"],
            "failed": found.verdicts["fail"],
            "inconclusive": found.verdicts["inconclusive"],
            "skipped": found.skipped.total(),
            "missing": report.missing,
            "entries": found.entries,
        },
        "smallest_failing": None if smallest is None else base_config(smallest),
    }


def _told(value: Record) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
