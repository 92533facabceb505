"""What a failure looks like: known mistakes that explain it, or the place where it begins."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suspect:
    """One explanation of everything that is wrong: a mistake of the catalogue, or several at once."""

    mistake: str
    title: str
    residual: float
    """What it leaves unexplained, relative to the difference."""
    formulas: tuple[tuple[str, str], ...]
    """Wrong and right, for each mistake."""
    partners: tuple[str, ...] = ()
    """The other mistakes that it needs."""
    apart: str | None = None
    """Where others explain as much: what to change so that they differ."""
    beyond: str | None = None
    """Where no change does that: what a target could do, as `returning the gradient of c0`."""
    cells: tuple[str, ...] = ()
    """Those that make the mistake, as `l1_reverse`, where others do not."""


@dataclass(frozen=True)
class Location:
    """The first pre-activation, from the end, whose gradient is wrong; `measured` by a nudge of it alone."""

    layer: int
    reverse: bool
    time: int
    gate: str
    sequence: int
    unit: int
    analytic: float
    measured: float


@dataclass(frozen=True)
class Diagnosis:
    """What a failure looks like. Without suspects nothing known matched."""

    suspects: tuple[Suspect, ...] = ()
    location: Location | None = None
    note: str | None = None
    """Why there is nothing to tell, or what is known besides."""
    complete: bool = True
    """Whether the search came to its end."""
