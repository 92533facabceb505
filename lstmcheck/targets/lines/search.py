"""The wrong lines of a target, one after the other: each is repaired, so that the next one shows."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.blame import Accused, Blame
from lstmcheck.targets.lines.events import Event, Occurrence, Repair
from lstmcheck.targets.lines.vocabulary import Vocabulary
from lstmcheck.targets.lines.watched_run import Runs, Seen

MOST_RUNS = 400
"""A run of a step takes a millisecond or two; of three steps, five."""
MOST_REPAIRS = 60


@dataclass(frozen=True, eq=False)
class Found:
    """A wrong expression, as it was first seen: what it read was right, or repaired."""

    event: Event
    need: Numbers
    repairs: Mapping[Occurrence, Repair]
    """With which it was seen."""


class Search:
    def __init__(self, runs: Runs, vocabulary: Vocabulary) -> None:
        self.runs, self.vocabulary = runs, vocabulary
        self.repairs: dict[Occurrence, Repair] = {}
        self.suspects: set[ast.stmt] = set()
        self._scores: dict[tuple[tuple[Occurrence, Any], ...], tuple[int, int] | None] = {}

    def found(self) -> list[Found]:
        """By place, in the order in which they were found."""
        by_place: dict[int, Found] = {}
        self.left: frozenset[str] = frozenset()
        while len(self.repairs) < MOST_REPAIRS and self.runs.count < MOST_RUNS:
            seen = self.runs.seen(self.repairs)
            if seen is None:
                break
            self.left = seen.wrong
            if not seen.wrong:
                break
            accused = self._first(seen)
            if accused is None:
                break
            number = accused.event.place.number
            if number not in by_place or not by_place[number].need.any():
                by_place[number] = Found(accused.event, accused.need, dict(self.repairs))
            choices = self._blame.repairs_of(accused)
            self.repairs |= choices[max(range(len(choices)), key=lambda k: self.gain(choices[k]))]
            self.suspects.add(accused.event.place.statement)
        return list(by_place.values())

    def _first(self, seen: Seen) -> Accused | None:
        """The first in the order of execution that is certain, and of which the repair does good alone."""
        self._scores.clear()
        self._now = seen
        blame = self._blame = Blame(seen.events, self.vocabulary, seen.producer, self.gain, self.suspects)
        whole = seen.producer(seen.result)
        if whole is None:
            return None
        accused = {each.event.key: each for each in blame.of(whole, self.runs.right) if each.certain}
        for each in sorted(accused.values(), key=lambda each: each.event.number):
            if each.event.key not in self.repairs and blame.gain(each) > 0:
                return each
        return None

    def gain(self, repairs: Mapping[Occurrence, Repair]) -> float:
        """How many results and values some repairs set right; negative where they spoil a result."""
        mark = tuple(
            (key, need.tobytes() if isinstance(need, np.ndarray) else need)
            for key, need in sorted(repairs.items(), key=lambda each: each[0])
        )
        if mark not in self._scores:
            found = self.runs.seen({**self.repairs, **repairs}) if self.runs.count < MOST_RUNS else None
            spoilt = found is None or not found.wrong <= self._now.wrong
            self._scores[mark] = None if spoilt or found is None else (len(found.wrong), found.strangeness)
        score = self._scores[mark]
        if score is None:
            return -1.0
        return float(1000 * (len(self._now.wrong) - score[0]) + self._now.strangeness - score[1])
