"""Any number of mistakes at once: found one after the other, by the rows that each explains.

An easy question shows few of them, and there each explains rows of its own. What is found there stays for the
next question, where one of several that looked alike may give way to another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.types import Flags
from lstmcheck.mistakes.diagnosis.scene import Scene
from lstmcheck.mistakes.mistake import Mistake, compose
from lstmcheck.tolerances.diagnosis import MOST_MISTAKES, REPLAY_OVERHEAD, SETS_WORK

Together = frozenset[str]
"""Ids of mistakes that are there at once."""


@dataclass(frozen=True)
class _Seen:
    """What a set of mistakes makes of one scene."""

    rows: Flags
    signature: float
    """Equal for equal gradients."""
    changed: int
    """Rows that are not the right ones."""

    @property
    def count(self) -> int:
        return int(self.rows.sum())


class SetSearch:
    """The scenes in the order in which they are looked at, the checked one last."""

    def __init__(self, scenes: Sequence[Scene], mistakes: Sequence[Mistake], work: int = SETS_WORK) -> None:
        self.scenes, self.work = scenes, work
        self.climbed = self.easier = frozenset[str]()
        """Those found so far, also such as explain nothing of what was checked; and before the last scene."""
        self.mistakes = {mistake.id: mistake for mistake in mistakes}
        self._seen: dict[tuple[Together, int], _Seen] = {}
        self._weights = [np.random.default_rng(0).standard_normal(len(s.right)) for s in scenes]

    @property
    def exhausted(self) -> bool:
        """Whether no work is left."""
        return self.work <= 0

    @property
    def looked_at(self) -> set[Together]:
        """Sets of two and more that were replayed."""
        return {chosen for chosen, _ in self._seen if len(chosen) > 1}

    def find(self) -> Together:
        """The mistakes that together explain the most rows."""
        for k in range(len(self.scenes)):
            self.easier, self.climbed = self.climbed, self._climbed(self.climbed, k)
        return self._needed(self.climbed)

    def explained(self, chosen: Together, k: int = -1) -> Flags:
        """Rows of a scene, the checked one unless told, that some mistakes together explain."""
        return self._look(chosen, k % len(self.scenes)).rows

    def backward(self, chosen: Together) -> type[Backward]:
        """The backward pass that has them all."""
        return compose([self.mistakes[name] for name in sorted(chosen)]) if chosen else Backward

    def alternatives(self, chosen: Together) -> Iterator[Together]:
        """Sets with one of the mistakes in the place of another, that explain as many rows of all scenes."""
        every = range(len(self.scenes))
        for other in self._swaps(chosen):
            if self.exhausted:
                break
            if all(self._look(other, k).count >= self._look(chosen, k).count for k in reversed(every)):
                yield other

    def _climbed(self, chosen: Together, k: int) -> Together:
        """Improved by one change after the other, until none explains more rows of scene k."""
        while not self._look(chosen, k).rows.all() and not self.exhausted:
            better = self._better(chosen, k)
            if better is None:
                break
            chosen = better
        return chosen

    def _better(self, chosen: Together, k: int) -> Together | None:
        ways = (self._additions, self._swaps, self._pairs, self._anew)
        for ways_to_change in ways:
            best = self._best(ways_to_change(chosen, k), chosen, k)
            if best is not None:
                return best
        return None

    def _best(self, candidates: Iterator[Together], chosen: Together, k: int) -> Together | None:
        """The candidate that explains the most rows of scene k, and loses none of the scenes before."""
        current = self._look(chosen, k).count
        best: Together | None = None
        score: tuple[int, ...] = ()
        for each in candidates:
            if self.exhausted:
                break
            count = self._look(each, k).count
            if count > current and (not score or count >= score[0]) and self._keeps(each, chosen, k):
                # Of those that look alike here, the one that explains more of what comes, by less.
                mine = (count, -len(each), *self._ahead(each, k))
                if mine > score:
                    best, score = each, mine
        return best

    def _keeps(self, each: Together, chosen: Together, k: int) -> bool:
        return all(self._look(each, j).count >= self._look(chosen, j).count for j in range(k))

    def _ahead(self, each: Together, k: int) -> tuple[int, int]:
        seen = [self._look(each, j) for j in range(k, len(self.scenes))]
        return sum(one.count for one in seen), -sum(one.changed for one in seen)

    def changed(self, chosen: Together) -> int:
        """Rows of the checked scene that a set makes wrong."""
        return self._look(chosen, len(self.scenes) - 1).changed

    def _additions(self, chosen: Together, k: int = 0) -> Iterator[Together]:
        if len(chosen) < MOST_MISTAKES:
            yield from (chosen | {name} for name in self.mistakes if name not in chosen)

    def _swaps(self, chosen: Together, k: int = 0) -> Iterator[Together]:
        for name in sorted(chosen):
            yield from self._additions(chosen - {name})

    def _pairs(self, chosen: Together, k: int) -> Iterator[Together]:
        """Two more at once: of each that changes something here, but nothing that is explained."""
        before = self._look(chosen, k)
        kinds: dict[float, str] = {}
        for each in self._additions(chosen):
            after = self._look(each, k)
            if after.signature != before.signature and (after.rows >= before.rows).all():
                kinds.setdefault(after.signature, next(iter(each - chosen)))
        yield from (chosen | set(pair) for pair in combinations(kinds.values(), 2))

    def _anew(self, chosen: Together, k: int) -> Iterator[Together]:
        """Without one, and what is then found in its place, scene by scene: one for all gates may be some."""
        for name in sorted(chosen):
            several = len(self.mistakes[name].derivatives()) > 1
            others = {
                other: mistake
                for other, mistake in self.mistakes.items()
                if other != name and not (several and len(mistake.derivatives()) > 1)
            }
            mistakes, self.mistakes = self.mistakes, others
            found = chosen - {name}
            for j in range(k + 1):
                while (better := self._best(self._additions(found), found, j)) is not None:
                    found = better
            self.mistakes = mistakes
            yield found

    def _needed(self, chosen: Together) -> Together:
        """Without those that explain nothing of what was checked."""
        last = len(self.scenes) - 1
        for name in sorted(chosen):
            if self._look(chosen - {name}, last).count >= self._look(chosen, last).count:
                chosen = chosen - {name}
        return chosen

    def _look(self, chosen: Together, k: int) -> _Seen:
        if (chosen, k) not in self._seen:
            self._seen[chosen, k] = self._replayed(chosen, self.scenes[k], k)
        return self._seen[chosen, k]

    def _replayed(self, chosen: Together, scene: Scene, k: int) -> _Seen:
        self.work -= scene.work + REPLAY_OVERHEAD
        try:
            answer = scene.answer(self.backward(chosen))
        except LstmcheckError:  # two that replace the same term
            return _Seen(np.zeros(len(scene.labels), bool), np.nan, len(scene.labels))
        signature = float(answer @ self._weights[k])
        return _Seen(scene.explained(answer), signature, scene.changed(answer))
