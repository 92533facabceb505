"""A report for a terminal: the table, then the verdict with its cause, and what it rests on last."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Block, Fence, Line
from lstmcheck.report.run import answers, diagnosis, notes, words, wrong_entries, wrong_lines
from lstmcheck.report.run.table import on_screen


def blocks(report: Report, command: str, *, verbose: bool, only_failures: bool) -> Iterator[Block]:
    """Table, pictures, verdict and cause, the answers apart, how to repeat it, and one line of counts."""
    yield Line(words.title(report), strong=True)
    table = on_screen(report, whole=verbose, only_failures=only_failures)
    if table.rows:
        yield table
    yield from (Line(f"* {gate.label}: {notes.describe(gate)}.") for gate in report.blocks if gate.notes)
    yield from wrong_entries.pictures(report)
    yield Line()
    # `FAIL  hidden-carry-dropped`
    headline = f"{report.verdict.value.upper()}  {words.headline(report)}"
    yield Line(headline, strong=True, verdict=report.verdict)
    yield from map(Line, _cause(report, verbose))
    if lines := list(wrong_lines.sentences(report)):
        yield Fence("\n".join(lines))
    judged = answers.judged_sentences(report, whole=verbose)
    yield from (Line(text, verdict=verdict) for verdict, text in judged)
    if report.verdict != Verdict.PASS or verbose:
        # To be copied as it is.
        yield Fence(f"Reproduce: {command}")
    if verbose:
        yield from map(Line, words.details(report))
    yield words.summary(report, faint=True)


def _cause(report: Report, verbose: bool) -> Iterator[str]:
    yield from diagnosis.sentences(report)
    if where := wrong_entries.sentence(report):
        yield where
    if report.gradient != Verdict.PASS or verbose:
        yield words.worst(report)
    if remedy := words.remedy(report):
        yield remedy
