"""Comma-separated values, for spreadsheets: a row for each gate, case or target."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from lstmcheck.report.content import Content

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets compute what begins so: text of foreign code must not."""


def export(content: Content) -> Iterator[str]:
    """A line of titles, then the rows."""
    for position, row in enumerate(content.rows()):
        if not position:
            yield _line(list(row))
        yield _line([_cell(value) for value in row.values()])


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _line(cells: list[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
