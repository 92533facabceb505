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
from numpy.typing import NDArray

from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.answers import Match
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.reference.noise import forward_rounding
from lstmcheck.targets.hypotheses import Alternative, alternatives
from lstmcheck.targets.hypothesis import Hypothesis, outputs_of
from lstmcheck.targets.network_hypotheses import in_some_cells, network_alternatives
from lstmcheck.targets.protocols import Pass
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
    search = _Search(target, Hypothesis(probe, target.convention), wanted, forward_rounding(probe, seed, eps))
    if search.conforms:
        length, batch, _ = probe.arrays["x"].shape
        return Explanations(
            note=f"with T={length} and B={batch} its outputs are ours: no explanation was looked for"
        )
    return search.explanations()


class _Search:
    """For a hypothesis that gives a target's outputs; one that changes nothing explains nothing."""

    def __init__(self, target: Target, declared: Hypothesis, wanted: Pass, rounding: Outputs) -> None:
        self.declared, self.wanted = declared, wanted
        self.allowed = [EXPLAINED_ROOM * float(bound) for bound in rounding]
        self.ours = outputs_of(declared, declared)
        probe = declared.case
        self.whole = [*alternatives(target, probe), *network_alternatives(probe)]

    @property
    def conforms(self) -> bool:
        """Whether the outputs are ours as declared."""
        return self._are_wanted(self.ours)

    def explanations(self) -> Explanations:
        """Those with the fewest changes: of the whole network, or else a single one of some of its cells."""
        left = affordable(self.declared.case)
        for count, choices in self._rounds():
            compatible = list(_compatible(choices, count))
            matches = tuple(filter(None, map(self._match, compatible[:left])))
            if matches:
                return Explanations(matches)
            if len(compatible) > left:
                return Explanations(note=f"of changes {count} at a time only {left:,} were tried")
            left -= len(compatible)
        return Explanations()

    def _rounds(self) -> Iterator[tuple[int, list[Alternative]]]:
        """How many changes at once, of which."""
        yield 1, self.whole
        yield 1, list(in_some_cells(self.whole, self.declared.case))
        for count in range(2, CHANGES + 1):
            yield count, self.whole

    def _match(self, chosen: Sequence[Alternative]) -> Match | None:
        hypothesis = self.declared
        for each in chosen:
            hypothesis = each.change(hypothesis)
        outputs = outputs_of(hypothesis, self.declared)
        if not self._are_wanted(outputs):
            return None
        return Match(
            hypothesis.convention, tuple(each.words for each in chosen), _names(hypothesis.convention)
        )

    def _are_wanted(self, outputs: Outputs | None) -> bool:
        if outputs is None:
            return False
        assert self.wanted.outputs is not None
        return all(
            q.shape == w.shape and bool((np.abs(q - w) <= bound).all())
            for letter, q, w, bound in zip("yhc", outputs, self.wanted.outputs, self.allowed, strict=True)
            if letter in self.wanted.shown
        )


def affordable(probe: Case) -> int:
    """How many hypotheses are tried: a count, so that every machine finds the same."""
    entries = sum(array.size for array in probe.arrays.values())
    return HYPOTHESES_WORK // (HYPOTHESIS_OVERHEAD * len(probe.spec.cells) + entries)


def _compatible(choices: Sequence[Alternative], count: int) -> Iterator[tuple[Alternative, ...]]:
    """So many of them at once, of different dimensions."""
    for chosen in combinations(choices, count):
        if len({each.dimension for each in chosen}) == count:
            yield chosen


def _probe(case: Case) -> Case:
    """The first steps of the first sequences: small enough to be run thousands of times."""
    arrays = dict(case.arrays)
    arrays["x"] = arrays["x"][:STEPS, :SEQUENCES]
    arrays |= {name: arrays[name][:, :SEQUENCES] for name in ("h0", "c0")}
    return replace(case, arrays=arrays, lengths=_probed_lengths(case, *arrays["x"].shape[:2]))


def _probed_lengths(case: Case, length: int, batch: int) -> NDArray[np.int64] | None:
    """Unequal ones, in no order that sorting would leave; of a single sequence its own."""
    if case.lengths is None:
        return None
    if batch == 1:
        return np.minimum(case.lengths[:1], length)
    return np.array([max(1, length - 1), length])


def _names(convention: Convention) -> tuple[str, ...]:
    """Conventions of the table that are laid out so."""
    return tuple(
        name
        for name, row in CONVENTIONS.items()
        if replace(row, name="", bias="one") == replace(convention, name="", bias="one")
    )
