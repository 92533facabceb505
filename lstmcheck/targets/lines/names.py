"""Quantities of one shape, which are found by their content."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from lstmcheck.lstm.types import Floats, Numbers

SAME = 1e-9
"""Relative to a value's largest entry: rounding is 1e-15, and other values differ by whole digits."""


def same(one: Numbers | None, other: Numbers | None, room: float = SAME) -> bool:
    """Whether two arrays are equal but for rounding."""
    if one is None or other is None or np.shape(one) != np.shape(other):
        return False
    one, other = np.asarray(one), np.asarray(other)
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    size = max(float(np.abs(other).max(initial=0)), float(np.abs(one).max(initial=0)))
    return bool((np.abs(one - other) <= room * size).all())


class Names:
    """Quantities of one shape, found by a projection of their content."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.ranks: list[int] = []
        self.steps: list[int | None] = []
        self.zeros: dict[str, set[int | None]] = defaultdict(set)
        """Steps in which a quantity is zero: it is not found by its content then."""
        self._places: dict[tuple[str, int | None], int] = {}
        self._rows: list[Floats] = []
        self._stacked: Floats | None = None

    def add(self, words: Sequence[str], values: Floats, rank: int, step: int | None = None) -> None:
        """Values (n, size), one for each name."""
        self.steps += [step] * len(words)
        self.words += words
        self.ranks += [rank] * len(words)
        self._rows.append(values)
        self._stacked = None

    @property
    def values(self) -> Floats:
        if self._stacked is None:
            self._stacked = np.concatenate(self._rows)
            weights = np.random.default_rng(0).standard_normal(self._stacked.shape[1])
            self._weights, self._projected = weights, self._stacked @ weights
            self._sizes = np.abs(self._stacked).max(1, initial=0)
        return self._stacked

    def find(self, value: Floats) -> Iterator[int]:
        """Positions of what has this content, a flat array."""
        values = self.values
        size = float(np.abs(value).max(initial=0))
        room = SAME * max(size, 1e-300) * len(value)
        for k in np.flatnonzero(np.abs(self._projected - value @ self._weights) <= 10 * room):
            if bool((np.abs(values[k] - value) <= SAME * max(size, float(self._sizes[k]))).all()):
                yield int(k)

    def of_step(self, words: str, step: int | None) -> Floats | None:
        """The quantity of that name, in that step."""
        if len(self._places) < len(self.words):
            self._places = {each: k for k, each in enumerate(zip(self.words, self.steps, strict=True))}
        if step in self.zeros[words]:
            return np.zeros(self.values.shape[1])
        k = self._places.get((words, step))
        return None if k is None else self.values[k]

    def steps_of(self, words: str) -> list[int]:
        """Those in which there is a quantity of that name."""
        return [
            step
            for word, step in zip(self.words, self.steps, strict=True)
            if word == words and step is not None
        ]

    def multiples(self, value: Floats) -> Iterator[tuple[int, float]]:
        """Positions of single quantities that this is a multiple of, and the factors."""
        values = self.values
        norms = np.einsum("ij,ij->i", values, values)
        with np.errstate(all="ignore"):
            factors = values @ value / norms
        size = float(np.abs(value).max(initial=0))
        for k, factor in enumerate(factors):
            if (
                self.ranks[k] == 0
                and np.isfinite(factor)
                and bool((np.abs(factor * values[k] - value) <= SAME * size).all())
            ):
                yield k, float(factor)
