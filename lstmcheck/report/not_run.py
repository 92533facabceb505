"""A configuration that could not be checked, where others could."""

from __future__ import annotations

from dataclasses import dataclass

from lstmcheck.errors import Problem
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict


@dataclass(frozen=True)
class NotRun:
    """A configuration that could not be checked, and what was in the way."""

    name: str
    problems: tuple[Problem, ...]
    bug: str | None = None
    """The traceback, where it was a bug in lstmcheck."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.INCONCLUSIVE


Ran = Report | NotRun
"""What becomes of one configuration out of several."""
