"""JSON lines: one object for each report of a run; of a sweep, its results file."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.report.content import Content
from lstmcheck.report.formats.json import line


def export(content: Content) -> Iterator[str]:
    """A line for each record."""
    for record in content.records():
        yield line(record) + "\n"
