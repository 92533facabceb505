"""Where the keys and values of a configuration were written, and what is wrong there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from lstmcheck.errors import LstmcheckError, Problem

Loc = tuple[str | int, ...]
"""The way to a value: keys, and positions in lists."""

EXCERPT_WIDTH = 96
MOST_SHOWN = 20
"""Problems of one configuration; further ones are counted."""


def dotted(loc: Loc) -> str:
    """`check.blocks[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


@dataclass(frozen=True)
class Place:
    """Where something was written: in a file, or in an option of the command line (no line then)."""

    file: str
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"

    @property
    def order(self) -> tuple[float, int]:
        """Lines of the file from above, then the command line."""
        return (math.inf if self.line is None else self.line, self.column or 0)

    def problem(self, what: str, remedy: str | None = None) -> Problem:
        return Problem(what, where=str(self), remedy=remedy, excerpt=self.excerpt)


Fault = tuple[Place, str, str | None]
"""Where, what, and the remedy: a problem beside which the rest can still be checked."""


def refuse(faults: Iterable[Fault]) -> None:
    """Raises LstmcheckError with the faults in order of line, if there are any."""
    ordered = sorted(faults, key=lambda fault: fault[0].order)
    problems = [place.problem(what, remedy) for place, what, remedy in ordered]
    more = len(problems) - MOST_SHOWN
    if more > 0:
        problems[MOST_SHOWN:] = [Problem(f"... and {more} more problem{'s'[: more > 1]}.")]
    if problems:
        raise LstmcheckError(problems)


@dataclass(frozen=True)
class Text:
    """A text with a name, and lines to quote from unless it is an option of the command line."""

    name: str
    lines: tuple[str, ...] | None

    def place(self, line: int, column: int, end: int | None = None) -> Place:
        """Line and columns count from 0 here and from 1 in the place."""
        if self.lines is None:
            return Place(self.name)
        excerpt = _excerpt(self.lines[line], line, column, end) if line < len(self.lines) else None
        return Place(self.name, line + 1, column + 1, excerpt)


def _excerpt(line: str, number: int, column: int, end: int | None) -> str:
    start = max(0, column - EXCERPT_WIDTH // 2) if len(line) > EXCERPT_WIDTH else 0
    shown = "".join(c if c.isprintable() else " " for c in line[start : start + EXCERPT_WIDTH])
    width = max(1, min(len(line) if end is None else end, start + EXCERPT_WIDTH) - column)
    gutter = f"  {number + 1} | "
    return f"{gutter}{shown.rstrip()}\n{' ' * (len(gutter) - 2)}| {' ' * (column - start)}{'^' * width}"
