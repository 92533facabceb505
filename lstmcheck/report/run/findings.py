"""The gates of a run, and what else is asked of a target, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lstmcheck.config.place import Place
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Finding
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import answers, diagnosis, notes, words, wrong_entries, wrong_lines

PLACE = re.compile(r"(?P<file>(?!--).+?):(?P<line>\d+)(:(?P<column>\d+))?")


def findings(ran: Ran) -> Iterator[Finding]:
    """One for each gate and each further answer; one for a configuration that could not be run."""
    if isinstance(ran, NotRun):
        yield _not_run(ran)
        return
    # First: of many findings GitHub shows ten.
    yield from _lines(ran)
    suite, seconds, place = ran.config.name, ran.seconds, ran.config.locate("lstm")
    for gate in ran.blocks:
        name = gate.info.name if gate.gate is None else f"{gate.info.name}[{gate.gate}]"
        yield Finding(suite, name, gate.verdict, _message(gate, ran), None, place, seconds)
    yield from _answers(ran)


def results(ran: Ran) -> Iterator[Finding]:
    """What did not pass, each thing once: the lines that are wrong, or else the gradient as a whole; and the
    answers."""
    if isinstance(ran, NotRun):
        yield _not_run(ran)
        return
    named = list(diagnosis.sentences(ran))
    for finding in _lines(ran):
        yield replace(finding, message=" ".join([f"{finding.message}.", *named]))
    if ran.gradient != Verdict.PASS and not any(line.part == "backward" for line in ran.lines):
        message = " ".join([words.worst(ran), *named])
        place = ran.config.locate("target" if ran.target else "lstm")
        yield Finding(ran.config.name, "gradient", ran.gradient, message, None, place, ran.seconds)
    for finding in _answers(ran):
        if finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            yield finding


def _lines(report: Report) -> Iterator[Finding]:
    for line in report.lines:
        place, *also = (Place(each.file, each.line, each.column) for each in (line, *line.alternatives))
        yield Finding(
            report.config.name,
            f"line {line.line}",
            Verdict.FAIL,
            wrong_lines.message(line),
            None,
            place,
            report.seconds,
            rule="line",
            also=tuple(also),
        )


def _answers(report: Report) -> Iterator[Finding]:
    place = report.config.locate("target")
    for name, verdict, message in answers.answers(report):
        yield Finding(report.config.name, name, verdict, message, None, place, report.seconds, rule=name)


def _not_run(failure: NotRun) -> Finding:
    message = "; ".join(f"{problem.what} {problem.remedy or ''}".rstrip() for problem in failure.problems)
    place = _place_of(failure.problems[0].where)
    return Finding(
        failure.name, "run", Verdict.INCONCLUSIVE, message, None, place, 0.0, stopped=True, rule="run"
    )


def _place_of(where: str | None) -> Place | None:
    """The place that `file:line:column` or `file:line` stands for."""
    match = PLACE.fullmatch(where or "")
    return Place(match["file"], int(match["line"]), int(match["column"] or 1)) if match else None


def _message(gate: GateResult, report: Report) -> str:
    numbers = words.gradients(gate)
    error = f"{words.error(gate)} of {words.scale_of(gate)}"
    message = f"{words.place(gate)}: {f'{numbers}; ' if numbers else ''}{error}"
    if gate.notes:
        message += f"; {notes.describe(gate)}"
    if gate.wrong is not None and gate.wrong.count < gate.total:
        message += f"; wrong: {wrong_entries.describe(gate, gate.wrong)}"
    if gate.verdict == Verdict.FAIL:
        message = " ".join([f"{message}.", *diagnosis.sentences(report)])
    return message
