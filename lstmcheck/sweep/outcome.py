"""One case: its check, and what is kept of it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from typing import Any

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report, finite
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.catalogue import find
from lstmcheck.mistakes.mistake import compose
from lstmcheck.subjects.registry import kind_of
from lstmcheck.sweep.grid import Grid, SweepCase

Record = dict[str, Any]
"""An outcome as JSON has it: plain values only, nothing that is not finite."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to run cases of one sweep."""

    grid: Grid
    backward: type[Backward] = Backward
    threads: int | None = 1

    @property
    def checked(self) -> type[Backward]:
        """The backward pass that is checked."""
        planted = [find(name) for name in self.grid.mistakes]
        return compose(planted) if planted else self.backward

    def run(self, number: int) -> Record:
        """The record of a case.

        Keys that contradict each other are skipped, and cases without room for a planted mistake; what else
        stands in the way of a check, such as too little memory, leaves the case inconclusive.
        """
        case = self.grid.case(number)
        started = time.perf_counter()
        try:
            config = self.grid.config(case)
        except LstmcheckError as error:
            return record(self.grid, case, skipped=error.problems[0].what)
        if lacking := self._no_room(config):
            return record(self.grid, case, skipped=lacking)
        try:
            report = check(config, threads=self.threads, backward=self.checked, explain=False)
        except LstmcheckError as error:
            return record(self.grid, case, note=error.problems[0].what)
        except MemoryError:
            return record(self.grid, case, note="out of memory")
        except Exception as error:
            note = f"a bug in lstmcheck: {type(error).__name__}: {error}"
            return record(self.grid, case, note=note, bug=traceback.format_exc())
        return record(self.grid, case, report=report, seconds=time.perf_counter() - started)

    def _no_room(self, config: Config) -> str | None:
        """Why there is nothing in this case that the planted mistakes could be about."""
        kind = kind_of(config)
        if self.grid.mistakes and not kind.our_backward:
            return f"a mistake is planted in our own backward pass, and this is a {kind.name}"
        for mistake in map(find, self.grid.mistakes):
            for need in mistake.missing_features(config):
                return f"it has no room for {mistake.id}, which needs {need.name}"
        return None


def record(
    grid: Grid,
    case: SweepCase,
    *,
    report: Report | None = None,
    seconds: float = 0.0,
    skipped: str | None = None,
    note: str | None = None,
    bug: str | None = None,
) -> Record:
    """A case with its report, or with the reason why there is none; `bug` is the traceback of one of ours."""
    found: Record = {
        "case": case.number,
        "key": grid.key(case),
        "axes": dict(case.axes),
        "seed": case.seed,
        "verdict": None if skipped else report.verdict.value if report else Verdict.INCONCLUSIVE.value,
        "rel_error": None,
        "uncertainty": None,
        "worst": None,
        "directions": 0,
        "parameters": None,
        "entries": 0,
        "seconds": round(seconds, 6),
        "skipped": skipped,
        "note": note,
        "not_passed": {},
        "coverage": None,
        "bug": bug,
    }
    return found | (_of(report) if report else {})


def _of(report: Report) -> Record:
    gate = report.worst
    return {
        "rel_error": finite(gate.rel_error),
        "uncertainty": finite(gate.uncertainty),
        "worst": {"array": gate.info.name, "gate": gate.gate, "index": list(gate.worst.index)},
        "directions": gate.directions,
        "parameters": sum(array.size for array in report.values.parameters.values()),
        "entries": report.entries,
        "not_passed": {name: v.value for name, v in report.answers.items() if v != Verdict.PASS},
        "coverage": {"missing": list(report.coverage.missing), "whole": list(report.coverage.whole)},
    }


def base_config(config: Config) -> Record:
    """A configuration as a results file keeps it, found again from any folder."""
    return {key: value for key, value in config.portable().items() if key != "sweep"}
