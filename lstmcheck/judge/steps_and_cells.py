"""x step by step, h0 and c0 cell by cell: what the last steps pass back may have all but vanished at the
first, and an error there is nothing beside the gradient of the last; so it is with cells that matter little.

A bound E on the error of some of these scopes tells of each how large its derivative is at least, max|a| − E:
no entry has to be measured for that. Where E is within the tolerance of that size the scope is settled; those
that are left are looked at again, without the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.judge import verdict
from lstmcheck.judge.by_directions import Bound, Bounds
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats
from lstmcheck.reference.directions import Claim


@dataclass(frozen=True)
class Scopes:
    """Of each step of x, (T,), or each cell of h0 or c0, (cells,)."""

    error: Floats
    """No entry is off by more."""
    scale: Floats
    """Beside which it is judged: its own, or that of the array where no derivative resolves the scope."""
    tau: Floats
    contradicting: tuple[Claim, Bound] | None
    """Scopes whose claimed gradient is not the derivative."""
    wrong: Flags
    """Scopes whose gradient is too far from the claimed one, which is the derivative."""

    @property
    def contradict(self) -> bool:
        """Whether some scope is off, though the array as a whole is not."""
        return self.contradicting is not None or bool(self.wrong.any())

    @property
    def within(self) -> Floats:
        """How far an entry may be off and still pass, beside the array."""
        return (self.tau + self.error)[:, None, None]

    @property
    def size(self) -> Floats:
        """`scale` beside the array."""
        return self.scale[:, None, None]


def has_scopes(info: ArrayInfo) -> bool:
    """Whether an array has several parts of a size of their own, other than its gates."""
    return info.scopes > info.rows


def sizes(gradient: Floats) -> Floats:
    """The largest entry of each scope of x, h0 or c0."""
    return np.asarray(np.abs(gradient).max((1, 2)))


def bounded_scopes(
    bounds: Bounds, claim: Claim, bound: Bound, scale: float, rtol: float, rounding: Floats, apart: Floats
) -> Scopes:
    """`claim` is that of the whole array, which is within `bound`; `rounding` (scopes,) that of the entries
    of a scope, `apart` (scopes,) how far the gradient that is judged is from the claimed one."""
    size = sizes(claim.gradient)
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
            # Of two bounds on the same entries the tighter holds; each has its own share of the probability.
            error[slice(*run)] = np.fmin(error[slice(*run)], found.error)
            contradicting = (part, found) if found.contradicts else contradicting
    # Zeros would not pass there, and the gradient does not, wherever within `error` the derivative lies.
    resolved = 2 * error + verdict.tolerance(size, rtol, rounding) < size
    wrong = left & resolved & (apart - error > verdict.tolerance(size + error, rtol, rounding))
    if contradicting is not None:
        wrong &= False
    # The least that the derivative may be: a smaller scale only makes the tolerance stricter.
    own = np.where(left, scale, size - error)
    error = np.where(left, bound.error, error) + apart
    tau = np.where(left, claim.tau, verdict.tolerance(own, rtol, rounding))
    return Scopes(error, own, tau, contradicting, wrong)


def _settled(scale: Floats, error: Floats, rtol: float, rounding: Floats) -> Flags:
    """Where the error is within the tolerance of the size of the scope, and zeros would not be."""
    tau = verdict.tolerance(scale, rtol, rounding)
    return np.asarray((error <= tau) & (tau + error < scale))


def _runs(left: Flags) -> Iterator[tuple[int, int]]:
    """Begin and end of scopes that are left, those side by side together."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], left.astype(np.int8), [0]])))
    yield from map(tuple, edges.reshape(-1, 2).tolist())


def _part(claim: Claim, scopes: slice, size: Floats, rtol: float, rounding: Floats) -> Claim:
    """Of some scopes, within the tolerance of the largest of them. Each is a part of one before: there are no
    more than two for every scope."""
    own = float(rounding[scopes].max())
    tau = float(verdict.tolerance(np.array(size[scopes].max()), rtol, np.array(own)))
    box = (scopes, *claim.whole[1:])
    return replace(claim, box=box, tau=tau, rounding=own, parts=4 * len(size))
