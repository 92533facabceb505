"""The check of one case, as a worker runs it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.catalogue import find
from lstmcheck.mistakes.mistake import compose
from lstmcheck.subjects.registry import kind_of
from lstmcheck.sweep.grid import Grid
from lstmcheck.sweep.record import Record, record_of, skipped, unchecked


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
            return skipped(self.grid, case, error.problems[0].what)
        if lacking := self._no_room(config):
            return skipped(self.grid, case, lacking)
        try:
            report = check(config, threads=self.threads, backward=self.checked, explain=False)
        except LstmcheckError as error:
            return unchecked(self.grid, case, error.problems[0].what)
        except MemoryError:
            return unchecked(self.grid, case, "out of memory")
        except Exception as error:
            why = f"a bug in lstmcheck: {type(error).__name__}: {error}"
            return unchecked(self.grid, case, why, bug=traceback.format_exc())
        return record_of(self.grid, case, report, time.perf_counter() - started)

    def lost(self, number: int, why: str) -> Record:
        """The record of a case that came back without one."""
        return unchecked(self.grid, self.grid.case(number), why)

    def _no_room(self, config: Config) -> str | None:
        """Why there is nothing in this case that the planted mistakes could be about."""
        kind = kind_of(config)
        if self.grid.mistakes and not kind.our_backward:
            return f"a mistake is planted in our own backward pass, and this is a {kind.name}"
        for mistake in map(find, self.grid.mistakes):
            for need in mistake.missing_features(config):
                return f"it has no room for {mistake.id}, which needs {need.name}"
        return None
