"""Reports as Markdown, for a pull request or a step's summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lstmcheck.judge.results import GateResult, NotRun, Ran
from lstmcheck.report.outcomes import case_name, error_told, worst_told
from lstmcheck.report.run import diagnosis, notes, target, words
from lstmcheck.report.sweep import words as sweep_words
from lstmcheck.sweep.runner import SweepReport

MARKS = {"pass": "✅ pass", "fail": "❌ fail", "inconclusive": "❔ inconclusive"}


def of_run(reports: Sequence[Ran]) -> Iterator[str]:
    """A heading, the counts, and the table of each report; the problems of what could not be run."""
    for report in reports:
        if isinstance(report, NotRun):
            yield f"### {_cell(report.name)}\n\n⛔ could not be run\n\n"
            yield "```\n" + "\n".join(map(str, report.problems)) + "\n```\n\n"
            continue
        yield f"### {_cell(words.title(report))}\n\n{MARKS[report.verdict]}: {words.outcome(report)}\n\n"
        heads = ["array", "gate", "entries", "worst error ± uncertainty", "where", "analytic", "reference"]
        yield from _table([*heads, "verdict"], (_gate_row(gate) for gate in report.blocks))
        yield f"\n{_cell(words.worst(report))}\n"
        for gate in report.blocks:
            if gate.notes:
                yield f"\n{gate.label}: {notes.describe(gate)}.\n"
        if remedy := words.remedy(report):
            yield f"\n{_cell(remedy)}\n"
        if told := list(diagnosis.sentences(report)):
            yield "\n```\n" + "\n".join(told) + "\n```\n"
        yield from (f"\n{_cell(sentence)}\n" for sentence in target.sentences(report))
        yield "\n"


def _gate_row(gate: GateResult) -> list[str]:
    return [
        f"`{gate.info.name}`",
        gate.gate or "",
        words.entries(gate),
        words.error(gate),
        f"`{gate.where}`",
        words.gradient(gate.worst.analytic),
        words.gradient(gate.worst.reference),
        MARKS[gate.verdict],
    ]


def of_sweep(report: SweepReport) -> Iterator[str]:
    """A heading, the counts, the worst cases, the axes, and the smallest failing configuration."""
    yield f"### sweep of {_cell(report.grid.base.name)}\n\n{MARKS[report.verdict]}: "
    yield f"{sweep_words.outcome(report)}\n\n"
    rows = (
        [f"`{_cell(case_name(r))}`", str(r["parameters"]), worst_told(r), error_told(r), MARKS[r["verdict"]]]
        for r in report.tally.worst
    )
    yield from _table(["case", "parameters", "worst gate", "error ± uncertainty", "verdict"], rows)
    yield "\n"
    axes = ([f"`{key}`", value, *map(str, counts)] for key, value, *counts in sweep_words.axis_rows(report))
    yield from _table(["axis", "value", "cases", "failed", "inconclusive"], axes)
    if report.smallest_failing is not None:
        yield "\nThe smallest configuration found that still fails:\n\n```yaml\n"
        yield f"{sweep_words.smallest_yaml(report)}```\n\n"
        yield f"```\n{sweep_words.reproduce(report)}\n```\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}\n"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
