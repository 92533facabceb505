"""What a forward pass that is not ours may be instead: every convention, and known variants.

Each hypothesis changes our network or its numbers; the one whose outputs are the target's, to rounding, is
the explanation. Single changes come first, then two at once, then three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product
from typing import NamedTuple, get_args

import numpy as np

from lstmcheck.config.choices import Activation
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Match
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import GATES, INPUT_BLOCKS
from lstmcheck.lstm.spec import BIAS_BLOCKS
from lstmcheck.lstm.types import Numbers
from lstmcheck.reference.noise import forward_rounding
from lstmcheck.targets.protocols.adapter import SUFFIX
from lstmcheck.targets.target import Target
from lstmcheck.tolerances import EXPLAINED_ROOM

WORK = 400_000_000
"""Bound on the search, in entries that are computed: all of a small network, a few seconds of a large one."""
AT_LEAST = 30_000
"""Entries that a hypothesis counts beside its parameters: numpy's calls take as long."""
CHANGES = 3
"""At most, at once."""
STEPS, SEQUENCES = 3, 2
"""Of the probe: enough for every hypothesis to show."""
OFFSETS = (1.0, -1.0)
"""Forget biases that people add, or forget to add, when it runs."""


@dataclass(frozen=True)
class Hypothesis:
    """A network that the target may be: its numbers, the convention that it reads, what it puts out."""

    case: Case
    convention: Convention
    returned: str = "yhc"
    """Letters of our outputs in the places of y, h_T and c_T."""
    backwards: bool = False
    """Whether it reads x, and writes y, from the last step to the first."""


Change = Callable[[Hypothesis], Hypothesis]


@dataclass(frozen=True)
class Alternative:
    """One change, in words; alternatives of the same dimension exclude each other."""

    dimension: str
    words: str
    change: Change


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
        wanted = target.session.forward(probe.arrays)
    except LstmcheckError:
        length, batch, _ = probe.arrays["x"].shape
        return Explanations(note=f"it cannot be run at T={length}, B={batch}: no explanation was looked for")
    assert wanted.outputs is not None
    start = Hypothesis(probe, target.convention)
    alternatives = list(_alternatives(target, probe))
    allowed = [EXPLAINED_ROOM * float(bound) for bound in forward_rounding(probe, seed, eps)]
    left = affordable(probe)
    for count in range(1, CHANGES + 1):
        matches, compatible = [], list(_compatible(alternatives, count))
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
    return WORK // (AT_LEAST + sum(array.size for array in probe.arrays.values()))


def _compatible(alternatives: Sequence[Alternative], count: int) -> Iterator[tuple[Alternative, ...]]:
    """So many of them at once, of different dimensions."""
    for chosen in combinations(alternatives, count):
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
    return replace(case, arrays=arrays)


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
        declared, supposed = (Layout(c, target.case.spec) for c in (target.convention, hypothesis.convention))
        if declared.shapes != supposed.shapes:
            return None
        own = {n.removesuffix(SUFFIX): a for n, a in case.arrays.items() if n not in INPUT_BLOCKS}
        parameters = supposed.read(declared.write(own))
        case = replace(case, arrays={**case.arrays, **{f"{n}{SUFFIX}": a for n, a in parameters.items()}})
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


def _alternatives(target: Target, probe: Case) -> Iterator[Alternative]:
    yield from _gate_orders(target.convention)
    yield from _layouts(target.convention)
    yield from _offsets(target)
    yield from _transposes(probe)
    yield from _networks(probe)
    yield from _numbers(probe)
    yield from _places(probe)


def _read_as(dimension: str, words: str, **fields: object) -> Alternative:
    def change(old: Hypothesis) -> Hypothesis:
        return replace(old, convention=replace(old.convention, **fields))  # type: ignore[arg-type]

    return Alternative(dimension, words, change)


def _gate_orders(declared: Convention) -> Iterator[Alternative]:
    for order in map("".join, permutations(GATES)):
        if order != declared.gates:
            yield _read_as("gates", f"the gates are {' '.join(order)}", gates=order)


