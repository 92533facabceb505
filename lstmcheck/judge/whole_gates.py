"""Gates of which some entries were measured and passed: all their entries at once, by directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.judge import verdict
from lstmcheck.judge.by_directions import Bound, Bounds, blamed_entries
from lstmcheck.judge.gate_results import gate_results
from lstmcheck.judge.measurement import Measurement
from lstmcheck.judge.results import GateResult, Note
from lstmcheck.judge.steps_and_cells import Scopes, bounded_scopes, has_scopes, sizes
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import wrong_entries
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Flags, Floats, Indices
from lstmcheck.reference.complex_trust import Trust
from lstmcheck.reference.directional_derivatives import Derivatives
from lstmcheck.reference.directions import Claim
from lstmcheck.reference.loss_function import has_effect
from lstmcheck.tolerances.directions import BLAMED


class WholeGates:
    """Turns the verdict on some entries of a gate into one on all of them.

    `noise` is the standard deviation of the loss, `trust` tells of which arrays complex steps may be used.
    `measure` measures entries of an array one by one: a verdict of *fail* rests on those.
    """

    def __init__(
        self,
        subject: Subject,
        gates: Sequence[GateResult],
        noise: float,
        trust: Trust,
        measure: Callable[[ArrayInfo, Indices], Measurement],
    ) -> None:
        assert subject.along is not None
        check = subject.config.check
        self.subject, self.measure, self.rtol = subject, measure, check.rtol
        # Along a whole direction some unit always crosses a kink.
        smooth = not subject.network.has_kinks
        derivatives = Derivatives(subject.along, noise, trust, smooth=smooth)
        differences = smooth and check.reference != "complex"
        share = check.miss_probability / len(gates)
        self.bounds = Bounds(derivatives, subject.config.seed, share, differences=differences)
        self.largest = {
            name: max(gate.scale for gate in gates if gate.info.name == name) / abs(subject.unit)
            for name in {gate.info.name for gate in gates}
        }
        # Together: gates share the passes of their network.
        asked = {gate.label: claim for gate in gates for claim in self._claims(gate)}
        bounds = self.bounds.of(list(asked.values()))
        self.bounded = dict(zip(asked, zip(asked.values(), bounds, strict=True), strict=True))

    def _claims(self, gate: GateResult) -> Iterator[Claim]:
        """What directions are to say of a gate: that its gradient is right, or else that ours is."""
        if _is_open(gate):
            yield self._claim(gate, self._right(gate) if self._by_ours(gate) else self._analytic(gate))
        elif gate.verdict == Verdict.FAIL and gate.entries < gate.total:
            yield self._claim(gate, self._right(gate))

    def judged(self, gate: GateResult, measured: Indices) -> tuple[GateResult, Measurement | None]:
        """The gate as a whole, and the measurement of further entries where one was needed.

        `measured` are the flat indices of its array that were measured. A gate that did not pass with
        these keeps its verdict; of one that fails, all wrong entries are looked for.
        """
        if gate.verdict == Verdict.FAIL and gate.entries < gate.total:
            return self._with_wrong_entries(gate, *self.bounded[gate.label]), None
        if not _is_open(gate):
            return gate, None
        claim, bound = self.bounded[gate.label]
        analytic, scale = self._analytic(gate), self._scale(gate)
        if self._has_no_effect(gate, analytic):
            bound = replace(bound, error=0.0, uncertainty=0.0, contradicts=False)
        apart, whole = np.broadcast_to(0.0, analytic.shape), bound
        if self._by_ours(gate):
            apart = np.abs(analytic - claim.gradient)
            whole = replace(bound, error=bound.error + float(apart.max()), contradicts=False)
        scopes = None
        if _passes(whole, claim.tau, scale):
            scopes = self._scopes(claim, bound, scale, apart)
            if scopes is None or not scopes.contradict:
                return self._bounded(gate, whole, analytic, claim.tau, scale, scopes), None
            claim, whole = scopes.contradicting or (claim, whole)
        elif not whole.contradicts:
            return self._undecided(gate, whole, claim.tau, scale, Note("unbounded")), None
        if scopes is not None and scopes.wrong.any():
            blamed = _largest_of(scopes.wrong, apart, claim.gradient)
        else:
            blamed = self._blamed(claim, whole)
        found = self.measure(gate.info, np.union1d(measured, blamed))
        closer = next(g for g in gate_results(found, self.subject.unit) if g.gate == gate.gate)
        if closer.verdict == Verdict.FAIL:
            right = self._claim(gate, self._right(gate))
            return self._with_wrong_entries(closer, right, *self.bounds.of([right])), found
        return self._undecided(closer, whole, claim.tau, scale, Note("spread")), found

    def _by_ours(self, gate: GateResult) -> bool:
        """What a lower precision rounds off adds up along directions, though each entry is within its
        tolerance: there our own gradient is bounded, and the other compared with it entry by entry."""
        return bool(np.any(self.subject.imprecise.get(gate.info.name, 0))) and not self.subject.foreign

    def _claim(self, gate: GateResult, gradient: Floats) -> Claim:
        """Any gradient of a gate, as near to the derivative as the one that is judged should be."""
        scale, rounding = self._scale(gate), self._rounding(gate)
        tau = float(verdict.tolerance(np.array(scale), self.rtol, np.array(rounding)))
        # The steps of x, and the cells of h0 and c0, take the other half of its probability.
        parts = 2 if has_scopes(gate.info) else 1
        largest = self.largest[gate.info.name]
        return Claim(gate.info, _row(gate), gradient, tau, rounding, largest, parts=parts)

    def _has_no_effect(self, gate: GateResult, analytic: Floats) -> bool:
        """Whether the loss changes with no entry of a gate whose gradient is exactly zero throughout: no
        difference, known to some digits, says so."""
        subject = self.subject
        return not (
            gate.scale
            or analytic.any()
            or has_effect(subject.function, gate.info, _row(gate), subject.config.seed)
        )

    def _scopes(self, claim: Claim, bound: Bound, scale: float, apart: Floats) -> Scopes | None:
        """Steps of x, cells of h0 and c0: each judged at its own size where that can be told."""
        if not has_scopes(claim.info) or not scale:
            return None
        share = sizes(claim.gradient) if self.subject.one_number else 1
        rounding = np.asarray(self.subject.rounding[claim.info.name] * share)
        return bounded_scopes(self.bounds, claim, bound, scale, self.rtol, rounding, sizes(apart))

    def _right(self, gate: GateResult) -> Floats:
        """Our own gradient."""
        return _part(self.subject.right, gate)

    def _analytic(self, gate: GateResult) -> Floats:
        """At a loss scale of 1."""
        gradient, unit = _part(self.subject.analytic, gate), self.subject.unit
        return gradient if unit == 1 else np.asarray(gradient / unit)

    def _scale(self, gate: GateResult) -> float:
        return gate.scale / abs(self.subject.unit)

    def _rounding(self, gate: GateResult) -> float:
        """What rounding does to the entries of a gate in a correct backward pass."""
        bounds = self.subject.rounding[gate.info.name]
        mine = float(bounds[_row(gate)] if gate.info.gates else bounds.max())
        return mine * self._scale(gate) if self.subject.one_number else mine

    def _blamed(self, claim: Claim, bound: Bound) -> Indices:
        """Flat indices, within the array, of entries that directions say are wrong."""
        blamed = blamed_entries(bound.measure, claim, self.subject.config.seed)
        return np.asarray(claim.row * (claim.info.size // claim.info.rows) + blamed)

    def _with_wrong_entries(self, gate: GateResult, right: Claim, bound: Bound) -> GateResult:
        """All entries of a failing gate that are wrong, where our own gradient tells: where directions say
        that it is the derivative, it stands for the reference that most entries have not."""
        scale, apart = self._scale(gate), np.abs(self._analytic(gate) - right.gradient)
        if not bound.error <= right.tau or not scale:
            return gate
        scopes = self._scopes(right, bound, scale, np.zeros_like(apart))
        if scopes is not None and scopes.contradict:
            return gate
        within, size = (right.tau + bound.error, scale) if scopes is None else (scopes.within, scopes.size)
        errors = np.where(apart <= within, 0, np.nan_to_num(apart / size, nan=np.inf))
        return replace(gate, wrong=wrong_entries(errors))

    def _bounded(
        self,
        gate: GateResult,
        bound: Bound,
        analytic: Floats,
        tau: float,
        scale: float,
        scopes: Scopes | None,
    ) -> GateResult:
        whole = self._by_directions(gate, bound, tau, scale)
        if scopes is not None:
            worst = float((scopes.error / scopes.scale).max())
            whole = replace(whole, rel_error=worst, smallest_detectable_error=worst)
        within = tau + bound.error if scopes is None else scopes.within
        resolved = int((np.abs(analytic) > within).sum()) if scale else gate.total
        return replace(whole, passed=gate.total, resolved=resolved, verdict=Verdict.PASS)

    def _undecided(self, gate: GateResult, bound: Bound, tau: float, scale: float, note: Note) -> GateResult:
        return replace(
            self._by_directions(gate, bound, tau, scale),
            passed=gate.passed,
            inconclusive=gate.total - gate.passed - gate.unmeasurable,
            verdict=Verdict.INCONCLUSIVE,
            notes=(*gate.notes, note),
        )

    def _by_directions(self, gate: GateResult, bound: Bound, tau: float, scale: float) -> GateResult:
        relative = bound.error / scale if scale else bound.error
        return replace(
            gate,
            entries=gate.total,
            max_abs_error=abs(self.subject.unit) * bound.error,
            rel_error=relative,
            uncertainty=bound.uncertainty / scale if scale else bound.uncertainty,
            tolerance=tau / scale if scale else tau,
            smallest_detectable_error=relative,
            directions=bound.directions,
            miss_probability=bound.probability,
        )


def _largest_of(scopes: Flags, apart: Floats, right: Floats) -> Indices:
    """Flat indices of the entries that are off most in each of some `scopes`, and of those that have the size
    of the scope; of the worst of them."""
    worst = sizes(apart) / sizes(right).clip(np.finfo(float).tiny)
    chosen = np.argsort(np.where(scopes, -worst, 0), kind="stable")[: min(BLAMED, int(scopes.sum()))]
    size = apart[0].size
    return np.array([k * size + a[k].argmax() for k in chosen for a in (apart, np.abs(right))], dtype=np.intp)


def _row(gate: GateResult) -> int:
    """Position on the gate axis of its array."""
    return gate.info.row(gate.gate) if gate.gate else 0


def _part(gradients: Arrays, gate: GateResult) -> Floats:
    """What an array of each name has of a gate."""
    array = gradients[gate.info.name]
    return np.asarray(array[_row(gate)] if gate.info.gates else array)


def _is_open(gate: GateResult) -> bool:
    """Whether some entries were measured and passed, and others were not measured."""
    return gate.verdict == Verdict.PASS and gate.entries < gate.total


def _passes(bound: Bound, tau: float, scale: float) -> bool:
    """As an entry does: within the tolerance, where zeros would not be; or exactly zero throughout."""
    if scale == 0:
        return bound.error == 0
    return bound.error <= tau and tau + bound.error < scale
