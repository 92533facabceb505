"""One array's measurement, told gate by gate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.lstm.types import Flags, Floats
from lstmcheck.measure import METHODS, Measurement
from lstmcheck.results import Entry, GateResult
from lstmcheck.verdict import Verdict


def gate_results(found: Measurement) -> list[GateResult]:
    """A result for every gate of which entries were checked, in the order of the gate axis."""
    scales, tolerances = found.row_scales(), found.tolerances()
    judged = np.where(found.failed(), 2, np.where(found.passed(), 0, 1))
    return [
        _GateView(found, found.rows == row, scales, tolerances, judged).result(int(row))
        for row in np.unique(found.rows)
    ]


def undecided(gate: GateResult, reason: str) -> GateResult:
    """A gate about which nothing can be said, however its numbers look."""
    return replace(
        gate,
        passed=0,
        failed=0,
        inconclusive=gate.entries - gate.unmeasurable,
        verdict=Verdict.INCONCLUSIVE,
        note=reason,
    )


ORDER = tuple(Verdict)


class _GateView:
    """The entries of one gate."""

    def __init__(
        self, found: Measurement, mine: Flags, scales: Floats, tolerances: Floats, judged: Floats
    ) -> None:
        self.info = found.given.info
        self.entries = found.given.entries[mine]
        self.analytic, self.value = found.given.analytic[mine], found.value[mine]
        self.uncertainty, self.method = found.uncertainty[mine], found.method[mine]
        self.unmeasurable = found.unmeasurable()[mine]
        self.on_kink = found.on_kink[mine]
        self.judged = judged[mine]
        self.precision = "float32" if found.given.imprecise else "float64"
        self.scale, self.tolerance = float(scales[mine][0]), float(tolerances[mine][0])
        self.rounding_decides = self.tolerance > found.rtol * self.scale > 0
        self.illegible = bool(found.illegible()[mine].any() and self.value.any())
        self.imprecise = bool((found.imprecise()[mine] & (self.judged == 1)).any())

    def result(self, row: int) -> GateResult:
        measured = ~self.unmeasurable
        error = np.abs(self.analytic - self.value)
        worst = self._worst(error)
        largest = float(np.max(error[measured], initial=0))
        uncertainty = float(np.max(self.uncertainty[measured], initial=0))
        gate = self.info.gates[row] if self.info.gates else None
        return GateResult(
            info=self.info,
            gate=gate,
            shape=self.info.shape[1:] if gate else self.info.shape,
            entries=len(self.entries),
            passed=int(((self.judged == 0) & measured).sum()),
            failed=int((self.judged == 2).sum()),
            inconclusive=int(((self.judged == 1) & measured).sum()),
            unmeasurable=int(self.unmeasurable.sum()),
            max_abs_error=largest,
            rel_error=self._relative(largest),
            uncertainty=self._relative(float(self.uncertainty[worst])),
            scale=self.scale,
            smallest_detectable_error=self._relative(self.tolerance + uncertainty),
            verdict=self._verdict(),
            worst=self._entry(worst, in_gate=gate is not None),
            methods={name: int((self.method == k).sum()) for k, name in enumerate(METHODS)},
            imprecise=self.imprecise and self._verdict() == Verdict.INCONCLUSIVE,
            note=self._note(largest),
        )

    def _worst(self, error: Floats) -> int:
        """Most severe first; among those not finite first, then the largest error."""
        severity = np.where(self.unmeasurable, -1, self.judged)
        size = np.where(np.isfinite(error), error, np.inf)
        return int(np.lexsort((size, severity))[-1])

    def _verdict(self) -> Verdict:
        measured = self.judged[~self.unmeasurable]
        return ORDER[int(measured.max())] if len(measured) else Verdict.INCONCLUSIVE

    def _relative(self, value: float) -> float:
        if value == 0:
            return 0.0
        return value / self.scale if self.scale else float("inf")

    def _entry(self, worst: int, *, in_gate: bool) -> Entry:
        index = tuple(int(i) for i in np.unravel_index(self.entries[worst], self.info.shape))
        return Entry(
            index[1:] if in_gate else index,
            float(self.analytic[worst]),
            float(self.value[worst]),
            float(self.uncertainty[worst]),
        )

    def _note(self, largest: float) -> str | None:
        notes = []
        if not self.value.any() and largest == 0:
            notes.append("the gradient is exactly zero in both")
        if self.illegible:
            notes.append("rounding errors grow so much that no digit of this gradient is certain")
        elif self.imprecise:
            notes.append("imprecise: off by more than rounding explains, by less than a wrong formula would")
        elif self.rounding_decides and self.precision == "float64":
            notes.append("large terms cancel: agreement is judged by their rounding, not by rtol")
        if count := int(self.unmeasurable.sum()):
            notes.append(f"{count} of {len(self.entries)} entries lie on a kink and have no derivative")
        elif count := int(self.on_kink.sum()):
            notes.append(f"{count} of {len(self.entries)} entries lie on a kink: measured on one side of it")
        return "; ".join(notes) or None
