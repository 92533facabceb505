"""again: what was asked before changes nothing. Not other sizes, and not the weights of the first call."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Trace, make_cells
from lstmcheck.targets.behaviour.asking import Answer, Asking, Found, listed, said
from lstmcheck.targets.behaviour.compare_outputs import outputs_apart, outputs_of
from lstmcheck.targets.behaviour.is_derivative import is_derivative
from lstmcheck.targets.behaviour.other_cases import sized, with_other_weights

LARGER, SMALLER = (1, 1), (-1, -1)
"""Steps and sequences more: a buffer of the first sizes is too short for the one, and holds what is left of
it at the other."""


def ask(asking: Asking) -> Found:
    """The first case; at other weights; at other sizes; and the first once more."""
    found = Found()
    before = asking.first
    asking.run()  # of a process that was started anew the first call is to be this one, too
    told = [_other_weights(asking, found), _other_sizes(asking, found), _once_more(asking, before, found)]
    found.told = "; ".join(filter(None, told))
    return found


def _other_weights(asking: Asking, found: Found) -> str:
    case = with_other_weights(asking.case)
    answer = asking.run(case)
    if (right := is_derivative(asking, case, answer.gradients)) is None:
        return "at other weights differences cannot tell"
    if right:
        return "at other weights its gradients are theirs"
    if not _right_at_first(asking):
        return "at other weights its gradients are as wrong as at the first"
    kept = _kept(asking, case, answer)
    found.problems.append(f"at other weights its gradients are not theirs: {kept}")
    return ""


def _kept(asking: Asking, case: Case, answer: Answer) -> str:
    """Which weights of the first case its backward pass goes on to use: with them ours does the same."""
    unknown = "is something kept of its first call?"
    if answer.ran.outputs is None:
        return unknown
    blocks = [block for block in ("W", "U", "R", "p") if any(n.startswith(f"{block}_") for n in case.arrays)]
    for chosen in chain.from_iterable(combinations(blocks, k) for k in range(1, len(blocks) + 1)):
        stale = Backward(_with_old_weights(asking.case, case, chosen)).gradients(answer.upstream)
        if not asking.differing(answer.gradients, stale, case=case):
            return f"its backward pass goes on to use {' and '.join(chosen)} of its first call"
    return unknown


def _with_old_weights(first: Case, case: Case, blocks: tuple[str, ...]) -> Trace:
    """What a forward pass left, in cells that have some weights of another case."""
    trace, old = case.trace(), make_cells(first.spec, first.arrays)
    for key, cell in trace.cells.items():
        for block in blocks:
            setattr(cell, block, getattr(old[key], block))
    return trace


def _other_sizes(asking: Asking, found: Found) -> str:
    """Both sizes; what it refuses is told.

    Of wrong gradients at the larger one it is not known whether they come of what was asked before, or of the
    size alone, which is not the one that is judged.
    """
    try:
        for more in (SMALLER, LARGER):
            case = sized(asking.case, *_possible(asking.case, more), asking.target.config.seed)
            answer = asking.run(case)
        if is_derivative(asking, case, answer.gradients) is False and _right_at_first(asking):
            what = f"at {_sizes(case)} its gradients are not the derivatives of its loss"
            found.warnings.append(f"{what}: a sweep tells at which sizes")
    except LstmcheckError as error:
        return f"it cannot take {_sizes(case)}: {said(error)}"
    return ""


def _possible(case: Case, more: tuple[int, int]) -> tuple[int, int]:
    """No fewer than one step and one sequence."""
    length, batch, _ = case.arrays["x"].shape
    return max(more[0], 1 - length), max(more[1], 1 - batch)


def _sizes(case: Case) -> str:
    length, batch, _ = case.arrays["x"].shape
    return f"T={length} B={batch}"


def _right_at_first(asking: Asking) -> bool:
    return is_derivative(asking, asking.case, asking.first.gradients) is not False


def _once_more(asking: Asking, before: Answer, found: Found) -> str:
    """The first case: the same bits. Other last digits may come from code that was made for other sizes."""
    after = asking.run()
    pairs = outputs_of(before.ran) | dict(before.gradients), outputs_of(after.ran) | dict(after.gradients)
    names = [n for n in pairs[0] if not np.array_equal(pairs[0][n], pairs[1][n], equal_nan=True)]
    if not names:
        return "what it gave at first it gives once more"
    differing = asking.differing(after.gradients, before.gradients)
    if differing or outputs_apart(asking, outputs_of(after.ran), outputs_of(before.ran)):
        what = listed(differing) or ", ".join(names)
        found.problems.append(f"after other sizes and weights the first give other numbers: {what}")
    else:
        found.warnings.append(
            f"after other sizes and weights the first give other last digits: {', '.join(names)}"
        )
    return ""
