"""The policy: when two numbers and an uncertainty agree."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import numpy as np

from lstmcheck.lstm.types import Flags, Floats
from lstmcheck.tolerances.precision import VANISHED
from lstmcheck.tolerances.verdict import ROUNDING_ROOM


class Verdict(StrEnum):
    """Of an entry, a gate, or a run; ordered by severity."""

    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"

    @classmethod
    def worst(cls, verdicts: Iterable[Verdict]) -> Verdict:
        """The most severe; pass if there are none."""
        return max(verdicts, key=list(cls).index, default=cls.PASS)


def flushed(values: Floats) -> Floats:
    """Numbers that underflow has spoilt, as zeros: both sides of a comparison alike."""
    return np.where(np.abs(values) < VANISHED, 0.0, values)


def tolerance(scale: Floats, rtol: float, rounding: Floats) -> Floats:
    """τ: a share of the gate's scale, but never less than what rounding does to a correct gradient."""
    return np.maximum(rtol * scale, ROUNDING_ROOM * rounding)


def passes(analytic: Floats, reference: Floats, uncertainty: Floats, tau: Floats) -> Flags:
    """Certainly within the tolerance: wherever the reference lies within its uncertainty."""
    # What is not finite compares as false, and so never passes.
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(analytic - reference) + uncertainty <= tau)


def fails(analytic: Floats, reference: Floats, uncertainty: Floats, tau: Floats) -> Flags:
    """Certainly outside the tolerance, or not a number where the reference is one.

    Between this and `passes` lies what no reference so far decides.
    """
    with np.errstate(invalid="ignore"):
        off = ~np.isfinite(analytic) | (np.abs(analytic - reference) - uncertainty > tau)
    return np.asarray(np.isfinite(reference) & off)
