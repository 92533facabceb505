"""A subject in, a report out: measures every array and judges every gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.coverage import coverage_of, parts_not_reached
from lstmcheck.judge.early_end import EarlyEnd
from lstmcheck.judge.gate_results import counted, gate_results
from lstmcheck.judge.known_zeros import Effect, effect_of_forget_rows, with_known_zeros
from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.measuring_context import Bench
from lstmcheck.judge.reference_registry import REFERENCES, Reference
from lstmcheck.judge.reported_values import values_of
from lstmcheck.judge.results import GateResult, Method, Report
from lstmcheck.judge.selection import (
    chosen_arrays,
    chosen_entries,
    goes_by_directions,
    telling_entries,
)
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.whole_gates import WholeGates
from lstmcheck.lstm.overflow import computable, first_overflow
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Indices, Numbers
from lstmcheck.reference.complex_trust import Probe, Trust
from lstmcheck.reference.kinds import CENTRAL
from lstmcheck.reference.loss_function import has_effect
from lstmcheck.reference.noise import foreign_noise, loss_noise
from lstmcheck.reference.rounding import scope_maxima
from lstmcheck.tolerances.differences import TRUNCATION_STEPS
from lstmcheck.tolerances.directions import DIRECTION_LADDERS, LOOKS
from lstmcheck.tolerances.verdict import ROUGH


def judge(subject: Subject, end: EarlyEnd | None = None) -> Report:
    """Measure every chosen entry of a subject's gradients and judge every gate, until an early end comes.

    Raises LstmcheckError where nothing would be checked.
    """
    return _Judging(subject, end or EarlyEnd()).report()


class _Judging:
    """One subject, the entries in question, and how to measure them."""

    def __init__(self, subject: Subject, end: EarlyEnd) -> None:
        self.end = end
        self.subject, self.config, self.case = subject, subject.config, subject.case
        self.network = subject.network
        measured = foreign_noise if subject.foreign else partial(loss_noise, pool=subject.pool)
        self.noise = measured(subject.function, self.config.seed, subject.eps)
        self.rough = self._is_rough()
        self.trust = self._trust()
        self.forget_rows = effect_of_forget_rows(subject)
        finite = all(np.isfinite(array).all() for array in subject.analytic.values())
        self.computable = None if finite else self._computable()
        self.infos = [i for i in chosen_arrays(self.config, self.case) if i.name in subject.analytic]
        self.by_directions = goes_by_directions(subject, self.infos)
        self.entries = {info.name: self._entries(info) for info in self.infos}

    def _is_rough(self) -> bool:
        """Whether what looks like noise is far more than rounding makes: then the network is chaotic."""
        function = self.subject.function
        size = float(np.abs(function.shares(function.at(function.arrays))).sum())
        return self.noise > ROUGH * size

    def _trust(self) -> Trust:
        subject = self.subject
        shares = {name: self._rounding_share(name) for name in subject.rounding}
        probe = Probe(subject.function, self.noise)
        return Trust(
            probe, subject.everything, shares, self.config.seed, subject.eps, foreign=subject.foreign
        )

    def _computable(self) -> dict[str, Flags]:
        """Which entries a correct backward pass gets in numbers of the precision of each array."""
        subject = self.subject
        kinds = {name: subject.precisions.get(name, subject.precision) for name in subject.analytic}
        found = {kind: computable(subject.at_upstream_scale, kind) for kind in {*kinds.values()}}
        return {name: found[kind][name] for name, kind in kinds.items()}

    def _rounding_share(self, name: str) -> float:
        """What rounding may take of an array's derivatives, as the reference computes them."""
        share = self.subject.reference_precision.get(name, 1)
        bound = share * float(np.max(self.subject.rounding[name], initial=0))
        largest = float(np.max(np.abs(self.subject.right[name]), initial=0))
        if self.subject.one_number:
            return bound
        return bound / largest if 0 < largest < np.inf else 0.0

    def _entries(self, info: ArrayInfo) -> Indices:
        """The chosen entries, without those of gates that did not come back."""
        known = self.forget_rows is Effect.NONE
        right = self.subject.right[info.name]
        if self.by_directions:
            entries = telling_entries(self.config, info, self._analytic(info), right, forget_rows=not known)
        else:
            entries = chosen_entries(self.config, info, right, forget_rows=not known)
        missing = [info.row(gate) for gate in self.subject.missing_gates.get(info.name, "")]
        return entries[~np.isin(info.row_of(entries), missing)]

    def report(self) -> Report:
        reference = self._reference()
        measurements = self._measured(reference)
        gates = tuple(gate for found in measurements for gate in gate_results(found, self.subject.unit))
        if self.by_directions:
            gates, measurements = self._as_wholes(reference, gates, measurements)
        if self.end.interrupted and not gates:
            raise KeyboardInterrupt
        if self.end.has_come and not gates:
            remedy = "More time, smaller sizes, or fewer check.blocks."
            raise LstmcheckError("nothing could be measured before the end.", remedy=remedy)
        if not any(gate.entries for gate in gates):
            raise LstmcheckError(
                "no entry was checked.",
                remedy="Name blocks in check.blocks that the network has and that come back.",
            )
        if self.forget_rows is Effect.NONE:
            gates = with_known_zeros(self.subject, self.infos, gates)
        return Report(
            self.config,
            gates,
            self._method(measurements, gates),
            replace(coverage_of(self.subject, gates), not_reached=self._not_reached(gates)),
            values_of(self.subject, measurements),
            self.case,
            target=self.subject.answers() if self.subject.answers else None,
            overflow=self._first_overflow() if _overflowed(gates) else None,
        )

    def _measured(self, reference: Reference) -> list[Measurement]:
        """Of every array, or of those that were reached."""
        found: list[Measurement] = []
        for info in self.infos:
            if self.end.has_come:
                break
            with self.end.measuring(is_ours=not self.subject.foreign):
                found += reference.measure([self._given(info, self.entries[info.name])])
        return found

    def _not_reached(self, gates: Sequence[GateResult]) -> tuple[str, ...]:
        """Arrays and gates that an early end left unmeasured."""
        if not self.end.has_come:
            return ()
        reached = {(gate.info.name, gate.gate) for gate in gates}
        return tuple(parts_not_reached(self.infos, self.entries, reached))

    def _first_overflow(self) -> str:
        """In our forward pass; else in the outputs of the target; else it is the gradient alone that
        overflows."""
        outputs = self.subject.outputs.items()
        theirs = next((name for name, array in outputs if not np.isfinite(array).all()), None)
        return first_overflow(self.case, self.subject.precision) or (
            f"{theirs} of the target" if theirs else "a gradient"
        )

    def _reference(self) -> Reference:
        check, seed = self.config.check, self.config.seed
        self.network.expected = self._expected()
        bench = Bench(
            self.network,
            self.noise,
            check.rtol,
            None if check.step == "auto" else check.step,
            self.trust,
            # Differences of one large number lose the digits that both have in common.
            complex_first=self.subject.one_number and check.step == "auto",
            has_effect=lambda info, row: has_effect(self.subject.function, info, row, seed),
            seed=seed,
        )
        return REFERENCES[check.reference](bench)

    def _expected(self) -> int:
        """Evaluations that are known to be needed: two for each entry; for a whole gate those of its few
        entries, at every step of a sample, and the first look along directions."""
        entries = sum(map(len, self.entries.values()))
        if not self.by_directions:
            return 2 * entries
        gates = sum(len(np.unique(info.row_of(self.entries[info.name]))) for info in self.infos)
        return 2 * ((len(TRUNCATION_STEPS) + 2) * entries + LOOKS[0] * len(DIRECTION_LADDERS[0]) * gates)

    def _analytic(self, info: ArrayInfo) -> Numbers:
        """At a loss scale of 1, in the array's shape."""
        unit, gradient = self.subject.unit, self.subject.analytic[info.name]
        return gradient if unit == 1 else np.asarray(gradient / unit)

    def _as_wholes(
        self, reference: Reference, gates: tuple[GateResult, ...], measurements: list[Measurement]
    ) -> tuple[tuple[GateResult, ...], list[Measurement]]:
        """Every gate that passed with some entries, judged along directions; and what else was measured."""
        wholes = WholeGates(
            self.subject,
            gates,
            self.noise,
            self.trust,
            lambda info, entries: reference.measure([self._given(info, entries)])[0],
        )
        by_array = {found.given.info.name: found for found in measurements}
        judged = []
        for gate in gates:
            if self.end.has_come:
                # A few entries say nothing of the whole, but that it is wrong.
                judged += [gate] if gate.verdict == Verdict.FAIL else []
                continue
            with self.end.measuring(is_ours=not self.subject.foreign):
                whole, closer = wholes.judged(gate, by_array[gate.info.name].given.entries)
                judged.append(whole)
                if closer is not None:
                    by_array[gate.info.name] = closer
        return tuple(judged), list(by_array.values())

    def _given(self, info: ArrayInfo, entries: Indices) -> Given:
        subject = self.subject
        return Given(
            info,
            entries,
            subject.analytic[info.name].ravel()[entries] / subject.unit,
            subject.rounding[info.name],
            np.zeros(info.scopes) if subject.one_number else scope_maxima(info, subject.right[info.name]),
            rounding_is_share=subject.one_number,
            computable=None if self.computable is None else self.computable[info.name].ravel()[entries],
            rough=self.rough,
            imprecise=subject.imprecise.get(info.name, 0.0),
            short=subject.precisions.get(info.name, subject.precision).is_short,
        )

    def _method(self, measurements: list[Measurement], gates: Sequence[GateResult]) -> Method:
        methods = np.concatenate([found.method for found in measurements])
        steps = np.concatenate([found.steps[found.method == CENTRAL] for found in measurements])
        check = self.config.check
        return Method(
            reference=check.reference,
            step=check.step if check.step != "auto" else float(np.median(steps)) if len(steps) else None,
            noise=self.noise * abs(self.subject.unit),
            evaluations=self.network.evaluations,
            complex_step_trusted=self.trust.kept,
            entries=counted(methods),
            directions=max(gate.directions for gate in gates),
            miss_probability=check.miss_probability if self.by_directions else None,
        )


def _overflowed(gates: Sequence[GateResult]) -> bool:
    return any(note.code == "overflow" for gate in gates for note in gate.notes)
