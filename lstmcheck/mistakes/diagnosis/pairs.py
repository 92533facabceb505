"""Two mistakes at once: pairs are ordered by how well two single differences add up, then replayed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmcheck.lstm.types import Floats, Indices
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake, clash, compose
from lstmcheck.tolerances.diagnosis import LIKELIEST_PAIRS, MATCH, PAIRS_WORK, SQUARES_RESOLVE, STEP_OVERHEAD

Pair = tuple[int, int]


class PairSearch:
    """All pairs of some mistakes on one replay; `differences` holds a row for each mistake.

    `most`: how many pairs are replayed, rather than as many as PAIRS_WORK allows.
    """

    def __init__(
        self, replay: Replay, mistakes: Sequence[Mistake], differences: Floats, *, most: int | None = None
    ) -> None:
        usable = np.flatnonzero(np.isfinite(differences).all(1) & differences.any(1))
        self.replay, self.differences = replay, differences[usable]
        self.mistakes = [mistakes[int(k)] for k in usable]
        self.first, self.second = np.triu_indices(len(self.mistakes), 1)
        terms = [mistake.terms() for mistake in self.mistakes]
        both = zip(self.first, self.second, strict=True)
        self._meet = np.array([bool(terms[one] & terms[other]) for one, other in both])
        self.most = affordable(replay) if most is None else most
        self._parts = [_Part(self, where) for where in _sections(replay)]

    @property
    def tried(self) -> str:
        """What a search that finds nothing has looked through, in words."""
        every = len(self.first)
        return (
            f"all {every:,} pairs"
            if self.most >= every
            else f"the likeliest {self.most:,} of {every:,} pairs"
        )

    def find(self, wanted: Floats, match: float = MATCH) -> list[Explanation]:
        """The pairs that reproduce the wanted difference to `match`; none where nothing does, or not
        distinctly."""
        for k in self._in_order(wanted)[: self.most]:
            pair = int(self.first[k]), int(self.second[k])
            found = self._replayed(pair, wanted)
            if found and found.residual < match:
                return self._with_relatives(pair, wanted, match)
        return []

    def _in_order(self, wanted: Floats) -> Indices:
        """The likeliest pairs, then those that meet in one term and need not add up, then the others."""
        likely = self._likely_first(wanted)
        first, rest = likely[:LIKELIEST_PAIRS], likely[LIKELIEST_PAIRS:]
        meet = self._meet[rest]
        return np.concatenate([first, rest[meet], rest[~meet]])

    def _likely_first(self, wanted: Floats) -> Indices:
        """Pairs, those first whose differences add up to the wanted one in the most parts of the network.

        Two mistakes rarely interact everywhere: where only one of them acts, or each acts on other
        numbers, their differences add exactly.
        """
        score = np.zeros(len(self.first))
        for part in self._parts:
            score += part.score(wanted)
        return np.argsort(score, kind="stable")

    def _replayed(self, pair: Pair, wanted: Floats) -> Explanation | None:
        """Both mistakes in one backward pass; None where one would hide the other."""
        one, other = (self.mistakes[k] for k in pair)
        if clash(one, other):
            return None
        return Explanation((one, other), residual(wanted, self.replay.difference(compose((one, other)))))

    def _with_relatives(self, pair: Pair, wanted: Floats, match: float) -> list[Explanation]:
        """A pair that matches, and those that share one of its mistakes and match as well."""
        everything = range(len(self.mistakes))
        related = {(min(mine, k), max(mine, k)) for mine in pair for k in everything if k != mine}
        candidates = (self._replayed(each, wanted) for each in sorted(related))
        return best_group((found for found in candidates if found), match)


class _Part:
    """One part of the network: how well each pair adds up there."""

    def __init__(self, search: PairSearch, where: Indices) -> None:
        self.where = where
        self.first, self.second = search.first, search.second
        self.differences = search.differences[:, where]
        largest = np.abs(self.differences).max(1, initial=0)
        self.acts = largest[self.first], largest[self.second]
        gram = self.differences @ self.differences.T
        own = np.diagonal(gram)
        self.squares = own[self.first] + own[self.second] + 2 * gram[self.first, self.second]

    def score(self, wanted: Floats) -> Floats:
        """0 where a pair explains the part exactly, then by what is left over, 2 where it cannot be right."""
        mine = wanted[self.where]
        reach = MATCH * max(float(np.abs(mine).max()), MATCH)
        acts = (self.acts[0] > reach) | (self.acts[1] > reach)
        if not mine.any():
            return np.asarray(2.0 * acts)
        left = self._left_over(mine) / np.linalg.norm(mine)
        graded = 1 + np.log10(np.clip(left, MATCH, 1)) / 16
        return np.where(acts, np.where(left < MATCH, 0, graded), 2.0)

    def _left_over(self, wanted: Floats) -> Floats:
        """|wanted − a − b| of all pairs. Small ones are computed anew: squares cannot resolve them."""
        along, size = self.differences @ wanted, wanted @ wanted
        squares = size + self.squares - 2 * (along[self.first] + along[self.second])
        left = np.asarray(np.sqrt(np.maximum(squares, 0)))
        near = np.flatnonzero(squares < SQUARES_RESOLVE * size)
        sums = self.differences[self.first[near]] + self.differences[self.second[near]]
        left[near] = np.linalg.norm(wanted - sums, axis=1)
        return left


def affordable(replay: Replay) -> int:
    """How many backward passes are worth their time."""
    length, batch, _ = replay.case.arrays["x"].shape
    spec = replay.case.spec
    cells = len(spec.cells)
    entries = sum(array.size for array in replay.case.arrays.values()) + 4 * batch * spec.hidden_size * cells
    return max(1, PAIRS_WORK // int(length * (STEP_OVERHEAD * cells + entries)))


def _sections(replay: Replay) -> list[Indices]:
    return [np.flatnonzero(replay.sections == section) for section in np.unique(replay.sections)]
