"""A report for a browser: the verdict and its cause, pictures of the errors, every gate in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lstmcheck.config import show
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.chart import Axis, Plot, Series
from lstmcheck.report.content import COMMAND, Banner, Block, Charts, Fence, Folded, Heading, Prose, lowered
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import answers, coverage, diagnosis, maps, notes, words, wrong_entries, wrong_lines
from lstmcheck.report.run.table import gates
from lstmcheck.report.steps import chart as step_chart
from lstmcheck.report.steps import words as step_words
from lstmcheck.report.table import Column, Table, TableCell, row


def blocks(ran: Sequence[Ran], command: str) -> Iterator[Block]:
    """One report, or several below a verdict on all of them."""
    if len(ran) == 1:
        yield from _one(ran[0], command)
        return
    yield Heading(f"{len(ran)} configurations", 1)
    yield Banner(Verdict.worst(each.verdict for each in ran), "", words.total(ran))
    for each in ran:
        yield from map(lowered, _one(each, ""))


def _one(ran: Ran, command: str) -> Iterator[Block]:
    yield from _not_run(ran) if isinstance(ran, NotRun) else _report(ran, command)


def _not_run(failure: NotRun) -> Iterator[Block]:
    yield Heading(failure.name, 1)
    yield Banner(failure.verdict, "could not be run", "")
    yield Fence("\n".join(map(str, failure.problems)))


def _report(report: Report, command: str) -> Iterator[Block]:
    yield Heading(words.title(report), 1)
    yield Banner(report.verdict, diagnosis.mistakes(report) or "", words.outcome(report))
    yield from _what_is_wrong(report)
    yield Heading("Where the errors are")
    yield Charts((maps.maps(report),))
    if over_time := _over_time(report):
        yield Charts((over_time,), (OVER_TIME,))
    if report.steps:
        yield Heading("Error against step size")
        told = tuple(step_words.sentences(report.config, report.steps))
        yield Charts((step_chart.chart(report.steps),), told)
    yield Heading("Every gate")
    yield gates(report).without_empty_columns()
    yield Prose(words.worst(report))
    for gate in report.blocks:
        if gate.notes:
            yield Prose(f"{gate.label}: {notes.describe(gate)}.")
    yield from _asked(report)
    yield Heading("How it was measured")
    yield from map(Prose, words.details(report))
    yield from map(Prose, coverage.not_covered(report))
    if command:
        yield Fence(command, COMMAND)
    yield Folded("The configuration, with its defaults", (Fence(show(report.config), "yaml"),))


def _what_is_wrong(report: Report) -> Iterator[Block]:
    remedy = words.remedy(report)
    if remedy is None and report.verdict == Verdict.PASS:
        return
    yield Heading("What is wrong" if report.verdict == Verdict.FAIL else "What is open")
    if remedy:
        yield Prose(remedy)
    yield from map(Prose, diagnosis.sentences(report, with_formulas=False))
    if rows := [row(*each) for each in diagnosis.formulas(report)]:
        columns = Column("mistake", code=True), Column("wrong", code=True), Column("right", code=True)
        yield Table(columns, tuple(rows))
    if where := wrong_entries.sentence(report):
        yield Prose(where)
    if lines := list(wrong_lines.sentences(report)):
        yield Fence("\n".join(lines))


def _asked(report: Report) -> Iterator[Block]:
    """What else was asked of a target, a row each."""
    found = list(answers.answers(report))
    if not found:
        return
    yield Heading("What else was asked")
    rows = [
        row(name, TableCell(verdict.value if verdict else "not asked", verdict), sentence)
        for name, verdict, sentence in found
    ]
    yield Table((Column("question"), Column("verdict"), Column("answer")), tuple(rows))
    if report.target:
        yield from (Prose(f"Note: {note}.") for note in report.target.notes)


OVER_TIME = (
    "A wrong recurrence goes wrong a little more with every step back, from the last step to the first;"
    " rounding and the uncertainty of the reference stay far below the tolerance."
)


def _over_time(report: Report) -> Plot | None:
    """The gradient of x by step, and its error; None of a single step, and where x was not measured."""
    found = list(maps.errors_over_time(report))
    if len(found) < 2:
        return None
    steps, sizes, errors, uncertainties, tolerances = zip(*found, strict=True)
    steps = tuple(t + 1 for t in steps)

    def points(values: Sequence[float]) -> tuple[tuple[float, float], ...]:
        return tuple(zip(map(float, steps), values, strict=True))

    worst = max(zip(errors, steps, strict=True))
    return Plot(
        "Gradient of x over time",
        f"The largest error is {worst[0]:.1e}, at step {worst[1]} of {steps[-1]}.",
        Axis("step t of x"),
        Axis("largest entry of a step", logarithmic=True),
        (
            Series("gradient", points(sizes), "plain", mark="o", dots=True),
            Series("tolerance", points(tolerances), "plain", "dashed"),
            Series("error", points(errors), "bad", mark="×", dots=True),
            Series("uncertainty of the reference", points(uncertainties), "faint", "dotted"),
        ),
    )
