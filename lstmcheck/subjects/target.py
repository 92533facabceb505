"""A configuration's target, opened for a check, with its processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.processes import on_threads
from lstmcheck.subjects.request import Request
from lstmcheck.subjects.target_answers import subject_of
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.running.session import Session
from lstmcheck.targets.running.starting import available
from lstmcheck.targets.target import Target, new_session, open_target


@contextmanager
def opened(request: Request) -> Iterator[Subject]:
    """The functions of a target. Raises LstmcheckError for everything that is wrong with it."""
    config, functions = request.config, request.functions
    if request.processes > 1 and functions is not None:
        raise LstmcheckError("functions that are in no file cannot be sent to processes.", where="processes")
    with ExitStack() as stack:
        target = open_target(config, functions)
        stack.callback(target.session.close)
        more = range(request.processes - 1) if available() else ()
        others = [new_session(target.config, target.name) for _ in more]
        for session in others:
            stack.callback(session.close)
        _start(others, target.layout)
        try:
            subject = subject_of(target, config.seed, request.progress, others)
        except EndedError:
            raise
        except LstmcheckError as error:
            raise _with_hint(error, target) from None
        yield subject


def _start(sessions: Sequence[Session], layout: Layout) -> None:
    """All at once."""

    def start(session: Session) -> None:
        session.load()
        session.prepare(layout)

    def stop() -> None:
        for session in sessions:
            session.stop()

    if sessions:
        list(on_threads(start, sessions, len(sessions), stop))


def _with_hint(error: LstmcheckError, target: Target) -> LstmcheckError:
    """Arrays in the wrong layout make a forward pass fail first of all: is there a layout that it takes?"""
    fitting = list(_fitting(target))
    if not fitting:
        return error
    hint = f"As {' or '.join(fitting)} it runs, and gives our outputs: see target.convention."
    first, *others = error.problems
    return LstmcheckError([replace(first, remedy=" ".join(filter(None, (first.remedy, hint)))), *others])


def _fitting(target: Target) -> Iterator[str]:
    """Conventions under which it runs as ours does; a target that ends over one is not asked any more."""
    if not target.capabilities.is_open:
        return
    for row in CONVENTIONS.values():
        if not row.holds(target.case.spec.bias):
            continue
        try:
            if _runs(target, row):
                yield row.name
        except EndedError:
            return
        except Exception:  # no hint is worth as much as the fault that it is for
            continue


def _runs(target: Target, convention: Convention) -> bool:
    """Whether its forward pass is ours under another convention, whose arrays have other shapes."""
    layout = Layout(convention, target.case.spec)
    if layout.shapes == target.layout.shapes:
        return False
    target.session.prepare(layout)
    changed = replace(target, convention=convention, layout=layout)
    found = conformance(changed, target.session.forward(target.case.arrays), 0, explain=False)
    return found is not None and found.verdict == Verdict.PASS
