"""A target's backward pass on other cases of its network than the checked one: what a diagnosis asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.subject import Ask
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.same_numbers import close
from lstmcheck.targets.target import Target


def asking(target: Target, seed: int) -> Ask | None:
    """How to ask it; None for a target that has a loss of its own, and takes no upstream gradients."""
    if target.section.capabilities.own_loss:
        return None

    def ask(case: Case) -> Arrays | None:
        try:
            return _answer(replace(target, case=case), seed)
        except LstmcheckError:
            return None

    return ask


def _answer(target: Target, seed: int) -> Arrays | None:
    """Of three calls: of those that add to the ones before, what each adds."""
    passes: list[Arrays] = []
    for _ in range(3):
        ran = target.session.forward(target.inputs)
        conforms = conformance(target, ran, seed, explain=False) if not passes else None
        if conforms is not None and conforms.verdict != "pass":
            return None
        passes.append(target.session.backward(target.upstream(ran), ran).arrays)
    return {name: _settled([each[name] for each in passes]) for name in passes[0]}


def _settled(calls: list[Numbers]) -> Numbers:
    one, two, three = calls
    if np.array_equal(one, two, equal_nan=True):
        return one
    added = three - two
    return added if added.any() and close(two - one, added) else np.full_like(one, np.nan)
