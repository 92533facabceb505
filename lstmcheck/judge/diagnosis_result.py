"""What a failure looks like: known mistakes that explain it, or the place where it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
    look: tuple[str, ...] = ()
    """Which lines of a backward pass do that: `the line that computes d_z_f`."""
    explains: tuple[str, ...] = ()
    """The wrong rows that it reproduces, where those are not all: `U_l0`, `b_l0 (f g)`."""

    @property
    def partial(self) -> bool:
        """Whether it leaves wrong rows unexplained."""
        return bool(self.explains)


@dataclass(frozen=True)
class WrongTerm:
    """A term of the equations, or an array, that is wrong in an easier question; with its worst entry."""

    name: str
    index: tuple[int, ...] = ()
    analytic: float | None = None
    right: float | None = None


@dataclass(frozen=True)
class Asked:
    """What an easier question told: `one step of one sequence, d_c alone`."""

    question: str
    wrong: tuple[WrongTerm, ...]
    right: tuple[str, ...]


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
    """Each explains everything that is wrong."""
    location: Location | None = None
    partial: Suspect | None = None
    """What explains some of the wrong rows, where nothing explains all."""
    unexplained: tuple[str, ...] = ()
    """The others."""
    asked: Asked | None = None
    """The easiest question in which something is wrong that has no name."""
    note: str | None = None
    """Why there is nothing to tell, or what is known besides."""
    declared: Mapping[str, Any] | None = None
    """Keys under which all this is so, where a target's forward pass is not what was declared."""
    tried: tuple[str, ...] = ()
    """What was looked through in vain: `each of 179 alone`, `all 15,931 pairs`; nothing, where no search took
    place."""
