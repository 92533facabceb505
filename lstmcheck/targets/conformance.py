"""Whether a target's forward pass is ours under the declared convention.

A gradient check cannot see a wrong gate order or a missing output tanh: forward and backward agree.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.conventions.table import Convention
from lstmcheck.judge.target_answers import Conformance
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.overflow import first_overflow
from lstmcheck.lstm.precision import Precision
from lstmcheck.reference.low_rounding import low_forward_rounding
from lstmcheck.reference.rounding import forward_rounding
from lstmcheck.targets.first_difference import first_difference
from lstmcheck.targets.forward_search import explanations
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.target import Target
from lstmcheck.tolerances.forward_passes import CONFORMING_ROOM


def conformance(target: Target, ran: Pass, seed: int, *, explain: bool = True) -> Conformance | None:
    """Compare the outputs of a forward pass with ours; None for a target that shows none.

    Where they differ, `explain` looks for what they are instead.
    """
    if ran.outputs is None:
        return None
    found = conformance_of(target.case, target.convention, ran, seed)
    if found.verdict != Verdict.FAIL or not explain:
        return found
    matches, note = explanations(target, seed, ran.precision)
    return replace(found, matches=matches, note=note)


def conformance_of(case: Case, declared: Convention, ran: Pass, seed: int) -> Conformance:
    """Compare outputs with those of a case, and look no further."""
    assert ran.outputs is not None
    ours = case.trace(keep=False).outputs
    if not all(np.isfinite(q).all() for q in ours):
        where = f"{first_overflow(case) or 'a gradient'} overflows"
        return Conformance(Verdict.INCONCLUSIVE, np.inf, np.inf, declared, where=where)
    allowed = allowances(case, seed, ran.precision)
    errors = [np.abs(a - b) for a, b in zip(ran.outputs, ours, strict=True)]
    worst = max(ran.shown, key=lambda part: _excess(errors["yhc".index(part)], allowed["yhc".index(part)]))
    k = "yhc".index(worst)
    largest = max(float(errors["yhc".index(part)].max()) for part in ran.shown)
    if all(bool((errors["yhc".index(p)] <= allowed["yhc".index(p)]).all()) for p in ran.shown):
        return Conformance(Verdict.PASS, largest, allowed[k], declared)
    where = first_difference(ran, ours, allowed, case.spec)
    return Conformance(Verdict.FAIL, largest, allowed[k], declared, where=where)


def allowances(case: Case, seed: int, precision: Precision) -> tuple[float, ...]:
    """How far a correct implementation's y, h_T and c_T may be from ours."""
    return tuple(CONFORMING_ROOM * float(bound) for bound in _rounding(case, seed, precision))


def _rounding(case: Case, seed: int, precision: Precision) -> Outputs:
    if precision.is_short:
        return low_forward_rounding(case, seed, precision)
    return forward_rounding(case, seed, precision.eps)


def _excess(error: np.ndarray, allowed: float) -> float:
    return float(error.max()) / allowed if allowed else float(error.max() > 0)
