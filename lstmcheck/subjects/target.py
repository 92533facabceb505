"""A configuration's target, opened for a check, with its processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.subject import Subject
from lstmcheck.processes import on_threads
from lstmcheck.subjects.request import Request
from lstmcheck.subjects.target_as_subject import subject_of
from lstmcheck.targets.other_conventions import with_fitting_conventions
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.running.session import Session
from lstmcheck.targets.running.start_process import can_start
from lstmcheck.targets.target import new_session, open_target


@contextmanager
def opened(request: Request) -> Iterator[Subject]:
    """The functions of a target. Raises LstmcheckError for everything that is wrong with it."""
    config, functions = request.config, request.functions
    if request.processes > 1 and functions is not None:
        raise LstmcheckError("functions that are in no file cannot be sent to processes.", where="processes")
    with ExitStack() as stack:
        target = open_target(config, functions)
        stack.callback(target.session.close)
        more = range(request.processes - 1) if can_start() else ()
        others = [new_session(target.config, target.name) for _ in more]
        for session in others:
            stack.callback(session.close)
        _start(others, target.layout)
        try:
            subject = subject_of(target, config.seed, request.progress, others)
        except EndedError:
            raise
        except LstmcheckError as error:
            raise with_fitting_conventions(error, target) from None
        yield subject


def _start(sessions: Sequence[Session], layout: NetworkLayout) -> None:
    """All at once."""

    def start(session: Session) -> None:
        session.load()
        session.prepare(layout)

    def stop() -> None:
        for session in sessions:
            session.stop()

    if sessions:
        list(on_threads(start, sessions, len(sessions), stop))
