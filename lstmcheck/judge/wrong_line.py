"""A line of a target's source that is wrong, and what belongs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class ChangedLine:
    """An expression of a target's source, and a change of it that was tried and helps."""

    file: str
    line: int
    column: int
    """Of the expression's first character, from 1."""
    end_column: int
    """Behind its last one, or behind the line's where it goes on."""
    source: str
    """The line."""
    suggestion: str
    """The line as it would read."""


@dataclass(frozen=True, kw_only=True)
class WrongLine(ChangedLine):
    """The smallest expression that is wrong while everything that it reads is right."""

    computes: str | None
    """In letters of the derivation; None for what has no name."""
    belongs: str | None
    """What should be there, in the same letters."""
    settles: bool = False
    """Whether the gradient is right with this and all other suggested changes: it was tried."""
    part: Literal["backward", "forward"] = "backward"
    alternatives: tuple[ChangedLine, ...] = ()
    """Other lines that, changed in this one's place, do as much: one of them all is wrong."""