def _layouts(declared: Convention) -> Iterator[Alternative]:
    if declared.joined in ("xh", "hx"):
        other = {"xh": "hx", "hx": "xh"}[declared.joined]
        words = {"xh": "W is over [x, h]", "hx": "W is over [h, x]"}[other]
        yield _read_as("joined", words, joined=other)
    if declared.split != "separate":
        other = {"stacked": "interleaved", "interleaved": "stacked"}[declared.split]
        words = {
            "stacked": "the gates are stacked one after the other",
            "interleaved": "the four gates of each unit stand together",
        }[other]
        yield _read_as("split", words, split=other)


def _offsets(target: Target) -> Iterator[Alternative]:
    if target.case.spec.bias == "none":
        return
    declared = target.convention.forget_offset
    for offset in dict.fromkeys((0.0, *OFFSETS, *(declared + each for each in OFFSETS))):
        if offset != declared:
            words = (
                f"{offset:g} is added to the forget gate" if offset else "nothing is added to the forget gate"
            )
            yield _read_as("offset", words, forget_offset=offset)


def _transposes(probe: Case) -> Iterator[Alternative]:
    for block in ("W", "U"):
        array = probe.arrays[f"{block}{SUFFIX}"]
        if array.shape[1] == array.shape[2] > 1:
            yield _with_array(
                f"{block} transposed",
                f"{block} of each gate is transposed",
                f"{block}{SUFFIX}",
                lambda a: a.swapaxes(1, 2),
            )


def _with_array(dimension: str, words: str, name: str, change: Callable[[Numbers], Numbers]) -> Alternative:
    def apply(old: Hypothesis) -> Hypothesis:
        arrays = dict(old.case.arrays)
        arrays[name] = change(arrays[name])
        return replace(old, case=replace(old.case, arrays=arrays))

    return Alternative(dimension, words, apply)


def _networks(probe: Case) -> Iterator[Alternative]:
    """Other equations: activations, coupled gates, peepholes."""
    spec = probe.spec
    for role, chosen in product(("output", "candidate", "gate"), get_args(Activation)):
        if getattr(spec, role) != chosen:
            yield _with_spec(role, _describe_activation(role, chosen, getattr(spec, role)), **{role: chosen})
    if not spec.coupled:
        yield _with_spec("coupled", "the gates are coupled: f = 1 - i", coupled=True)
    else:
        yield _with_spec("coupled", "the gates are not coupled: f is a gate of its own", coupled=False)
    if spec.peephole:
        yield _with_array("peephole", "the peepholes are not there", f"p{SUFFIX}", np.zeros_like)


def _describe_activation(role: str, chosen: str, declared: str) -> str:
    whose = {"output": "output", "candidate": "candidate", "gate": "gates'"}[role]
    if chosen == "identity":
        return f"there is no {whose} {declared}"
    return f"the {whose} activation is {chosen}"


def _with_spec(dimension: str, words: str, **fields: object) -> Alternative:
    def change(old: Hypothesis) -> Hypothesis:
        spec = replace(old.case.spec, **fields)  # type: ignore[arg-type]
        return replace(old, case=replace(old.case, spec=spec))

    return Alternative(dimension, words, change)


def _numbers(probe: Case) -> Iterator[Alternative]:
    """Numbers that are not read, or are read twice."""
    blocks = BIAS_BLOCKS[probe.spec.bias]
    for block in blocks:
        name = f"{block}{SUFFIX}"
        yield _with_array(block, f"{block} is not added", name, np.zeros_like)
        yield _with_array(block, f"{block} is added twice", name, lambda a: 2 * a)
    yield _with_array("h0", "h0 is not read", "h0", np.zeros_like)
    if probe.arrays["c0"].any():
        yield _with_array("c0", "c0 is not read", "c0", np.zeros_like)
    yield Alternative("time", "time runs backwards", lambda old: replace(old, backwards=True))
    if probe.arrays["h0"].shape == probe.arrays["c0"].shape:
        yield Alternative("states", "h0 and c0 are exchanged", _exchange_states)


def _exchange_states(old: Hypothesis) -> Hypothesis:
    arrays = dict(old.case.arrays)
    arrays["h0"], arrays["c0"] = arrays["c0"], arrays["h0"]
    return replace(old, case=replace(old.case, arrays=arrays))


def _places(probe: Case) -> Iterator[Alternative]:
    """Other outputs than were asked for."""
    if probe.arrays["h0"].shape == probe.arrays["c0"].shape:
        words = "h_T and c_T are returned in each other's place"
        yield Alternative("places", words, lambda old: replace(old, returned="ych"))
