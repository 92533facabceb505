"""A map in shades, before it has a format."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

DECADES = (0.0, 1e-4, 1e-2, 1.0)
"""Shares of a gate's scale up to which an entry has each of the shades but the last."""
SHADES, ASCII_SHADES = "·░▒▓█", ".-+*#"


@dataclass(frozen=True)
class Picture:
    """Errors (rows, columns), beside the scale that they are relative to."""

    title: str
    errors: tuple[tuple[float, ...], ...]
    height: int
    """Entries that a row stands for."""
    length: int
    """Of all rows."""

    def lines(self, shades: str = SHADES) -> Iterator[str]:
        """The title, and a line for each row, or for several below each other that look alike."""
        yield self.title
        drawn = ["".join(shades[bisect_left(DECADES, error)] for error in row) for row in self.errors]
        firsts = [k for k, row in enumerate(drawn) if not k or row != drawn[k - 1]]
        labels = [self._label(first, end) for first, end in pairwise([*firsts, len(drawn)])]
        width = max(map(len, labels))
        yield from (f"  {label:>{width}} {drawn[k]}" for label, k in zip(labels, firsts, strict=True))

    def _label(self, first: int, end: int) -> str:
        """`4` or `4-15`, of rows from one to before another."""
        begin, last = first * self.height, min(end * self.height, self.length) - 1
        return str(begin) if begin == last else f"{begin}-{last}"


@dataclass(frozen=True)
class Pictures:
    """Some of them, one below the other, and what their shades stand for."""

    pictures: tuple[Picture, ...]

    def text(self, shades: str = SHADES) -> str:
        """Drawn in these five shades."""
        lines = [line for picture in self.pictures for line in picture.lines(shades)]
        return "\n".join([*lines, _legend(shades)])


def _legend(shades: str) -> str:
    steps = ", ".join(f"{shade} {share:g}" for shade, share in zip(shades[1:-1], DECADES[1:], strict=True))
    return f"  {shades[0]} within the tolerance; off by up to {steps} of the scale, {shades[-1]} more"
