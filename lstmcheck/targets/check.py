"""A configuration's target, opened for a check, with its processes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from lstmcheck.config import Config
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.subject import Subject
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.network import Advance, processes
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.subject import subject_of
from lstmcheck.targets.target import Target, open_target
from lstmcheck.verdict import Verdict


@contextmanager
def opened(
    config: Config, advance: Advance | None, jobs: int, functions: Sequence[Function] | None
) -> Iterator[Subject]:
    """The subject of a check. Raises LstmcheckError for everything that is wrong with the target."""
    if jobs > 1 and functions is not None:
        raise LstmcheckError("functions that are in no file cannot be sent to processes.", where="processes")
    target = open_target(config, functions)
    with processes(config, jobs) as pool:
        try:
            subject = subject_of(target, config.seed, advance, pool)
        except LstmcheckError as error:
            raise _with_hint(error, target) from None
        yield subject


def _with_hint(error: LstmcheckError, target: Target) -> LstmcheckError:
    """Arrays in the wrong layout make a forward pass fail first of all: is there a layout that it takes?"""
    fitting = [row.name for row in CONVENTIONS.values() if _runs(target, row)]
    if not fitting or target.adapter.convention is not None:
        return error
    hint = f"As {' or '.join(fitting)} it runs, and gives our outputs: see target.convention."
    first, *others = error.problems
    return LstmcheckError([replace(first, remedy=" ".join(filter(None, (first.remedy, hint)))), *others])


def _runs(target: Target, convention: Convention) -> bool:
    """Whether its forward pass is ours under another convention, whose arrays have other shapes."""
    adapter = target.adapter
    layout = Layout(convention, target.case.spec)
    if adapter.convention is not None or layout.shapes == adapter.layout.shapes:
        return False
    try:
        other = type(adapter)(adapter.functions, adapter.call, layout, str(adapter.dtype))
        other.prepare(target.config)
        changed = replace(target, adapter=other, convention=convention)
        found = conformance(changed, other.forward(target.case.arrays), 0, explain=False)
    except (LstmcheckError, KeyError, ValueError):
        return False
    return found is not None and found.verdict == Verdict.PASS
