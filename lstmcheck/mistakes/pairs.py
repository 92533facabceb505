"""Two mistakes at once: pairs are ordered by how well two single differences add up, then replayed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.mistakes.entry import Mistake, clash, compose
from lstmcheck.mistakes.matching import MATCH, Found, best_group, residual
from lstmcheck.mistakes.replay import Replay

SECONDS = 3.0
"""After this long the pairs that are left, the least likely ones, are not replayed."""
EXACT = 1e-8
"""A part of the network where the sum of two mistakes is this near counts as explained."""

Pair = tuple[int, int]


def find_pairs(
    replay: Replay,
    wanted: Floats,
    mistakes: Sequence[Mistake],
    differences: Floats,
    *,
    seconds: float = SECONDS,
) -> list[Found]:
    """The pairs that reproduce the wanted difference; none where nothing does, or nothing distinctly."""
    usable = np.asarray(np.isfinite(differences).all(1) & differences.any(1))
    search = _Search(replay, wanted, mistakes, differences)
    ended = time.perf_counter() + seconds
    for pair in _likely_first(replay, wanted, differences, usable):
        if search.try_pair(pair) < MATCH:
            return search.with_relatives(pair, usable)
        if time.perf_counter() > ended:
            break
    return []


class _Search:
    """Pairs that were replayed, with their residuals."""

    def __init__(
        self, replay: Replay, wanted: Floats, mistakes: Sequence[Mistake], differences: Floats
    ) -> None:
        self.replay, self.wanted = replay, wanted
        self.mistakes, self.differences = mistakes, differences
        self.tried: dict[Pair, Found] = {}

    def try_pair(self, pair: Pair) -> float:
        """The residual of a pair; infinite where the two cannot be told from one of them."""
        pair = (min(pair), max(pair))
        one, other = (self.mistakes[k] for k in pair)
        if pair not in self.tried and not clash(one, other):
            found = self.replay.difference(compose((one, other)))
            self.tried[pair] = Found((one, other), residual(self.wanted, found))
        return self.tried[pair].residual if pair in self.tried else np.inf

    def with_relatives(self, pair: Pair, usable: Flags) -> list[Found]:
        """A pair that matches, and those that share one of its mistakes and match as well."""
        for mine in pair:
            for other in np.flatnonzero(usable):
                self.try_pair((mine, int(other)))
        return best_group(self.tried.values())


def _likely_first(replay: Replay, wanted: Floats, differences: Floats, usable: Flags) -> Iterator[Pair]:
    """All pairs, those first whose differences add up to the wanted one in the most parts of the network.

    Two mistakes rarely interact everywhere: where only one of them acts, or each acts on other numbers,
    their differences add exactly.
    """
    first, second = np.triu_indices(len(differences), 1)
    both = usable[first] & usable[second]
    first, second = first[both], second[both]
    score = np.zeros(len(first))
    for section in np.unique(replay.sections):
        part = replay.sections == section
        score += _score(wanted[part], differences[:, part], first, second)
    for k in np.argsort(score, kind="stable"):
        yield int(first[k]), int(second[k])


def _score(wanted: Floats, differences: Floats, first: Indices, second: Indices) -> Floats:
    """How badly each pair explains one part: 0 where exactly, up to 1 by what is left over, 2 beyond all."""
    size = float(np.linalg.norm(wanted))
    acts = np.abs(differences).max(1) > EXACT * max(np.abs(wanted).max(), EXACT)
    if size == 0:
        return np.asarray(2.0 * (acts[first] | acts[second]))
    left = _left_over(wanted, differences)[first, second] / size
    score = np.where(left < EXACT, 0, 1 + np.log10(np.clip(left, EXACT, 1)) / 16)
    return np.where(acts[first] | acts[second], score, 2.0)


def _left_over(wanted: Floats, differences: Floats) -> Floats:
    """|wanted − a − b| of all pairs, (n, n). Small ones are computed anew: squares cannot resolve them."""
    gram, along = differences @ differences.T, differences @ wanted
    own = np.diagonal(gram) - 2 * along
    squares = wanted @ wanted + own[:, None] + own[None, :] + 2 * gram
    left = np.sqrt(np.maximum(squares, 0))
    near = np.argwhere(squares < 1e-12 * (wanted @ wanted))
    for a, b in near[:20000]:
        left[a, b] = np.linalg.norm(wanted - differences[a] - differences[b])
    return np.asarray(left)
