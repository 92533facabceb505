"""How far gradients survive: the error carousel beside a plain network, lag by lag."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, log, nan
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lstmcheck.errors import LstmcheckError
from lstmcheck.explain.focus import KEY
from lstmcheck.explain.jacobians import chain, step_jacobian
from lstmcheck.explain.plain_rnn import plain_jacobians
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Step, make_cells
from lstmcheck.lstm.types import Flags, Floats

DIGITS = 3
SMALLEST = 1e-300
"""Below this, numbers lose their digits one by one."""


@dataclass(frozen=True)
class Curve:
    """One quantity for each lag, not a number where rounding hides it."""

    values: tuple[float, ...]

    @property
    def half_life(self) -> float:
        """Steps in which it halves, on average from lag 0, where it is 1, to its last known lag.

        Infinite where it does not fall, not a number where nothing is known.
        """
        known = [(lag, v) for lag, v in enumerate(self.values, 1) if math.isfinite(v) and v > SMALLEST]
        if not known:
            return nan
        lag, value = known[-1]
        return lag * log(2) / -log(value) if value < 1 else inf


@dataclass(frozen=True)
class Spectrum:
    """Median and largest of the singular values of a Jacobian, over units and sequences together.

    What has fewer than DIGITS digits left, for it is so small beside the largest, is not a number.
    """

    median: Curve
    largest: Curve


@dataclass(frozen=True)
class Flow:
    """For each lag T − t, from 1 to T, what the first layer's forward direction passes from t to T.

    `forget_product` is the product of the forget gates of the steps between, its mean over units and
    sequences. `cell` is ∂c_T/∂c_t, `hidden` ∂h_T/∂h_t: total derivatives through both states, as
    `jacobians` defines them; each moves one state at step t and holds the other. `rnn` is ∂h_T/∂h_t of the
    plain network. `sequences` counts those that were used of `batch`: all that last to T.
    """

    forget_bias: float
    forget_product: Curve
    cell: Spectrum
    hidden: Spectrum
    rnn: Spectrum
    sequences: int
    batch: int

    @property
    def lags(self) -> range:
        return range(1, len(self.forget_product.values) + 1)


def flows(cases: Mapping[float, Case], *, seed: int) -> list[Flow]:
    """The flow of each case, by forget bias, beside one plain network drawn with `seed`.

    The cases differ in their forget biases only. One matrix of a step is held at a time. Raises
    LstmcheckError where no sequence lasts to the end.
    """
    used = _full_length(next(iter(cases.values())))
    # Small matrices: threads of the linear algebra would wait for each other longer than they work.
    with threadpool_limits(1, user_api="blas"):
        rnn = _plain(next(iter(cases.values())), used, seed)
        return [
            Flow(bias, *_lstm(case, used), rnn, int(used.sum()), len(used)) for bias, case in cases.items()
        ]


@np.errstate(all="ignore")  # what overflows is told as not a number
def _lstm(case: Case, used: Flags) -> tuple[Curve, Spectrum, Spectrum]:
    """Forget product, cell and hidden spectrum."""
    trace, P = case.trace(), case.spec.output_size
    steps = trace.runs[KEY].steps
    exact = (step_jacobian(trace, s)[used] for s in reversed(steps))
    hidden, cell = _spectra(exact, [slice(0, P), slice(P, None)])
    return _forget_product(steps, used), cell, hidden


@np.errstate(all="ignore")
def _plain(case: Case, used: Flags, seed: int) -> Spectrum:
    cell = make_cells(case.spec, case.arrays)[KEY]
    return _spectra(plain_jacobians(cell, case.arrays["x"][:, used], seed), [slice(None)])[0]


def _full_length(case: Case) -> Flags:
    """Which sequences last to T, (B,)."""
    length, batch = case.arrays["x"].shape[:2]
    if case.lengths is None:
        return np.ones(batch, bool)
    used = np.asarray(case.lengths == length)
    if not used.any():
        longest = max(case.lengths)
        raise LstmcheckError(
            f"no sequence lasts to step {length}, the longest to {longest}: there is no gradient to follow.",
            where="sequence.lengths",
            remedy=f"Use --set sequence.lengths=null, or --set sequence.length={longest}.",
        )
    return used


def _forget_product(steps: Sequence[Step], used: Flags) -> Curve:
    found, product = [], np.ones_like(steps[0].f[used])
    for s in reversed(steps):
        product = product * s.f[used]
        found.append(float(product.mean()))
    return Curve(tuple(found))


def _spectra(jacobians: Iterable[Floats], blocks: Sequence[slice]) -> list[Spectrum]:
    """The spectrum of each diagonal block of the products of all lags."""
    medians: list[list[float]] = [[] for _ in blocks]
    largest: list[list[float]] = [[] for _ in blocks]
    for lag, (product, scale) in enumerate(chain(jacobians), 1):
        # A product's entries are known to the rounding of its largest, which is 1, or 0.
        eps = len(product[0]) * np.sqrt(lag) * np.finfo(float).eps
        floor = 10**DIGITS * eps * np.abs(product).max((1, 2))
        for position, block in enumerate(blocks):
            part = product[:, block, block]
            medians[position].append(_resolved(np.median, part, scale, floor))
            largest[position].append(_resolved(np.max, part, scale, floor))
    return [Spectrum(Curve(tuple(m)), Curve(tuple(top))) for m, top in zip(medians, largest, strict=True)]


def _resolved(summary: Callable[[Floats], Any], part: Floats, scale: Floats, floor: Floats) -> float:
    """A summary of all singular values; not a number where it depends on those below the floor."""
    if not np.isfinite(part).all():
        return nan
    values = np.linalg.svd(part, compute_uv=False)
    lowest, highest = np.where(values > floor[:, None], values, 0), np.maximum(values, floor[:, None])
    size = np.exp(scale)[:, None]
    low, high = float(summary(lowest * size)), float(summary(highest * size))
    return low if low == high else nan
