"""Gates of which some entries were measured and passed: all their entries at once, by directions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.judge import verdict
from lstmcheck.judge.by_directions import Bound, Bounds, blamed_entries
from lstmcheck.judge.gate_results import gate_results
from lstmcheck.judge.measurement import Measurement
from lstmcheck.judge.results import GateResult, Note
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import wrong_entries
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Floats, Indices
from lstmcheck.reference.complex_trust import Trust
from lstmcheck.reference.directions import Derivatives


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

    def judged(self, gate: GateResult, measured: Indices) -> tuple[GateResult, Measurement | None]:
        """The gate as a whole, and the measurement of further entries where one was needed.

        `measured` are the flat indices of its array that were measured. A gate that did not pass with
        these keeps its verdict; of one that fails, all wrong entries are looked for.
        """
        if gate.verdict == Verdict.FAIL and gate.entries < gate.total:
            return self._with_wrong_entries(gate), None
        if gate.verdict != Verdict.PASS or gate.entries == gate.total:
            return gate, None
        analytic = self._part(self.subject.analytic, gate) / self.subject.unit
        bound, tau, scale = self._bound(gate, analytic), self._tau(gate), self._scale(gate)
        if _passes(bound, tau, scale):
            return self._bounded(gate, bound, analytic, tau, scale), None
        if not bound.contradicts:
            return self._undecided(gate, bound, tau, scale, Note("unbounded")), None
        found = self.measure(gate.info, np.union1d(measured, self._blamed(gate, analytic)))
        closer = next(g for g in gate_results(found, self.subject.unit) if g.gate == gate.gate)
        if closer.verdict == Verdict.FAIL:
            return self._with_wrong_entries(closer), found
        return self._undecided(closer, bound, tau, scale, Note("spread")), found

    def _part(self, gradients: Arrays, gate: GateResult) -> Floats:
        """What an array of each name has of a gate."""
        array = gradients[gate.info.name]
        return np.asarray(array[_row(gate)] if gate.info.gates else array)

    def _scale(self, gate: GateResult) -> float:
        return gate.scale / abs(self.subject.unit)

    def _rounding(self, gate: GateResult) -> float:
        """What rounding does to the entries of a gate in a correct backward pass."""
        bounds = self.subject.rounding[gate.info.name]
        mine = float(bounds[_row(gate)] if gate.info.gates else bounds.max())
        return mine * self._scale(gate) if self.subject.one_number else mine

    def _tau(self, gate: GateResult) -> float:
        scale, rounding = np.array(self._scale(gate)), np.array(self._rounding(gate))
        return float(verdict.tolerance(scale, self.rtol, rounding))

    def _bound(self, gate: GateResult, gradient: Floats) -> Bound:
        """Of the error of any gradient of a gate."""
        known = {"rounding": self._rounding(gate), "largest": self.largest[gate.info.name]}
        return self.bounds.of(gate.info, _row(gate), gradient, self._tau(gate), **known)

    def _blamed(self, gate: GateResult, analytic: Floats) -> Indices:
        """Flat indices, within the array, of entries that directions say are wrong."""
        info, row = gate.info, _row(gate)
        along = next(self.bounds.methods(info, self._rounding(gate), self.largest[info.name]))
        blamed = blamed_entries(along, info, row, analytic, self.subject.config.seed)
        return np.asarray(row * (info.size // info.rows) + blamed)

    def _with_wrong_entries(self, gate: GateResult) -> GateResult:
        """All entries of a failing gate that are wrong, where our own gradient tells: where directions say
        that it is the derivative, it stands for the reference that most entries have not."""
        tau, scale = self._tau(gate), self._scale(gate)
        right = self._part(self.subject.right, gate)
        bound = self._bound(gate, right)
        if not bound.error <= tau or not scale:
            return gate
        apart = np.abs(self._part(self.subject.analytic, gate) / self.subject.unit - right)
        errors = np.where(apart <= tau + bound.error, 0, np.nan_to_num(apart / scale, nan=np.inf))
        return replace(gate, wrong=wrong_entries(errors))

    def _bounded(
        self, gate: GateResult, bound: Bound, analytic: Floats, tau: float, scale: float
    ) -> GateResult:
        size = np.abs(analytic)
        resolved = int((size > tau + bound.error).sum()) if scale else gate.total
        return replace(
            self._by_directions(gate, bound, tau, scale),
            passed=gate.total,
            resolved=resolved,
            verdict=Verdict.PASS,
        )

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


def _row(gate: GateResult) -> int:
    """Position on the gate axis of its array."""
    return gate.info.row(gate.gate) if gate.gate else 0


def _passes(bound: Bound, tau: float, scale: float) -> bool:
    """As an entry does: within the tolerance, where zeros would not be; or exactly zero throughout."""
    if scale == 0:
        return bound.error == 0
    return bound.error <= tau and tau + bound.error < scale
