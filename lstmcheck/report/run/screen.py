"""A report for a terminal: the table, what must be known of it, and the verdict last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Block, Line
from lstmcheck.report.run import answers, diagnosis, notes, words, wrong_entries, wrong_lines
from lstmcheck.report.run.table import gates


def blocks(report: Report, command: str, *, verbose: bool) -> Iterator[Block]:
    """Table, worst entry, remedy, the command that reproduces it, and one line of counts."""
    yield Line(words.title(report), strong=True)
    table = gates(report)
    if verbose:
        table = replace(table, columns=tuple(replace(each, optional=False) for each in table.columns))
    yield table
    yield from map(Line, _about_gates(report))
    yield from wrong_entries.pictures(report)
    yield from map(Line, _about_all(report, command, verbose))
    yield words.summary(report)


def _about_gates(report: Report) -> Iterator[str]:
    for gate in report.blocks:
        if gate.notes:
            yield f"* {gate.label}: {notes.describe(gate)}."
    yield words.worst(report)
    if remedy := words.remedy(report):
        yield remedy
    if where := wrong_entries.sentence(report):
        yield where


def _about_all(report: Report, command: str, verbose: bool) -> Iterator[str]:
    yield from diagnosis.sentences(report)
    yield from wrong_lines.sentences(report)
    yield from answers.sentences(report)
    if report.verdict != Verdict.PASS or verbose:
        yield f"Reproduce: {command}"
    if verbose:
        yield from words.details(report)
