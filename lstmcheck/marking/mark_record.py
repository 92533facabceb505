"""What is kept of one target with one configuration: a line of a results file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from lstmcheck.errors import Problem
from lstmcheck.judge.verdict import Verdict
from lstmcheck.sweep.work import CaseRecord, Kept

Mark = Literal["pass", "inconclusive", "fail", "error"]
MARKS: tuple[Mark, ...] = ("pass", "inconclusive", "fail", "error")
"""In the order of a list; an error is a target that could not be checked."""


class GateCount(Kept):
    """How many gates there are, and how many passed."""

    right: int
    total: int


class Told(Kept):
    """What a report says. What stands below `mistakes` is large, and read again when it is asked for."""

    verdict: Verdict
    protocol: str
    gates: GateCount
    answers: Mapping[str, Verdict]
    """Gradient, conformance, purity, behaviours, coverage."""
    diagnosis: str
    """What is wrong, in a few words."""
    mistakes: tuple[str, ...]
    """Known ones that explain everything that is wrong."""
    document: Mapping[str, Any] = {}
    """As JSON."""
    screen: tuple[Any, ...] = ()
    page: tuple[Any, ...] = ()
    """Blocks, as plain data."""
    findings: tuple[Any, ...] = ()
    results: tuple[Any, ...] = ()

    @property
    def brief(self) -> Told:
        """Without what is large."""
        large = dict.fromkeys(("screen", "page", "findings", "results"), ())
        return self.model_copy(update={"document": {}, **large})


class MarkRecord(CaseRecord):
    """One target: what was told of it, or what was in the way."""

    target: str
    """What it is called: its file without the folder that all share."""
    file: str
    configuration: str
    problems: tuple[Problem, ...] = ()
    told: Told | None = None

    @property
    def mark(self) -> Mark:
        """The verdict on it, in one word."""
        return self.told.verdict.value if self.told else "error"

    @property
    def diagnosis(self) -> str:
        """What is wrong, in a few words."""
        return self.told.diagnosis if self.told else str(self.note)

    @property
    def brief(self) -> MarkRecord:
        """Without what is large."""
        return self.model_copy(update={"told": self.told and self.told.brief})
