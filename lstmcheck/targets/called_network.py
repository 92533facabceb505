"""Derivatives by single entries of a foreign forward pass: one call for each evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain
from queue import SimpleQueue
from typing import TypeVar

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.processes import on_threads
from lstmcheck.reference.network import Measured
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.targets.running.session import Session
from lstmcheck.targets.target import Target
from lstmcheck.tolerances.differences import FIRST_CONFIRMED_CALLS
from lstmcheck.tolerances.precision import COMPLEX_STEP

Advance = Callable[[int, int], None]
PORTIONS = 8
"""For each process: few enough to send, enough to keep all of them busy and the progress moving."""
Item = TypeVar("Item")
Result = TypeVar("Result")
Derivatives = Callable[[Target, ArrayInfo, Indices, Floats], Iterator[float]]


class TargetNetwork:
    """Evaluates a target, in one process or in several that have opened it."""

    def __init__(
        self, target: Target, advance: Advance | None = None, sessions: Sequence[Session] = ()
    ) -> None:
        self.targets = [target, *(replace(target, session=session) for session in sessions)]
        self.advance = advance or (lambda done, expected: None)
        self.evaluations = 0
        self.expected = 0
        self.confirmed_first = FIRST_CONFIRMED_CALLS
        ours = NudgedNetwork(target.case)
        self._ours = ours if ours.has_kinks else None

    @property
    def has_kinks(self) -> bool:
        """Whether some activation that the configuration names is not twice differentiable everywhere."""
        return self._ours is not None

    def central(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Measured:
        """Central differences by the entries (flat indices) of one array, each with its own step."""
        value = self._map(differences, info, entries, steps, 2)
        return Measured(value, self._kinked(info, entries, steps))

    def complex_step(self, info: ArrayInfo, entries: Indices) -> Measured:
        """Im L(θ + is)/s by the entries of one array."""
        value = self._map(complex_steps, info, entries, np.full(len(entries), COMPLEX_STEP), 1)
        kinked = np.zeros(len(entries), bool)
        if self._ours is not None:
            kinked = self._ours.complex_step(info, entries).kinked
        return Measured(value, kinked)

    def _kinked(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Flags:
        """Kinks are looked for in our own network: the target does not show its pre-activations."""
        if self._ours is None:
            return np.zeros(len(entries), bool)
        return self._ours.central(info, entries, steps).kinked

    def _map(
        self, kind: Derivatives, info: ArrayInfo, entries: Indices, steps: Floats, evaluations: int
    ) -> Floats:
        """One derivative after the other, or portions of them in several processes at once."""
        self.expected = max(self.expected, self.evaluations + evaluations * len(entries))
        values = np.zeros(len(entries))
        with np.errstate(all="ignore"):
            for k, value in self._each(kind, info, entries, steps):
                values[k] = value
                self.count(evaluations)
        return values

    def _each(
        self, kind: Derivatives, info: ArrayInfo, entries: Indices, steps: Floats
    ) -> Iterator[tuple[int, float]]:
        """Positions in `entries` and the derivatives there."""
        if len(self.targets) == 1:
            yield from enumerate(kind(self.targets[0], info, entries, steps))
            return

        def portion(target: Target, part: Indices) -> list[tuple[int, float]]:
            found = list(kind(target, info, entries[part], steps[part]))
            return list(zip(part.tolist(), found, strict=True))

        parts = np.array_split(np.arange(len(entries)), PORTIONS * len(self.targets))
        yield from chain.from_iterable(self.spread(portion, [part for part in parts if len(part)]))

    def spread(self, work: Callable[[Target, Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """The results of all items, in their order: in this process, or in several at once."""
        idle: SimpleQueue[Target] = SimpleQueue()
        for target in self.targets:
            idle.put(target)

        @np.errstate(all="ignore")
        def one(item: Item) -> Result:
            target = idle.get()
            try:
                return work(target, item)
            finally:
                idle.put(target)

        if len(self.targets) == 1:
            yield from map(one, items)
            return
        try:
            with closing(on_threads(one, items, len(self.targets), self._stop)) as results:
                yield from results
        except BaseException:
            for target in self.targets:
                target.session.close()  # whoever asks again starts anew
            raise

    def _stop(self) -> None:
        for target in self.targets:
            target.session.stop()

    def count(self, evaluations: int) -> None:
        """Tell that so many more evaluations were made."""
        self.evaluations += evaluations
        self.expected = max(self.expected, self.evaluations)
        self.advance(self.evaluations, self.expected)


def differences(target: Target, info: ArrayInfo, entries: Indices, steps: Floats) -> Iterator[float]:
    """Central differences of a target's loss, by one flat index after the other.

    The step is the one between the two numbers that the target really gets.
    """
    middle = target.arrays[info.name].ravel()[entries]
    high, low = target.represented(middle + steps), target.represented(middle - steps)
    both = np.stack([high, low], axis=1).ravel()
    passes = target.session.moved(target.inputs, info.name, np.repeat(entries, 2), both)
    for width, plus in zip(high - low, passes, strict=False):
        yield float(np.float64(target.difference(plus, next(passes)).sum()) / width)


def complex_steps(target: Target, info: ArrayInfo, entries: Indices, steps: Floats) -> Iterator[float]:
    """Im L(θ + is)/s of a target's loss, by one flat index after the other."""
    values = target.arrays[info.name].ravel()[entries] + 1j * steps
    for step, ran in zip(steps, target.session.moved(target.inputs, info.name, entries, values), strict=True):
        yield float(np.imag(target.shares(ran)).sum() / step)
