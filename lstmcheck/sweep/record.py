"""What is kept of one case of a sweep: a line of a results file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lstmcheck.judge.results import Report, finite
from lstmcheck.judge.verdict import Verdict
from lstmcheck.sweep.grid import Grid, SweepCase
from lstmcheck.sweep.work import CaseRecord, Kept


class WorstEntry(Kept):
    """Where a gate is off most."""

    array: str
    gate: str | None
    index: tuple[int, ...]
    """Within the gate."""


class Lacking(Kept):
    """What was asked for and did not come back, and the blocks that did."""

    missing: tuple[str, ...]
    whole: tuple[str, ...]


class Record(CaseRecord):
    """One case: what came out, or the reason why nothing did."""

    axes: Mapping[str, Any]
    seed: int
    verdict: Verdict | None
    """None: skipped."""
    rel_error: float | None = None
    """Of its worst gate, as `uncertainty`; None where it is not finite, or nothing was checked."""
    uncertainty: float | None = None
    worst: WorstEntry | None = None
    directions: int = 0
    """Along which that gate was judged; 0: by entries."""
    parameters: int | None = None
    entries: int = 0
    skipped: str | None = None
    """Why there was nothing to check."""
    not_passed: Mapping[str, Verdict] = {}
    """Gradient, conformance, purity, behaviours, coverage: those that did not pass."""
    coverage: Lacking | None = None

    @property
    def size(self) -> int:
        """Parameters of what was checked, 0 where nothing was."""
        return self.parameters or 0


def record_of(grid: Grid, case: SweepCase, report: Report, seconds: float) -> Record:
    """A case that was checked."""
    gate = report.worst
    return Record(
        **_named(grid, case),
        verdict=report.verdict,
        rel_error=finite(gate.rel_error),
        uncertainty=finite(gate.uncertainty),
        worst=WorstEntry(array=gate.info.name, gate=gate.gate, index=gate.worst.index),
        directions=gate.directions,
        parameters=sum(array.size for array in report.values.parameters.values()),
        entries=report.entries,
        seconds=round(seconds, 6),
        not_passed={name: v for name, v in report.answers.items() if v != Verdict.PASS},
        coverage=Lacking(missing=report.coverage.missing, whole=report.coverage.whole),
    )


def skipped(grid: Grid, case: SweepCase, why: str) -> Record:
    """A case in which there is nothing to check."""
    return Record(**_named(grid, case), verdict=None, skipped=why)


def unchecked(grid: Grid, case: SweepCase, why: str, bug: str | None = None) -> Record:
    """A case that could not be checked; `bug` is the traceback of what went wrong in lstmcheck itself."""
    return Record(**_named(grid, case), verdict=Verdict.INCONCLUSIVE, note=why, bug=bug)


def _named(grid: Grid, case: SweepCase) -> dict[str, Any]:
    return {"case": case.number, "key": grid.key(case), "axes": case.axes, "seed": case.seed}
