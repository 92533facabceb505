"""What the forward pass of a target is instead, where it is not ours: the search, over `hypotheses`.

The network whose outputs are the target's, to rounding, is the explanation. Single changes come first, then
two at once, then three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.answers import Match
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.reference.noise import forward_rounding
from lstmcheck.targets.hypotheses import Alternative, Hypothesis, alternatives
from lstmcheck.targets.target import Target
from lstmcheck.tolerances import CHANGES, EXPLAINED_ROOM, HYPOTHESES_WORK, HYPOTHESIS_OVERHEAD

STEPS, SEQUENCES = 3, 2
"""Of the probe: enough for every hypothesis to show."""


class Explanations(NamedTuple):
    """What gives the target's outputs, with the fewest changes; `note`: what was not looked for, if any."""

    matches: tuple[Match, ...] = ()
    note: str | None = None


def explanations(target: Target, seed: int, eps: float) -> Explanations:
    """Ask the target for the outputs of a small probe, and look for a network that gives them.

    A target that cannot be run at the probe's sizes has no explanation, and its other answers stand.
    """
    probe = _probe(target.case)
    try:
        wanted = target.session.forward(replace(target, case=probe).inputs)
    except LstmcheckError:
        length, batch, _ = probe.arrays["x"].shape
        return Explanations(note=f"it cannot be run at T={length}, B={batch}: no explanation was looked for")
    assert wanted.outputs is not None
    start = Hypothesis(probe, target.convention)
    choices = list(alternatives(target, probe))
    allowed = [EXPLAINED_ROOM * float(bound) for bound in forward_rounding(probe, seed, eps)]
    left = affordable(probe)
    for count in range(1, CHANGES + 1):
        matches, compatible = [], list(_compatible(choices, count))
        for chosen in compatible[:left]:
            hypothesis = _changed(start, chosen)
            if _gives(hypothesis, target, wanted.outputs, wanted.shown, allowed):
                matches.append(_match(hypothesis, chosen))
        if matches:
            return Explanations(tuple(matches))
        if len(compatible) > left:
            what = f"changes {count} at a time"
            return Explanations(note=f"of {what} only {left:,} were tried")
        left -= len(compatible)
    return Explanations()


def affordable(probe: Case) -> int:
    """How many hypotheses are tried: a count, so that every machine finds the same."""
    return HYPOTHESES_WORK // (HYPOTHESIS_OVERHEAD + sum(array.size for array in probe.arrays.values()))


def _compatible(choices: Sequence[Alternative], count: int) -> Iterator[tuple[Alternative, ...]]:
    """So many of them at once, of different dimensions."""
    for chosen in combinations(choices, count):
        if len({each.dimension for each in chosen}) == count:
            yield chosen


def _changed(hypothesis: Hypothesis, chosen: Sequence[Alternative]) -> Hypothesis:
    for each in chosen:
        hypothesis = each.change(hypothesis)
    return hypothesis


def _probe(case: Case) -> Case:
    """The first steps of the first sequences: small enough to be run thousands of times."""
    arrays = dict(case.arrays)
    arrays["x"] = arrays["x"][:STEPS, :SEQUENCES]
    arrays |= {name: arrays[name][:, :SEQUENCES] for name in ("h0", "c0")}
    lengths = None if case.lengths is None else np.minimum(case.lengths[:SEQUENCES], len(arrays["x"]))
    return replace(case, arrays=arrays, lengths=lengths)


def _gives(hypothesis: Hypothesis, target: Target, wanted: Outputs, shown: str, allowed: list[float]) -> bool:
    ours = _outputs(hypothesis, target)
    if ours is None:
        return False
    return all(
        q.shape == w.shape and bool((np.abs(q - w) <= bound).all())
        for letter, q, w, bound in zip("yhc", ours, wanted, allowed, strict=True)
        if letter in shown
    )


def _outputs(hypothesis: Hypothesis, target: Target) -> Outputs | None:
    """What our network gives if the target reads its parameters as the hypothesis says."""
    case = hypothesis.case
    if hypothesis.convention != target.convention:
        declared = NetworkLayout(target.convention, target.case.spec)
        supposed = NetworkLayout(hypothesis.convention, target.case.spec)
        if declared.shapes != supposed.shapes:
            return None
        case = replace(case, arrays={**case.arrays, **supposed.read(declared.write(case.arrays))})
    if hypothesis.backwards:
        case = replace(case, arrays={**case.arrays, "x": case.arrays["x"][::-1]})
    with np.errstate(all="ignore"):
        found = dict(zip("yhc", case.trace(keep=False).outputs, strict=True))
    if hypothesis.backwards:
        found["y"] = found["y"][::-1]
    return Outputs(*(found[letter] for letter in hypothesis.returned))


def _match(hypothesis: Hypothesis, chosen: tuple[Alternative, ...]) -> Match:
    same = tuple(
        name
        for name, row in CONVENTIONS.items()
        if replace(row, name="", bias="one") == replace(hypothesis.convention, name="", bias="one")
    )
    return Match(hypothesis.convention, tuple(each.words for each in chosen), same)
