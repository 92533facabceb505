"""A configuration in, a finished report out: what every door calls, and adds nothing to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lstmcheck.config import Config, with_values
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.diagnosis_result import Diagnosis
from lstmcheck.judge.early_end import EarlyEnd
from lstmcheck.judge.judging import judge
from lstmcheck.judge.measured_curves import Choose, step_curves, worst_entry
from lstmcheck.judge.memory import refuse_what_cannot_fit
from lstmcheck.judge.results import Report
from lstmcheck.judge.step_curves import Direction
from lstmcheck.judge.subject import Ask, Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.processes import available_cores, pool_of_threads
from lstmcheck.subjects.registry import kind_of, open_subject
from lstmcheck.subjects.request import Progress, Request


def check(
    config: Config,
    *,
    progress: Progress | None = None,
    backward: type[Backward] = Backward,
    threads: int | None = None,
    processes: int = 1,
    functions: Sequence[Callable[..., Any]] | None = None,
    explain: bool = True,
    end: EarlyEnd | None = None,
    steps: Choose | None = None,
) -> Report:
    """Compare an analytic backward pass with the reference, entry by entry, and name what is wrong.

    With `target` in the configuration the target's own functions are checked, on so many `processes`;
    `functions` are those, if they are in no file: in the order of the protocol's names. Otherwise our
    network is, with `backward` as the backward pass. `threads`: one for each core unless given; the report
    does not depend on it. Without `explain` the report has no diagnosis and no hidden mistakes, which take
    longer than a small check. An early `end` leaves what was measured by then, unexplained. `steps` chooses
    an entry or a gate of the report: what differences find there at steps of every size is added. Raises
    LstmcheckError for a bad .npz, for sizes that do not fit in memory, for a target that cannot be run, and
    where nothing would be checked.
    """
    started, end = time.perf_counter(), end or EarlyEnd()
    refuse_what_cannot_fit(config)
    # What overflows is told by the verdict.
    with np.errstate(all="ignore"), pool_of_threads(threads or available_cores()) as pool:
        # A target that is interrupted amid a question would answer the next one with its answer.
        watched = end.watched(progress) if config.target is None else progress
        request = Request(config, backward, functions, processes, pool, watched)
        with open_subject(request) as subject:
            report = judge(subject, end)
            report = replace(report, seconds=time.perf_counter() - started)
            if end.has_come:
                return _unexplained(report)
            # While a target is open: it is run at other steps, and easier questions are put to it.
            if steps is not None:
                report = _with_steps(report, subject, steps(report))
            if not explain:
                return report
            report = _with_wrong_lines(_explained(report, backward, subject.ask), subject)
    return _as_it_could_be_declared(report, request, end)


def with_steps(report: Report) -> Report:
    """With what differences find at its worst entry, step by step, where no target is needed for it."""
    if report.steps is not None or not kind_of(report.config).our_backward:
        return report
    with np.errstate(all="ignore"), open_subject(Request(report.config)) as subject:
        return _with_steps(report, subject, worst_entry(report))


def _unexplained(report: Report) -> Report:
    """With a word on it where there is something to explain."""
    if report.gradient != Verdict.FAIL:
        return report
    return replace(report, diagnosis=Diagnosis(note="the check was ended before"))


def _as_it_could_be_declared(report: Report, request: Request, end: EarlyEnd) -> Report:
    """What is wrong with a target whose forward pass is an LSTM that other keys declare: told as declared so.

    Whatever stops that is left out: the verdict stands without it.
    """
    keys = _declaring(report)
    if keys is None:
        return report
    try:
        other = check(
            with_values(report.config, keys),
            processes=request.processes,
            functions=request.functions,
            end=end,
        )
    except LstmcheckError:
        return report
    conforms = other.target.conformance if other.target else None
    if end.has_come or other.diagnosis is None or conforms is None or conforms.verdict != Verdict.PASS:
        return report
    return replace(report, diagnosis=replace(other.diagnosis, declared=keys), lines=other.lines)


def _declaring(report: Report) -> Mapping[str, Any] | None:
    """Keys that declare what the forward pass of a target with wrong gradients is."""
    conforms = report.target.conformance if report.target else None
    if report.gradient != Verdict.FAIL or conforms is None or conforms.verdict != Verdict.FAIL:
        return None
    return next((match.keys for match in conforms.matches if match.keys is not None), None)


def _with_steps(report: Report, subject: Subject, direction: Direction) -> Report:
    """A picture: what stops it takes nothing from the verdict."""
    try:
        return replace(report, steps=step_curves(subject, report, direction))
    except LstmcheckError:
        return report


def _explained(report: Report, backward: type[Backward], ask: Ask | None) -> Report:
    """With what is wrong, and what could hide where nothing was compared.

    Whatever stops that is told in the report: the verdict stands without it.
    """
    return _diagnosed(_with_hidden_mistakes(report), backward, ask)


def _with_wrong_lines(report: Report, subject: Subject) -> Report:
    """Where the source is wrong. It is the last that a target is asked: whatever it does then costs the
    lines alone."""
    if subject.wrong_lines is None or Verdict.FAIL not in report.answers.values():
        return report
    try:
        return replace(report, lines=subject.wrong_lines(report))
    except Exception:
        return report


def _with_hidden_mistakes(report: Report) -> Report:
    if report.target is None or not report.not_covered:
        return report
    # The catalogue is large: a run that passes does not wait for it.
    from lstmcheck.mistakes.hidden_by_coverage import hidden_mistakes

    try:
        hidden, note = hidden_mistakes(report), None
    except Exception as error:
        hidden, note = (), f"the search for mistakes that could hide failed: {_said(error)}"
    notes = (*report.target.notes, note) if note else report.target.notes
    return replace(report, target=replace(report.target, hidden=hidden, notes=notes))


def _diagnosed(report: Report, backward: type[Backward], ask: Ask | None) -> Report:
    if report.gradient != Verdict.FAIL:
        return report
    from lstmcheck.mistakes.diagnosis.diagnosis import diagnose

    try:
        # What has no name is at least located: in a backward pass that can be taken apart.
        own = backward if kind_of(report.config).our_backward else None
        diagnosis = diagnose(report, own, ask)
    except Exception as error:
        note = f"the search for a name failed: {_said(error)}"
        diagnosis = Diagnosis(note=note)
    return replace(report, diagnosis=diagnosis)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")
