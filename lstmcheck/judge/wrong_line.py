"""A line of a target's source that is wrong, and what belongs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class WrongLine:
    """The smallest expression that is wrong while everything that it reads is right."""

    file: str
    line: int
    column: int
    """Of the expression's first character, from 1."""
    end_column: int
    """Behind its last one, or behind the line's where it goes on."""
    source: str
    """The line."""
    computes: str | None
    """In letters of the derivation; None for what has no name."""
    belongs: str | None
    """What should be there, in the same letters."""
    suggestion: str
    """The line as it would read: a change that was tried, and helps."""
    settles: bool = False
    """Whether the gradient is right with this and all other suggested changes: it was tried."""
    part: Literal["backward", "forward"] = "backward"
