"""The horizontal axis of a sweep's pictures: what varies, in numbers or in categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log10
from typing import Any

from lstmcheck.config import format_value
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.runner import SweepReport

WIDE = 10
"""Largest over smallest value from which a scale is logarithmic."""


@dataclass(frozen=True)
class Scale:
    """What the axis is called, where a case lies on it, and the values that are named below it."""

    label: str
    ticks: Mapping[str, float]
    """Positions by name, from left to right."""
    logarithmic: bool = False
    axis: str | None = None
    """The key that varies; None: the number of parameters."""
    _places: Mapping[str, float] = field(default_factory=dict)

    def position(self, record: Record) -> float:
        """Of a case that was checked; positions are logarithms already where the scale is."""
        if self.axis is None:
            return log10(record.size)
        value = record.seed if self.axis == "seed" else record.axes[self.axis]
        return self._places[format_value(value)]


def scale_of(report: SweepReport) -> Scale | None:
    """The axis that varies; the number of parameters where several do and it varies too.

    None where no case was checked.
    """
    sizes = {r.size for r in _extremes(report)}
    if not sizes:
        return None
    varying = _varying(report)
    if len(varying) != 1 and (len(sizes) > 1 or (not varying and report.grid.seeds == 1)):
        return _of_parameters(min(sizes), max(sizes))
    if not varying:
        first = report.grid.base.seed
        return _of_axis("seed", range(first, first + report.grid.seeds))
    key = max(varying, key=lambda each: len(varying[each]))
    return _of_axis(key, varying[key])


def _varying(report: SweepReport) -> dict[str, list[Any]]:
    """Axes, each with the values that some case has."""
    taken = report.tally.by_axis
    taken_values = {
        key: [v for v in values if format_value(v) in taken[key]] for key, values in report.grid.axes.items()
    }
    return {key: values for key, values in taken_values.items() if len(values) > 1}


def _extremes(report: SweepReport) -> list[Record]:
    """The smallest and the largest case that was checked."""
    extremes: list[Record] = []
    for record in report.records():
        if record.size:
            extremes = sorted([*extremes, record], key=lambda each: each.size)
            extremes = [extremes[0], extremes[-1]]
    return extremes


def _of_parameters(low: int, high: int) -> Scale:
    ticks = {f"{size:,}": log10(size) for size in (low, high)}
    return Scale("parameters", ticks, logarithmic=True)


def _of_axis(key: str, values: Sequence[Any]) -> Scale:
    """Numbers lie where they are, in their order; anything else side by side, in the order of the axis."""
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        places = {format_value(value): float(k) for k, value in enumerate(values)}
        return Scale(key, places, axis=key, _places=places)
    ordered = sorted(values)
    logarithmic = ordered[0] > 0 and ordered[-1] >= WIDE * ordered[0]
    places = {format_value(value): log10(value) if logarithmic else float(value) for value in ordered}
    return Scale(key, places, logarithmic, key, places)
