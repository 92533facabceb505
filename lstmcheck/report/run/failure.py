"""Why a check did not pass, as the message of a failing test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run import answers, diagnosis, notes, words, wrong_entries, wrong_lines

MOST = 12
"""Gates that are told one by one."""


def message(report: Report) -> str:
    """What failed, the worst entry, the diagnosis, and what else was asked of a target."""
    return "\n".join(_lines(report))


def first_line(report: Report) -> str:
    """What summaries of tests show of it: what is wrong first."""
    return f"{words.headline(report)} ({words.title(report)})"


def _lines(report: Report) -> Iterator[str]:
    yield first_line(report)
    yield from gates([gate for gate in report.blocks if gate.verdict != Verdict.PASS])
    if report.gradient != Verdict.PASS:
        yield words.worst(report)
    if remedy := words.remedy(report):
        yield remedy
    if where := wrong_entries.sentence(report):
        yield where
    yield from diagnosis.sentences(report)
    yield from wrong_lines.sentences(report)
    yield from answers.sentences(report)
    yield f"{report.verdict}: {words.outcome(report)}"


def gates(wrong: list[GateResult]) -> Iterable[str]:
    """A line for each gate: verdict, error, and the two gradients where they differ most."""
    for gate in wrong[:MOST]:
        numbers = words.gradients(gate)
        note = f" ({notes.describe(gate)})" if gate.notes else ""
        where = f"{words.error(gate)} at {words.place(gate)}{f': {numbers}' if numbers else ''}"
        yield f"  {words.verdict(gate)}: {gate.label}: {where}{note}"
    if len(wrong) > MOST:
        yield f"  … and {len(wrong) - MOST} more gates"
