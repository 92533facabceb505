"""One run of a target's source: a value of each place, for each time that it is reached."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.place import Place

REFERENCES = (ast.Name, ast.Subscript, ast.Attribute)
Occurrence = tuple[int, int]
"""Number of a place, and how many times it had been reached before."""


@dataclass(frozen=True)
class Rule:
    """One quantity in the place of another, in every step; None: the value stays. `turn`: which of the times
    it is that a step reaches the place, out of `turns`."""

    makes: Callable[[Numbers], Numbers | None]
    turn: int = 0
    turns: int = 1

    def key(self, number: int) -> Occurrence:
        """Of the rule for a place: no occurrence."""
        return number, -1 - self.turn


Repair = Numbers | Rule


@dataclass(eq=False, slots=True)
class Event:
    """One value. `content` is a copy of an array, made when it was seen."""

    place: Place
    occurrence: int
    number: int
    value: Any
    content: Numbers | None
    operands: list[Event]
    source: Event | None = None
    """Where the same object was made, or given the name by which it is read here."""
    kind: str = "expression"
    """Or `added` (in place), `put` (an element into something), `filled` (what it was put into), `member` (of
    several arrays that a call returns)."""
    more: dict[str, Any] = field(default_factory=dict)
    is_sibling: bool = False
    """Whether it reads what its source reads, too: an object that was there before."""

    @property
    def origin(self) -> Event:
        """Where the object was made."""
        event = self
        while event.source is not None and event.source.value is event.value:
            event = event.source
        return event

    @property
    def key(self) -> Occurrence:
        return self.place.number, self.occurrence


def is_reading(event: Event) -> bool:
    """Whether it only reads a name or an element."""
    return isinstance(event.place.node, REFERENCES) and event.kind == "expression"
