"""One target with one configuration: its check, and what is kept of it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.config.target_section import TargetConfig
from lstmcheck.errors import BUG_REMEDY, LstmcheckError, Problem
from lstmcheck.judge.early_end import EarlyEnd
from lstmcheck.judge.memory import free_bytes
from lstmcheck.judge.results import Report
from lstmcheck.marking.mark_record import MarkRecord, Told
from lstmcheck.marking.target_cases import TargetCases

Describe = Callable[[Report], Told]
"""What is told of a report."""


@dataclass(frozen=True)
class TargetJob:
    """What a worker needs to check targets."""

    cases: TargetCases
    describe: Describe
    """Is called in the worker: a report has numbers that need not leave it."""
    at_once: int = 1
    """Targets that share the memory of a machine."""
    seconds: float | None = None
    """After which a check ends with what it has."""

    def run(self, number: int) -> MarkRecord:
        """The record of a case. Whatever stands in the way of its check is told there."""
        started = time.perf_counter()
        found: dict[str, Any]
        end = EarlyEnd(self._after())
        try:
            found = {"told": self.describe(self._checked(self.cases.config(number), end))}
            if end.has_come:  # more time may tell more: it is checked again when work goes on
                found["note"] = f"its check was ended after {self.seconds:g} s"
        except LstmcheckError as error:
            found = _in_the_way(error.problems)
        except MemoryError:
            found = _in_the_way([Problem("out of memory.", remedy="Lower the sizes.")])
        except Exception as error:
            what = f"a bug in lstmcheck: {type(error).__name__}: {error}."
            found = _in_the_way([Problem(what, remedy=BUG_REMEDY)], traceback.format_exc())
        return self._record(number, seconds=round(time.perf_counter() - started, 6), **found)

    def lost(self, number: int, why: str) -> MarkRecord:
        """The record of a case that came back without one."""
        return self._record(number, **_in_the_way([Problem(f"{why}.")]))

    def _record(self, number: int, **found: Any) -> MarkRecord:
        case = self.cases.case(number)
        return MarkRecord(
            case=number,
            key=self.cases.key(number),
            target=case.name,
            file=str(case.file),
            configuration=case.base.name,
            **found,
        )

    def _checked(self, config: Config, end: EarlyEnd) -> Report:
        """With its share of the memory; the report says what was asked for, not what was free."""
        target = _target_of(config)
        share = target.memory or free_bytes() / self.at_once / 2**30
        report = check(_with_memory(config, share), threads=1, end=end)
        return replace(report, config=_with_memory(report.config, target.memory))

    def _after(self) -> Callable[[], bool]:
        """Tells whether its seconds have passed since now."""
        start, seconds = time.monotonic(), self.seconds
        return lambda: seconds is not None and time.monotonic() > start + seconds


def _in_the_way(problems: Sequence[Problem], bug: str | None = None) -> dict[str, Any]:
    return {"problems": tuple(problems), "note": problems[0].what, "bug": bug}


def _target_of(config: Config) -> TargetConfig:
    assert config.target is not None
    return config.target


def _with_memory(config: Config, memory: float | None) -> Config:
    target = _target_of(config).model_copy(update={"memory": memory})
    return config.model_copy(update={"target": target})
