"""Conventions that a target runs under, when it does not under the declared one.

Arrays in the wrong layout make a forward pass fail first of all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.target import Target


def with_fitting_conventions(error: LstmcheckError, target: Target) -> LstmcheckError:
    """The error, with the conventions under which the target runs and gives our outputs, if there are any."""
    fitting = list(_fitting(target))
    if not fitting:
        return error
    hint = f"As {' or '.join(fitting)} it runs, and gives our outputs: see target.convention."
    first, *others = error.problems
    return LstmcheckError([replace(first, remedy=" ".join(filter(None, (first.remedy, hint)))), *others])


def _fitting(target: Target) -> Iterator[str]:
    """Conventions under which it runs as ours does; a target that ends over one is not asked any more."""
    if not target.section.capabilities.is_open:
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
    layout = NetworkLayout(convention, target.case.spec)
    if layout.shapes == target.layout.shapes:
        return False
    target.session.prepare(layout)
    changed = replace(target, convention=convention, layout=layout)
    found = conformance(changed, target.session.forward(target.inputs), 0, explain=False)
    return found is not None and found.verdict == Verdict.PASS
