"""A plot in letters."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from math import ceil, floor

from lstmcheck.report.chart import Axis, Level, Plot

WIDEST, NARROWEST, MOST_ROWS = 72, 24, 24
APART = 8
"""Columns from one number under the axis to the next, at least."""
NAMES = 7
"""Columns for what stands beside the vertical axis."""


class _Field:
    """Columns and rows of signs; what is drawn later covers what was there."""

    def __init__(self, plot: Plot, columns: int) -> None:
        xs = [x for s in plot.series for x, _ in s.points] + [level.value for level in plot.upright]
        ys = [y for s in plot.series for _, y in s.points] + [level.value for level in plot.across]
        self.x, self.y = _Range(plot.x, xs), _Range(plot.y, ys)
        self.columns = columns
        self.rows = min(MOST_ROWS, max(4, ceil(self.y.high - self.y.low) + 1 if plot.y.logarithmic else 12))
        self.signs = [[" "] * columns for _ in range(self.rows)]

    def column(self, value: float) -> int | None:
        return self.x.position(value, self.columns)

    def row(self, value: float) -> int | None:
        found = self.y.position(value, self.rows)
        return None if found is None else self.rows - 1 - found

    def put(self, x: float, y: float, sign: str) -> None:
        column, row = self.column(x), self.row(y)
        if column is not None and row is not None:
            self.signs[row][column] = sign


class _Range:
    def __init__(self, axis: Axis, values: list[float]) -> None:
        self.axis = axis
        places = [place for place in map(axis.place, values) if place is not None] or [0.0]
        self.low, self.high = min(places), max(places)
        if axis.logarithmic:
            self.low, self.high = floor(self.low), ceil(self.high)
        if self.low == self.high:
            self.high = self.low + 1

    def position(self, value: float, count: int) -> int | None:
        place = self.axis.place(value)
        if place is None:
            return None
        return round((place - self.low) / (self.high - self.low) * (count - 1))

    def at(self, position: int, count: int) -> float:
        """The place of a position, of `count`."""
        return self.low + (self.high - self.low) * position / (count - 1)

    def name(self, place: float) -> str:
        return f"1e{round(place):+03d}" if self.axis.logarithmic else f"{place:.3g}"


def lines(plot: Plot, room: int | None) -> Iterator[str]:
    """As wide as there is room, and what the signs mean."""
    columns = max(NARROWEST, min(WIDEST, (room or WIDEST + NAMES + 2) - NAMES - 2))
    field = _Field(plot, columns)
    _draw(plot, field)
    yield from textwrap.wrap(plot.y.label, room or WIDEST)
    for k, signs in enumerate(field.signs):
        name = field.y.name(field.y.at(field.rows - 1 - k, field.rows))
        yield f"{name:>{NAMES}} │{''.join(signs)}".rstrip()
    yield f"{'':{NAMES}} └{'─' * columns}"
    yield f"{'':{NAMES}}  {_names_below(field)}".rstrip()
    yield f"{'':{NAMES}}  {plot.x.label:^{columns}}".rstrip()
    yield from _legend(plot, room)


def _draw(plot: Plot, field: _Field) -> None:
    for level in plot.across:
        if (row := field.row(level.value)) is not None:
            field.signs[row] = ["─"] * field.columns
    for level in plot.upright:
        if (column := field.column(level.value)) is not None:
            for signs in field.signs:
                signs[column] = "│"
    for series in plot.series:
        for x, y in series.points:
            field.put(x, y, series.mark or "·")


def _names_below(field: _Field) -> str:
    """Numbers under the axis, each at its column, as many as have room."""
    span, line = field.x, " " * field.columns
    step = max(1, ceil((span.high - span.low) * APART / field.columns)) if span.axis.logarithmic else None
    count = int((span.high - span.low) // step) if step else max(1, field.columns // (2 * APART))
    for k in range(count + 1):
        place = span.low + k * (step or (span.high - span.low) / count)
        column = round((place - span.low) / (span.high - span.low) * (field.columns - 1))
        name = span.name(place)
        start = min(column, field.columns - len(name))
        line = line[:start] + name + line[start + len(name) :]
    return line


def _legend(plot: Plot, room: int | None) -> Iterator[str]:
    """Signs and their names, in lines that fit."""
    levels: list[tuple[str, Level]] = [("─", each) for each in plot.across] + [("│", e) for e in plot.upright]
    parts = [f"{series.mark} {series.name}" for series in plot.series]
    parts += [f"{sign} {level.name}" for sign, level in levels]
    line = ""
    for part in parts:
        if line and len(line) + 3 + len(part) > (room or WIDEST):
            yield line
            line = ""
        line = f"{line}   {part}" if line else part
    if line:
        yield line
