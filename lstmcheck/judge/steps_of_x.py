"""x step by step: what the last steps pass back may have all but vanished at the first, and an error there is
nothing beside the gradient of the last.

A bound E on the error of some steps tells of each how large its derivative is at least, max|a| − E: no entry
has to be measured for that. Where E is within the tolerance of that size the step is settled; those that are
left are looked at again, without the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.judge import verdict
from lstmcheck.judge.by_directions import Bound, Bounds
from lstmcheck.lstm.types import Flags, Floats
from lstmcheck.reference.directions import Claim


@dataclass(frozen=True)
class Steps:
    """Of each step of x, (T,)."""

    error: Floats
    """No entry is off by more."""
    scale: Floats
    """Beside which it is judged: its own, or that of all of x where no derivative resolves the step."""
    tau: Floats
    contradicting: tuple[Claim, Bound] | None
    """Steps whose claimed gradient is not the derivative."""
    wrong: Flags
    """Steps whose gradient is too far from the claimed one, which is the derivative."""

    @property
    def contradict(self) -> bool:
        """Whether some step is off, though x as a whole is not."""
        return self.contradicting is not None or bool(self.wrong.any())


def bounded_steps(
    bounds: Bounds, claim: Claim, bound: Bound, scale: float, rtol: float, rounding: Floats, apart: Floats
) -> Steps:
    """`claim` is that of all of x, which is within `bound`; `rounding` (T,) that of the entries of a step,
    `apart` (T,) how far the gradient that is judged is from the claimed one."""
    size = np.abs(claim.gradient).max((1, 2))
    error = np.full(len(size), bound.error)
    left = np.ones(len(size), bool)
    seen = {(0, len(size))}
    contradicting = None
    while contradicting is None:
        left &= ~_settled(size - error, error + apart, rtol, rounding)
        runs = [run for run in _runs(left) if run not in seen]
        if not runs:
            break
        seen |= set(runs)
        parts = [_part(claim, slice(*run), size, rtol, rounding) for run in runs]
        for run, part, found in zip(runs, parts, bounds.of(parts), strict=True):
            error[slice(*run)] = np.fmin(error[slice(*run)], found.error)
            contradicting = (part, found) if found.contradicts else contradicting
    # Zeros would not pass there, and the gradient does not, wherever within `error` the derivative lies.
    resolved = 2 * error + verdict.tolerance(size, rtol, rounding) < size
    wrong = left & resolved & (apart - error > verdict.tolerance(size + error, rtol, rounding))
    if contradicting is not None:
        wrong &= False
    own = np.where(left, scale, size - error)
    error = np.where(left, bound.error, error) + apart
    tau = np.where(left, claim.tau, verdict.tolerance(own, rtol, rounding))
    return Steps(error, own, tau, contradicting, wrong)


def _settled(scale: Floats, error: Floats, rtol: float, rounding: Floats) -> Flags:
    """Where the error is within the tolerance of the size of the step, and zeros would not be."""
    tau = verdict.tolerance(scale, rtol, rounding)
    return np.asarray((error <= tau) & (tau + error < scale))


def _runs(left: Flags) -> Iterator[tuple[int, int]]:
    """Begin and end of steps that are left, those side by side together."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], left.astype(np.int8), [0]])))
    yield from map(tuple, edges.reshape(-1, 2).tolist())


def _part(claim: Claim, steps: slice, size: Floats, rtol: float, rounding: Floats) -> Claim:
    """Of some steps, within the tolerance of the largest of them. Each is a part of one before: there are no
    more than two for every step."""
    own = float(rounding[steps].max())
    tau = float(verdict.tolerance(np.array(size[steps].max()), rtol, np.array(own)))
    box = (steps, *claim.whole[1:])
    return replace(claim, box=box, tau=tau, rounding=own, parts=4 * len(size))
