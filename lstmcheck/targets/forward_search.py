"""What the forward pass of a target is instead, where it is not ours: the search, over `hypotheses`.

The network whose outputs are the target's, to rounding, is the explanation. Single changes come first, then
two at once, then three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.target_answers import Match
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.precision import Precision
from lstmcheck.reference.rounding import forward_rounding
from lstmcheck.targets.hypotheses import Alternative, alternatives
from lstmcheck.targets.hypothesis import Hypothesis, outputs_of
from lstmcheck.targets.network_hypotheses import in_some_cells, network_alternatives
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.step_hypotheses import step_alternatives
from lstmcheck.targets.target import Target
from lstmcheck.tolerances.forward_passes import CHANGES, EXPLAINED_ROOM, HYPOTHESES_WORK, HYPOTHESIS_OVERHEAD

STEPS, SEQUENCES = 3, 2
"""Of the probe: enough for every hypothesis to show."""


class Explanations(NamedTuple):
    """What gives the target's outputs, with the fewest changes; `note`: what was not looked for, if any."""

    matches: tuple[Match, ...] = ()
    note: str | None = None


def explanations(target: Target, seed: int, precision: Precision) -> Explanations:
    """Ask the target for the outputs of a small probe, and look for a network that gives them.

    A target that cannot be run at the probe's sizes has no explanation, and its other answers stand.
    """
    if precision.is_short:
        return Explanations(
            note=f"in {precision} many networks give the same outputs: no explanation was looked for"
        )
    ran = _probed(target)
    if ran is None:
        length, batch = _size(_probe(target.case))
        return Explanations(note=f"it cannot be run at T={length}, B={batch}: no explanation was looked for")
    probe, wanted = ran
    search = _Search(
        target, Hypothesis(probe, target.convention), wanted, forward_rounding(probe, seed, precision.eps)
    )
    if search.conforms:
        length, batch = _size(probe)
        return Explanations(
            note=f"with T={length} and B={batch} its outputs are ours: no explanation was looked for"
        )
    return search.explanations()


def _probed(target: Target) -> tuple[Case, Pass] | None:
    """A small case and what the target makes of it; with as many steps as sequences, where only that runs."""
    probes = [_probe(target.case)]
    length, batch = _size(target.case)
    if length == batch:
        probes.append(_probe(target.case, steps=SEQUENCES))
    for probe in probes:
        try:
            return probe, target.session.forward(replace(target, case=probe).inputs)
        except LstmcheckError:
            continue
    return None


def _size(case: Case) -> tuple[int, int]:
    """T and B."""
    length, batch, _ = case.arrays["x"].shape
    return length, batch


class _Search:
    """For a hypothesis that gives a target's outputs; one that changes nothing explains nothing."""

    def __init__(self, target: Target, declared: Hypothesis, wanted: Pass, rounding: Outputs) -> None:
        self.declared, self.wanted, self.can = declared, wanted, target.section.capabilities
        self.allowed = [EXPLAINED_ROOM * float(bound) for bound in rounding]
        self.ours = outputs_of(declared, declared)
        probe = declared.case
        self.whole = [*alternatives(target, probe), *step_alternatives(probe), *network_alternatives(probe)]

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
            hypothesis.convention,
            tuple(each.words for each in chosen),
            _names(hypothesis.convention),
            self._keys(chosen, hypothesis.convention),
        )

    def _keys(self, chosen: Sequence[Alternative], convention: Convention) -> dict[str, Any] | None:
        """Those of a configuration that declares all changes; None where one has none."""
        if any(each.keys is None for each in chosen):
            return None
        keys = {key: value for each in chosen for key, value in (each.keys or {}).items()}
        if convention == self.declared.convention:
            return keys
        if not self.can.is_open:
            return None
        return {"target.convention": next(iter(_names(convention)), _spelled_out(convention)), **keys}

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


def _probe(case: Case, steps: int = STEPS) -> Case:
    """The first steps of the first sequences: small enough to be run thousands of times."""
    arrays = dict(case.arrays)
    arrays["x"] = arrays["x"][:steps, :SEQUENCES]
    arrays |= {name: arrays[name][:, :SEQUENCES] for name in ("h0", "c0")}
    return replace(case, arrays=arrays, lengths=_probed_lengths(case, *arrays["x"].shape[:2]))


def _probed_lengths(case: Case, length: int, batch: int) -> NDArray[np.int64] | None:
    """Unequal ones, in no order that sorting would leave; of a single sequence its own."""
    if case.lengths is None:
        return None
    if batch == 1:
        return np.minimum(case.lengths[:1], length)
    return np.array([max(1, length - 1), length])


def _spelled_out(convention: Convention) -> dict[str, Any]:
    """What `target.convention` says of one without a name: the fields that are not their defaults."""
    plain = Convention("", "", "rows")
    fields = {"gates": convention.gates}
    for field in ("weights", "joined", "forget_offset", "split"):
        if getattr(convention, field) != getattr(plain, field):
            fields[field] = getattr(convention, field)
    return fields


def _names(convention: Convention) -> tuple[str, ...]:
    """Conventions of the table that are laid out so."""
    return tuple(
        name
        for name, row in CONVENTIONS.items()
        if replace(row, name="", bias="one") == replace(convention, name="", bias="one")
    )
