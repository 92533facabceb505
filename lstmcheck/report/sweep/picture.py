"""A picture in letters: errors of a sweep against what varies."""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, log10

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.sweep.scale import Scale, scale_of
from lstmcheck.sweep.runner import SweepReport

WIDEST, BESIDE = 48, 12
"""Columns of a picture, and those that its axes and names take beside it."""


def picture(report: SweepReport, room: int | None) -> Iterator[str]:
    """Error against what varies: one row a decade, × where a case failed, · elsewhere."""
    scale = scale_of(report)
    width = WIDEST if room is None else min(WIDEST, room - BESIDE)
    marks = _marks(report, scale, width) if scale else {}
    if not scale or not marks:
        return
    yield f"worst error against {scale.label} (× failed, · not)"
    for decade in range(max(d for _, d in marks), min(d for _, d in marks) - 1, -1):
        line = [" "] * (width + 1)
        for (column, at), failed in marks.items():
            if at == decade:
                line[column] = "×" if failed else "·"
        yield f"  1e{decade:+03d} │{''.join(line).rstrip()}"
    yield f"        └{'─' * (width + 1)}"
    yield f"         {_tick_line(scale, width)}"


def _column(scale: Scale, position: float, width: int) -> int:
    low, high = min(scale.ticks.values()), max(scale.ticks.values())
    return round((position - low) / (high - low) * width) if high > low else 0


def _marks(report: SweepReport, scale: Scale, width: int) -> dict[tuple[int, int], bool]:
    """(column, decade of the error) → whether a case there failed."""
    marks: dict[tuple[int, int], bool] = {}
    for record in report.records():
        if record.rel_error and record.parameters:
            at = _column(scale, scale.position(record), width), floor(log10(record.rel_error))
            marks[at] = marks.get(at, False) or record.verdict == Verdict.FAIL
    return marks


def _tick_line(scale: Scale, width: int) -> str:
    """The names of the values below their columns: the first, the last, and what has room between."""
    names = list(scale.ticks)
    line = " " * (width + 1 + len(names[-1]))
    for name in dict.fromkeys((names[0], names[-1], *names)):
        # Two blanks around each name, so that no two run into each other.
        start = max(0, _column(scale, scale.ticks[name], width) - len(name) // 2)
        if not line[max(0, start - 2) : start + len(name) + 2].strip():
            line = line[:start] + name + line[start + len(name) :]
    return line.rstrip()
