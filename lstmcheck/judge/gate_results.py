"""One array's measurement, told gate by gate."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import numpy as np

from lstmcheck.judge.measurement import Measurement
from lstmcheck.judge.results import Entry, GateResult, Note
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import WrongEntries, wrong_entries
from lstmcheck.lstm.types import Flags, Floats, Numbers
from lstmcheck.reference.kinds import KINDS

ORDER = tuple(Verdict)


def gate_results(found: Measurement, unit: float = 1.0) -> list[GateResult]:
    """A result for every gate of which entries were checked, in the order of the gate axis.

    Gradients were measured at a loss scale of 1; results are in those of the loss itself, `unit` times as
    large.
    """
    judged = _Judged(found)
    return [_GateView(judged, found.rows == row, unit).result(int(row)) for row in np.unique(found.rows)]


def counted(methods: Numbers) -> dict[str, int]:
    """How many references are of each kind, from their positions in `KINDS`."""
    return {kind.name: int((methods == k).sum()) for k, kind in enumerate(KINDS)}


class _Judged:
    """What the measurement of one array says of each entry, all (K,)."""

    def __init__(self, found: Measurement) -> None:
        self.found = found
        self.scale, self.tolerance = found.scales(), found.tolerances()
        self.error = np.abs(found.analytic - found.value)
        self.rel_error, self.rel_tolerance = self._relative(self.error), self._relative(self.tolerance)
        self.rel_uncertainty = self._relative(found.uncertainty)
        self.severity = np.where(found.failed(), 2, np.where(found.passed(), 0, 1))
        self.unmeasurable, self.overflowed = found.unmeasurable(), found.overflowed()
        self.legible, self.resolved = found.legible(), found.resolved()
        self.imprecise, self.told_from_zero = found.imprecise(), found.told_from_zero()
        self.rounding_decides = (self.tolerance > found.rtol * self.scale) & (self.scale > 0)

    def _relative(self, values: Floats) -> Floats:
        """In units of the scale of each entry's scope: infinite where that is zero and the value is not."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(values == 0, 0.0, values / self.scale)


class _GateView:
    """The entries of one gate."""

    def __init__(self, judged: _Judged, mine: Flags, unit: float) -> None:
        self.all, self.mine, self.unit = judged, np.flatnonzero(mine), unit
        self.info = judged.found.given.info
        self.measured = self.mine[~judged.unmeasurable[mine]]

    def result(self, row: int) -> GateResult:
        found, severity = self.all.found, self.all.severity
        worst = self._worst()
        gate = self.info.gates[row] if self.info.gates else None
        counts = [int((severity[self.measured] == k).sum()) for k in range(3)]
        return GateResult(
            info=self.info,
            gate=gate,
            shape=self.info.shape[1:] if gate else self.info.shape,
            entries=len(self.mine),
            passed=counts[0],
            failed=int((severity[self.mine] == 2).sum()),
            inconclusive=counts[1],
            unmeasurable=len(self.mine) - len(self.measured),
            resolved=int(self.all.told_from_zero[self.mine].sum()),
            max_abs_error=abs(self.unit) * float(np.max(self.all.error[self.measured], initial=0)),
            rel_error=float(self.all.rel_error[worst]),
            uncertainty=float(self.all.rel_uncertainty[worst]),
            tolerance=float(self.all.rel_tolerance[worst]),
            scale=abs(self.unit) * float(self.all.scale[self.mine].max()),
            smallest_detectable_error=self._smallest_detectable(),
            verdict=self._verdict(),
            worst=self._entry(worst, in_gate=gate is not None),
            methods=counted(found.method[self.mine]),
            imprecise=self._verdict() == Verdict.INCONCLUSIVE and self._lost_precision(),
            notes=tuple(self._notes()),
            wrong=self._wrong(),
        )

    def _worst(self) -> int:
        """Most severe first; among those not finite first, then the largest error beside its scope's
        scale."""
        severity = np.where(self.all.unmeasurable, -1, self.all.severity)[self.mine]
        size = np.where(np.isfinite(self.all.error), self.all.rel_error, np.inf)[self.mine]
        return int(self.mine[np.lexsort((self.all.error[self.mine], size, severity))[-1]])

    def _verdict(self) -> Verdict:
        if not len(self.measured):
            return Verdict.INCONCLUSIVE
        return ORDER[int(self.all.severity[self.measured].max())]

    def _wrong(self) -> WrongEntries | None:
        """Entries that are off by more than their uncertainty explains, where all are known."""
        shape = self.info.shape[1:] if self.info.gates else self.info.shape
        if self._verdict() != Verdict.FAIL or len(self.mine) < prod(shape):
            return None
        judged = self.all
        error = np.where(np.isfinite(judged.error), judged.rel_error, np.inf)
        known = np.isfinite(judged.found.value) & ~judged.unmeasurable
        off = known & ~(error - judged.rel_uncertainty <= judged.rel_tolerance)
        return wrong_entries(np.where(off, error, 0)[self.mine].reshape(shape))

    def _smallest_detectable(self) -> float:
        limits = self.all.rel_tolerance + self.all.rel_uncertainty
        return float(np.max(limits[self.measured], initial=0))

    def _entry(self, which: int, *, in_gate: bool) -> Entry:
        found = self.all.found
        index = tuple(int(i) for i in np.unravel_index(found.given.entries[which], self.info.shape))
        return Entry(
            index[1:] if in_gate else index,
            self.unit * float(found.given.analytic[which]),
            self.unit * float(found.value[which]),
            abs(self.unit) * float(found.uncertainty[which]),
        )

    def _lost_precision(self) -> bool:
        return bool((self.all.imprecise & (self.all.severity == 1))[self.mine].any())

    def _notes(self) -> Iterator[Note]:
        """What a reader must know to understand the verdict."""
        found, mine = self.all.found, self.mine
        undecided = mine[self.all.severity[mine] == 1]
        if not found.value[mine].any() and not found.analytic[mine].any():
            yield Note("zero")
        if (overflowed := self.all.overflowed[undecided]).any():
            yield Note("overflow", int(overflowed.sum()))
        elif not self.all.legible[undecided].all():
            yield Note("few digits" if found.given.short else "illegible")
        elif self._lost_precision() and not (found.given.short and self._verdict() == Verdict.FAIL):
            yield Note("low sums" if found.given.short else "imprecise")
        elif self.all.rounding_decides[mine].any() and not np.any(found.given.imprecise):
            yield Note("rounding")
        if contradicted := int(found.contradicted[undecided].sum()):
            yield Note("contradicted", contradicted)
        elif rough := int(found.rough[undecided].sum()):
            yield Note("rough", rough)
        elif found.unproven()[undecided].any():
            yield Note("chaotic")
        elif len(undecided) and not self.all.resolved[undecided].all() and not overflowed.any():
            yield Note("unresolved")
        if count := len(mine) - len(self.measured):
            yield Note("on a kink", count)
        elif count := int(found.on_kink[mine].sum()):
            yield Note("beside a kink", count)
