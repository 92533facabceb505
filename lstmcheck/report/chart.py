"""Pictures before they have a format: curves, maps in levels, bars; and words for those who do not see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log10
from typing import TYPE_CHECKING, Literal

from lstmcheck.judge.verdict import Verdict

if TYPE_CHECKING:
    from lstmcheck.explain.cell import CellNumbers

Role = Literal["good", "bad", "plain", "faint"]
"""What a curve or a bar is: one of the two accents, or ink."""
Stroke = Literal["solid", "dashed", "dotted", "none"]


@dataclass(frozen=True)
class Axis:
    """What lies along an axis. Of a logarithmic one only positive values can be drawn."""

    label: str
    logarithmic: bool = False
    ticks: Mapping[str, float] | None = None
    """Named places; None: numbers, as many as fit."""

    def place(self, value: float) -> float | None:
        """Where a value lies, in decades where the axis is logarithmic; None where it cannot be drawn."""
        if not isfinite(value) or (self.logarithmic and value <= 0):
            return None
        return log10(value) if self.logarithmic else value


@dataclass(frozen=True)
class Series:
    """Points in the order in which a line joins them; it is interrupted where one cannot be drawn."""

    name: str
    points: tuple[tuple[float, float], ...]
    role: Role = "plain"
    stroke: Stroke = "solid"
    mark: str = ""
    """The sign of each point where lines cannot be drawn."""
    dots: bool = False
    """Whether each point is also marked where they can."""


@dataclass(frozen=True)
class Level:
    """A line across the picture, and what it stands for."""

    value: float
    name: str
    role: Role = "plain"


@dataclass(frozen=True)
class Plot:
    """Curves."""

    title: str
    told: str
    """What is to be seen, for those who do not see it."""
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    across: tuple[Level, ...] = ()
    """Horizontal lines."""
    upright: tuple[Level, ...] = ()


@dataclass(frozen=True)
class Panel:
    """A part of a map: the number of the level that each of its fields has, row by row."""

    label: str
    told: str
    fields: tuple[tuple[int, ...], ...]
    verdict: Verdict | None = None
    below: str = ""
    """A few words under it."""
    marked: tuple[int, int] | None = None
    """Row and column of the field to look at first."""


@dataclass(frozen=True)
class Map:
    """Panels side by side, with what their rows and columns are."""

    title: str
    axes: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Maps:
    """Maps below each other that share a legend: the name of each level, from the first."""

    title: str
    legend: tuple[tuple[int, str], ...]
    maps: tuple[Map, ...]
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """Lengths side by side, each with its role and what it counts."""

    name: str
    parts: tuple[tuple[float, Role, str], ...]
    value: str
    """Written at its end."""


@dataclass(frozen=True)
class Bars:
    """Bars below each other, all on one scale."""

    title: str
    told: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class CellDrawing:
    """A cell with its roads and the numbers on them."""

    title: str
    numbers: CellNumbers


Chart = Plot | Maps | Bars | CellDrawing
