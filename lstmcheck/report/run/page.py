"""A report as a part of a document: the verdict first, the table, and what must be known of it."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.judge.results import Report
from lstmcheck.report.content import Block, Fence, Heading, Prose
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import answers, diagnosis, notes, words, wrong_entries, wrong_lines
from lstmcheck.report.run.table import gates


def blocks(ran: Ran) -> Iterator[Block]:
    """The report, or the problems of what could not be run."""
    yield from _not_run(ran) if isinstance(ran, NotRun) else _report(ran)


def _not_run(failure: NotRun) -> Iterator[Block]:
    yield Heading(failure.name, 3)
    yield Prose("⛔ could not be run")
    yield Fence("\n".join(map(str, failure.problems)))


def _report(report: Report) -> Iterator[Block]:
    yield Heading(words.title(report), 3)
    yield words.summary(report)
    yield gates(report)
    yield Prose(words.worst(report))
    for gate in report.blocks:
        if gate.notes:
            yield Prose(f"{gate.label}: {notes.describe(gate)}.")
    if remedy := words.remedy(report):
        yield Prose(remedy)
    if where := wrong_entries.sentence(report):
        yield Prose(where)
    yield from wrong_entries.pictures(report)
    if sentences := list(diagnosis.sentences(report)):
        yield Fence("\n".join(sentences))
    if lines := list(wrong_lines.sentences(report)):
        yield Fence("\n".join(lines))
    yield from map(Prose, answers.sentences(report))
