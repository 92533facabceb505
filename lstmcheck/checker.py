"""A configuration in, a report out: measures every array of the network and judges every gate."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lstmcheck.cases import make_case
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.gates import gate_results, undecided
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Floats, Indices, Numbers
from lstmcheck.measure import METHODS, Given, Measurement, Measurer
from lstmcheck.memory import refuse_what_cannot_fit
from lstmcheck.reference.complex_step import complex_step_agrees
from lstmcheck.reference.evaluate import NudgedNetwork
from lstmcheck.reference.noise import backward_rounding, loss_noise
from lstmcheck.results import Method, Report, Values
from lstmcheck.subject import Subject

Progress = Callable[[int, int], None]
"""Called with evaluations done and evaluations expected, which may grow."""


def check(
    config: Config,
    *,
    progress: Progress | None = None,
    backward: type[Backward] = Backward,
    threads: int | None = None,
    processes: int = 1,
    functions: Sequence[Callable[..., Any]] | None = None,
) -> Report:
    """Compare the analytic backward pass with the reference, entry by entry.

    With `target` in the configuration the target's own functions are checked, on so many `processes`;
    `functions` are those, if they are in no file: in the order of the protocol's names. Otherwise our
    network is, with `backward` as the backward pass. `threads`: one for each core unless given; the report
    does not depend on it. Raises LstmcheckError for a bad .npz, for sizes that do not fit in memory, for
    a target that cannot be run, and where nothing would be checked.
    """
    started = time.perf_counter()
    refuse_what_cannot_fit(config)
    # What overflows is told by the verdict.
    with np.errstate(all="ignore"), _threads(threads or available_cores()) as pool:
        if config.target is None:
            return _Check(_ours(config, backward, pool, progress)).report(started)
        # A target is imported when there is one.
        from lstmcheck.targets.check import opened

        with opened(config, progress, processes, functions) as subject:
            return _Check(subject).report(started)


def _ours(
    config: Config, backward: type[Backward], pool: Executor | None, progress: Progress | None
) -> Subject:
    """Our own network as the subject."""
    case = make_case(config)
    analytic = case.gradients(backward)
    return Subject(
        config=config,
        case=case,
        network=NudgedNetwork(case, pool, progress),
        function=case,
        outputs=case.results(),
        analytic=analytic,
        rounding=backward_rounding(case, config.seed),
        right=analytic if backward is Backward else case.gradients(),
    )


class _Check:
    """One run of `check`: the subject, the entries in question, and how to measure them."""

    def __init__(self, subject: Subject) -> None:
        self.subject, self.config, self.case = subject, subject.config, subject.case
        self.network = subject.network
        self.noise = loss_noise(subject.function, self.config.seed)
        self.trusted = self._trusted()
        self.infos = [i for i in chosen_arrays(self.config, self.case) if i.name in subject.analytic]
        self.entries = {info.name: self._entries(info) for info in self.infos}

    def _trusted(self) -> bool:
        try:
            foreign = self.subject.answers is not None
            return complex_step_agrees(self.subject.function, self.noise, self.config.seed, foreign)
        except LstmcheckError:  # a target that takes no complex numbers
            return False

    def _entries(self, info: ArrayInfo) -> Indices:
        """The chosen entries, without those of gates that did not come back."""
        entries = chosen_entries(self.config, info)
        missing = [info.gates.index(gate) for gate in self.subject.missing_gates.get(info.name, "")]
        return entries[~np.isin(info.row_of(entries), missing)]

    def report(self, started: float) -> Report:
        measurer = self._measurer()
        measurements = [self._measure(measurer, info) for info in self.infos]
        gates = tuple(gate for found in measurements for gate in gate_results(found))
        if not any(gate.entries for gate in gates):
            raise LstmcheckError(
                "no entry was checked.", remedy="Name blocks in check.blocks that the network has."
            )
        if reason := self.subject.undecidable:
            gates = tuple(undecided(gate, reason) for gate in gates)
        return Report(
            self.config,
            gates,
            self._method(measurements),
            time.perf_counter() - started,
            tuple(self._not_covered()),
            _values(self.subject, measurements),
            self.case,
            target=self.subject.answers,
        )

    def _not_covered(self) -> Iterator[str]:
        yield from (info.name for info in self.case.infos if info not in self.infos)
        for name, gates in self.subject.missing_gates.items():
            yield from (f"{name}_{gate}" for gate in gates)
        yield from self.subject.uncovered

    def _measurer(self) -> Measurer:
        if self.config.check.reference == "complex" and not self.trusted:
            raise LstmcheckError(
                "the complex step disagrees with central differences along random directions.",
                where="check.reference",
                remedy="Use reference: central.",
            )
        step = self.config.check.step
        self.network.expected = 2 * sum(map(len, self.entries.values()))
        return Measurer(
            self.network,
            self.noise,
            rtol=self.config.check.rtol,
            step=None if step == "auto" else step,
            complex_step=self.trusted,
        )

    def _measure(self, measurer: Measurer, info: ArrayInfo) -> Measurement:
        subject, entries = self.subject, self.entries[info.name]
        given = Given(
            info,
            entries,
            info.row_of(entries),
            subject.analytic[info.name].ravel()[entries],
            subject.rounding[info.name],
            float(np.max(np.abs(subject.right[info.name]), initial=0)),
            subject.imprecise,
        )
        if self._complex_throughout():
            return measurer.by_complex_step(given)
        return measurer.by_differences(given, generator(self.config.seed, f"sample {info.name}"))

    def _complex_throughout(self) -> bool:
        check = self.config.check
        wanted = self.subject.one_number and self.trusted and check.step == "auto"
        return check.reference == "complex" or wanted

    def _method(self, measurements: list[Measurement]) -> Method:
        methods = np.concatenate([found.method for found in measurements])
        steps = np.concatenate([found.steps[found.method == 0] for found in measurements])
        check = self.config.check
        return Method(
            reference=check.reference,
            step=check.step if check.step != "auto" else float(np.median(steps)) if len(steps) else None,
            noise=self.noise,
            evaluations=self.network.evaluations,
            complex_step_trusted=self.trusted,
            entries={name: int((methods == k).sum()) for k, name in enumerate(METHODS)},
        )


def chosen_arrays(config: Config, case: Case) -> list[ArrayInfo]:
    """The arrays to check."""
    wanted = config.check.blocks
    return [info for info in case.infos if wanted == "all" or info.block in wanted]


def chosen_entries(config: Config, info: ArrayInfo) -> Indices:
    """Flat indices of the entries to check: all that have an effect, or some of each gate."""
    every = np.arange(info.size)
    if config.lstm.coupled and "f" in info.gates:
        every = every[info.row_of(every) != info.gates.index("f")]
    count = config.check.entries
    if count == "all":
        return every
    random = generator(config.seed, f"entries {info.name}")
    rows = info.row_of(every)
    some = [random.permutation(every[rows == row])[:count] for row in np.unique(rows)]
    return np.sort(np.concatenate(some))


def _values(subject: Subject, measurements: list[Measurement]) -> Values:
    inputs, case = ("x", "h0", "c0"), subject.case
    prefix = "d" if case.loss.kind == "projection" else "target"
    reference = {found.given.info.name: _spread_out(found, found.value) for found in measurements}
    uncertainty = {found.given.info.name: _spread_out(found, found.uncertainty) for found in measurements}
    return Values(
        parameters={name: a for name, a in case.arrays.items() if name not in inputs},
        inputs={name: case.arrays[name] for name in inputs}
        | {f"{prefix}_{part}": _as_in_files(target) for part, target in case.loss.targets.items()},
        outputs=subject.outputs,
        analytic=subject.analytic,
        reference=reference,
        uncertainty=uncertainty,
    )


def _as_in_files(target: Numbers) -> Numbers:
    """Class labels lose the last axis that the loss gives them."""
    return target[..., 0] if np.issubdtype(target.dtype, np.integer) else target


def _spread_out(found: Measurement, values: Floats) -> Floats:
    """Values of the checked entries in the shape of their array, NaN elsewhere."""
    array = np.full(found.given.info.shape, np.nan)
    array.ravel()[found.given.entries] = values
    return array


@contextmanager
def _threads(count: int) -> Iterator[Executor | None]:
    """Some threads, with one BLAS thread each: portions are small, and results must not
    depend on how BLAS would share them out."""
    with threadpool_limits(1, user_api="blas"):
        if count == 1:
            yield None
            return
        pool = ThreadPoolExecutor(count)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def available_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1
