"""Derivatives by single entries of a foreign forward pass: one call for each evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Flags, Floats, Indices
from lstmcheck.reference.evaluate import COMPLEX_STEP, Measured, NudgedNetwork
from lstmcheck.targets.target import Target, open_target

if TYPE_CHECKING:
    from pebble import ProcessPool

Advance = Callable[[int, int], None]
PORTIONS = 8
"""For each process: few enough to send, enough to keep all of them busy and the progress moving."""


class TargetNetwork:
    """Evaluates a target, here or on a pool of processes that have opened it too."""

    def __init__(self, target: Target, advance: Advance | None = None, pool: Pool | None = None) -> None:
        self.target, self.pool = target, pool
        self.advance = advance or (lambda done, expected: None)
        self.evaluations = 0
        self.expected = 0
        self.confirmed_first = 4  # each evaluation is a call
        ours = NudgedNetwork(target.case)
        self._ours = ours if ours.has_kinks else None

    @property
    def has_kinks(self) -> bool:
        """Whether some activation that the configuration names is not twice differentiable everywhere."""
        return self._ours is not None

    def central(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Measured:
        """Central differences by the entries (flat indices) of one array, each with its own step."""
        value = self._map("central", info, entries, steps, 2)
        return Measured(value, self._kinked(info, entries, steps))

    def complex_step(self, info: ArrayInfo, entries: Indices) -> Measured:
        """Im L(θ + is)/s by the entries of one array."""
        value = self._map("complex", info, entries, np.full(len(entries), COMPLEX_STEP), 1)
        kinked = np.zeros(len(entries), bool)
        if self._ours is not None:
            kinked = self._ours.complex_step(info, entries).kinked
        return Measured(value, kinked)

    def _kinked(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Flags:
        """Kinks are looked for in our own network: the target does not show its pre-activations."""
        if self._ours is None:
            return np.zeros(len(entries), bool)
        return self._ours.central(info, entries, steps).kinked

    def _map(self, kind: str, info: ArrayInfo, entries: Indices, steps: Floats, evaluations: int) -> Floats:
        """One derivative after the other, or portions of them in processes."""
        self.expected = max(self.expected, self.evaluations + evaluations * len(entries))
        if self.pool is None:
            return np.array(list(self._here(kind, info, entries, steps, evaluations)))
        portions = np.array_split(np.arange(len(entries)), PORTIONS * self.pool.processes)
        jobs = [(kind, info, entries[part], steps[part]) for part in portions if len(part)]
        parts = []
        for values in self.pool.map(jobs):
            parts.append(values)
            self._count(evaluations * len(values))
        return np.concatenate(parts) if parts else np.zeros(0)

    def _here(
        self, kind: str, info: ArrayInfo, entries: Indices, steps: Floats, evaluations: int
    ) -> Iterator[float]:
        for value in derivatives(self.target, kind, info, entries, steps):
            yield value
            self._count(evaluations)

    def _count(self, evaluations: int) -> None:
        self.evaluations += evaluations
        self.expected = max(self.expected, self.evaluations)
        self.advance(self.evaluations, self.expected)


def derivatives(
    target: Target, kind: str, info: ArrayInfo, entries: Indices, steps: Floats
) -> Iterator[float]:
    """Derivatives by the flat `entries` of one array, one after the other."""
    derivative = Derivative(target)
    with target.adapter.call.session():
        for entry, step in zip(entries, steps, strict=True):
            yield derivative.by(kind, info, int(entry), float(step))


class Derivative:
    """Derivatives of a target's loss by one entry."""

    def __init__(self, target: Target) -> None:
        self.target = target

    @np.errstate(all="ignore")
    def by(self, kind: str, info: ArrayInfo, entry: int, step: float) -> float:
        """Central difference, or complex step, by one flat index."""
        if kind == "complex":
            moved, _ = self._moved(info, entry, 1j * step)
            return float(self.target.shares(self.target.at(moved)).sum().imag) / step
        (above, high), (below, low) = (self._moved(info, entry, sign * step) for sign in (1, -1))
        plus, minus = self.target.at(above), self.target.at(below)
        return float(self.target.difference(plus, minus).sum()) / float((high - low).real)

    def _moved(self, info: ArrayInfo, entry: int, step: complex) -> tuple[Arrays, Any]:
        """All arrays with one entry moved, and what that entry is now: the step as represented."""
        array = self.target.arrays[info.name].astype(np.result_type(type(step), float))
        array.ravel()[entry] += step
        return {**self.target.arrays, info.name: array}, array.ravel()[entry]


class Pool:
    """Processes that have opened the same target; what goes wrong in one is raised here."""

    def __init__(self, pool: ProcessPool, processes: int) -> None:
        self._pool, self.processes = pool, processes

    def map(self, jobs: list[tuple[str, ArrayInfo, Indices, Floats]]) -> Iterator[Floats]:
        """The derivatives of each job, in order."""
        from pebble import ProcessExpired

        futures = [self._pool.schedule(_in_process, job) for job in jobs]
        for future in futures:
            try:
                yield future.result()
            except ProcessExpired:
                raise LstmcheckError(
                    "a process that ran the target died.", remedy="Run it with --jobs 1 to see where."
                ) from None


@contextmanager
def processes(config: Config, count: int) -> Iterator[Pool | None]:
    """A pool of `count` processes with the configuration's target; None for one, which is this process."""
    if count == 1:
        yield None
        return
    import multiprocessing

    from pebble import ProcessPool

    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(max_workers=count, initializer=_open, initargs=(config,), context=context)
    try:
        yield Pool(pool, count)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


_opened: Target | None = None


def _open(config: Config) -> None:
    """Once in each process."""
    import signal

    from threadpoolctl import threadpool_limits

    global _opened
    # Ctrl-C reaches the whole group: the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1, user_api="blas")
    _opened = open_target(config)


def _in_process(kind: str, info: ArrayInfo, entries: Indices, steps: Floats) -> Floats:
    assert _opened is not None
    return np.array(list(derivatives(_opened, kind, info, entries, steps)))
