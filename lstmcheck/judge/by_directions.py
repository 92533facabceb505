"""Whole gates judged by random directions, and the entries that are to blame where one does not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.types import Floats, Indices
from lstmcheck.reference.directional_derivatives import Compared, Derivatives
from lstmcheck.reference.directions import (
    Box,
    Claim,
    Directions,
    bound_factor,
    describe_box,
    draw_directions,
    shared,
)
from lstmcheck.tolerances.directions import BLAMED, DIRECTION_LADDERS, LOOKS, SUSPECT_DIRECTIONS, SUSPECTS

Measure = Callable[[Sequence[Directions]], list[Compared]]
"""Gradients beside derivatives along the same directions."""


@dataclass(frozen=True)
class Bound:
    """What directions say of one gate's gradient."""

    error: float
    """E: no entry is off by more, except with `probability`."""
    directions: int
    probability: float
    uncertainty: float
    """Of the derivatives along them, the largest."""
    contradicts: bool
    """Some derivative is certainly another one than the gradient's."""
    measure: Measure
    """How they were measured."""


class Bounds:
    """Bounds the error of whole gates, each except with `probability`.

    Differences first; complex steps of arrays that are trusted, longer and finer differences, where those are
    too uncertain to decide. In a chaotic network a difference may be confident and wrong: what one
    contradicts is looked at again by complex steps and by finer ones.
    """

    def __init__(
        self, derivatives: Derivatives, seed: int, probability: float, *, differences: bool = True
    ) -> None:
        self.derivatives, self.seed, self.probability = derivatives, seed, probability
        self.differences = differences

    def of(self, claims: Sequence[Claim]) -> list[Bound]:
        """Of each claim the first bound within its `tau`; else the least."""
        searches = [_Search(claim, self.probability) for claim in claims]
        along, trust = self.derivatives, self.derivatives.trust
        first, longer, finer = (partial(along.by_differences, steps=steps) for steps in DIRECTION_LADDERS)
        if self.differences:
            self._look(first, searches)
        exact = [search for search in searches if trust.of(search.claim.info.name)]
        self._look(along.by_complex_steps, exact)
        if self.differences:
            # What shorter steps contradict, longer ones do not bear out.
            self._look(longer, [search for search in searches if not search.best.contradicts])
            self._look(finer, searches)
        return [search.best for search in searches]

    def _look(self, measure: Measure, searches: Sequence[_Search]) -> None:
        """Bounds from ever more directions, as long as more of them can help; all gates at once."""
        searches = [search for search in searches if not search.is_decided]
        for search in searches:
            search.begin(measure, is_exact=measure == self.derivatives.by_complex_steps)
        for before, count in pairwise((0, *LOOKS)):
            asked = [self._directions(search.claim, range(before, count)) for search in searches]
            for search, found in zip(searches, measure(asked), strict=True):
                search.add(found)
            searches = [search for search in searches if search.may_pass]

    def _directions(self, claim: Claim, numbers: range) -> Directions:
        return Directions(
            claim, claim.place, len(numbers), partial(draw_directions, claim, self.seed, numbers)
        )


class _Search:
    """For a bound on the error of one gate."""

    def __init__(self, claim: Claim, probability: float) -> None:
        self.claim, self.probability = claim, probability
        self.best = Bound(np.inf, 0, probability, np.inf, contradicts=False, measure=_nothing)
        self.is_decided = False

    def begin(self, measure: Measure, *, is_exact: bool) -> None:
        """With another way to measure; what an exact one contradicts is wrong."""
        self.measure, self.is_exact = measure, is_exact
        self.apart, self.uncertain = np.zeros(0), np.zeros(0)

    def add(self, found: Compared) -> None:
        """Look again, with more directions."""
        self.apart = np.append(self.apart, np.abs(found.projected - found.value))
        self.uncertain = np.append(self.uncertain, found.error)
        bound, best = self._bound(), self.best
        passes = bound.error <= self.claim.tau
        # Of bounds that settle nothing one that contradicts tells where to look.
        sharper = (bound.contradicts, -bound.error) > (best.contradicts, -best.error)
        if passes or sharper or not best.directions:
            self.best = bound
        self.is_decided = passes or (bound.contradicts and self.is_exact)
        self.is_refuted = bound.contradicts

    @property
    def may_pass(self) -> bool:
        """With more directions, measured like that."""
        return not (self.is_decided or self.is_refuted) and self._error(LOOKS[-1]) <= self.claim.tau

    def _error(self, count: int) -> float:
        """E, if `count` directions said the same."""
        error = bound_factor(count, shared(self.probability / self.claim.parts)) * np.max(
            self.apart + self.uncertain
        )
        return float(error) if np.isfinite(error) else np.inf

    def _bound(self) -> Bound:
        known = np.isfinite(self.uncertain).all()
        return Bound(
            self._error(len(self.apart)),
            len(self.apart),
            self.probability,
            float(self.uncertain.max()),
            bool((self.apart > self.uncertain).any() and known),
            self.measure,
        )


def _nothing(asked: Sequence[Directions]) -> list[Compared]:
    return []


def blamed_entries(measure: Measure, claim: Claim, seed: int) -> Indices:
    """Flat indices, within the gate, of entries that directions say are wrong: the gate is halved, and of the
    halves those are halved again along which the gradient is not the derivative."""
    boxes = [claim.place]
    found: list[int] = []
    while boxes and len(found) < BLAMED:
        single = [box for box in boxes if _size(box) == 1]
        shape = claim.gradient.shape
        found += [int(np.ravel_multi_index([part.start for part in box], shape)) for box in single]
        halves = [half for box in boxes if box not in single for half in _halved(box)]
        compared = measure([_within(claim, box, seed) for box in halves])
        off = np.array([np.max(np.abs(c.projected - c.value) - c.error) for c in compared])
        order = np.argsort(-off, kind="stable")[:SUSPECTS]
        boxes = [halves[int(k)] for k in order if off[k] > 0]
    return np.array(found[:BLAMED], np.intp)


def _within(claim: Claim, box: Box, seed: int) -> Directions:
    """Directions of a box: the same whenever they are drawn, and none of those of another box."""
    shape = [part.stop - part.start for part in box]

    def draw() -> Floats:
        random = generator(seed, f"within {describe_box(box)} {claim.info.name} {claim.row}")
        return random.standard_normal((SUSPECT_DIRECTIONS, *shape))

    return Directions(claim, box, SUSPECT_DIRECTIONS, draw)


def _halved(box: Box) -> Iterator[Box]:
    """Along the longest axis."""
    axis = int(np.argmax([part.stop - part.start for part in box]))
    begin, end = box[axis].start, box[axis].stop
    middle = (begin + end) // 2
    for part in (slice(begin, middle), slice(middle, end)):
        yield (*box[:axis], part, *box[axis + 1 :])


def _size(box: Box) -> int:
    return int(np.prod([part.stop - part.start for part in box]))
