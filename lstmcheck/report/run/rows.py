"""The gates of a run for a spreadsheet, and what else did not pass or was asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lstmcheck.judge.results import GateResult, finite
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import answers, notes

TITLES: tuple[str, ...] = (
    "configuration",
    "target",
    "array",
    "gate",
    "verdict",
    "entries",
    "rel_error",
    "uncertainty",
)
TITLES += ("tolerance", "scale", "where", "analytic", "reference", "message")

Row = dict[str, Any]


def rows(ran: Ran) -> Iterator[Row]:
    """One for each gate, then one for each other answer; one for what could not be run."""
    if isinstance(ran, NotRun):
        what = "; ".join(problem.what for problem in ran.problems)
        yield _row(configuration=ran.name, verdict="error", message=what)
        return
    names = {"configuration": ran.config.name, "target": ran.target and ran.target.name}
    for gate in ran.blocks:
        yield _row(**names, **_gate(gate))
    for name, verdict, sentence in answers.answers(ran):
        yield _row(**names, array=name, verdict=verdict and verdict.value, message=sentence)


def _row(**cells: Any) -> Row:
    return {title: cells.get(title) for title in TITLES}


def _gate(gate: GateResult) -> Row:
    entry = None if gate.directions else gate.worst
    numbers = {name: getattr(gate, name) for name in ("rel_error", "uncertainty", "tolerance", "scale")}
    values = {"analytic": entry.analytic, "reference": entry.reference} if entry else {}
    return {
        "array": gate.info.name,
        "gate": gate.gate,
        "verdict": gate.verdict.value,
        "entries": gate.entries,
        "where": gate.where if entry else None,
        "message": notes.describe(gate),
        **{name: finite(value) for name, value in (numbers | values).items()},
    }
