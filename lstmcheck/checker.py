"""A configuration in, a report out: measures every array of the network and judges every gate."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
from threadpoolctl import threadpool_limits

from lstmcheck.cases import make_case
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.gates import gate_results
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo, generator
from lstmcheck.lstm.types import Arrays, Floats, Indices, Numbers
from lstmcheck.measure import METHODS, Given, Measurement, Measurer
from lstmcheck.memory import refuse_what_cannot_fit
from lstmcheck.reference.complex_step import complex_step_agrees
from lstmcheck.reference.evaluate import NudgedNetwork
from lstmcheck.reference.noise import backward_rounding, loss_noise
from lstmcheck.results import Method, Report, Values

Progress = Callable[[int, int], None]
"""Called with evaluations done and evaluations expected, which may grow."""


def check(
    config: Config,
    *,
    progress: Progress | None = None,
    backward: type[Backward] = Backward,
    threads: int | None = None,
) -> Report:
    """Compare the analytic backward pass with the reference, entry by entry.

    `backward` is the backward pass to be checked. `threads`: one for each core unless given; the report
    does not depend on it. Raises LstmcheckError for a bad .npz, for sizes that do
    not fit in memory, and where nothing would be checked.
    """
    started = time.perf_counter()
    refuse_what_cannot_fit(config)
    case = make_case(config)
    # What overflows is told by the verdict.
    with np.errstate(all="ignore"), _threads(threads or available_cores()) as pool:
        return _Check(config, case, pool, progress).report(backward, started)


class _Check:
    """One run of `check`: the case, the entries in question, and how to measure them."""

    def __init__(self, config: Config, case: Case, pool: Executor | None, progress: Progress | None) -> None:
        self.config, self.case = config, case
        self.network = NudgedNetwork(case, pool, progress)
        self.noise = loss_noise(case, config.seed)
        self.trusted = complex_step_agrees(case, self.noise, config.seed)
        self.infos = chosen_arrays(config, case)
        self.entries = {info.name: chosen_entries(config, info) for info in self.infos}

    def report(self, backward: type[Backward], started: float) -> Report:
        analytic = self.case.gradients(backward)
        rounding = backward_rounding(self.case, self.config.seed)
        right = analytic if backward is Backward else self.case.gradients()
        measurer = self._measurer()
        measurements = [self._measure(measurer, info, analytic, rounding, right) for info in self.infos]
        gates = tuple(gate for found in measurements for gate in gate_results(found))
        if not any(gate.entries for gate in gates):
            raise LstmcheckError("no entry was checked.", remedy="Name blocks that the network has.")
        return Report(
            self.config,
            gates,
            self._method(measurements),
            time.perf_counter() - started,
            tuple(info.name for info in self.case.infos if info not in self.infos),
            _values(self.case, analytic, measurements),
        )

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

    def _measure(
        self, measurer: Measurer, info: ArrayInfo, analytic: Arrays, rounding: Arrays, right: Arrays
    ) -> Measurement:
        entries, name = self.entries[info.name], info.name
        checked = analytic[name].ravel()[entries]
        largest = float(np.max(np.abs(right[name]), initial=0))
        given = Given(info, entries, info.row_of(entries), checked, rounding[name], largest)
        if self.config.check.reference == "complex":
            return measurer.by_complex_step(given)
        return measurer.by_differences(given, generator(self.config.seed, f"sample {info.name}"))

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


def _values(case: Case, analytic: Arrays, measurements: list[Measurement]) -> Values:
    inputs = ("x", "h0", "c0")
    outputs = case.trace(keep=False).outputs
    prefix = "d" if case.loss.kind == "projection" else "target"
    reference = {found.given.info.name: _spread_out(found, found.value) for found in measurements}
    uncertainty = {found.given.info.name: _spread_out(found, found.uncertainty) for found in measurements}
    return Values(
        parameters={name: a for name, a in case.arrays.items() if name not in inputs},
        inputs={name: case.arrays[name] for name in inputs}
        | {f"{prefix}_{part}": _as_in_files(target) for part, target in case.loss.targets.items()},
        outputs={**outputs._asdict(), "loss": case.loss.value(outputs).sum()},
        analytic=analytic,
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
