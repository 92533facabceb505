"""What a forward pass that is not ours may be instead: every convention, and known variants.

Each hypothesis changes our network or its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import Any, get_args

import numpy as np

from lstmcheck.config.choices import Activation
from lstmcheck.conventions.table import Convention, Weights
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.parameters import INPUT_BLOCKS, array_name
from lstmcheck.lstm.spec import BIAS_BLOCKS
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.hypothesis import Hypothesis
from lstmcheck.targets.target import Target

OFFSETS = (1.0, -1.0)
"""Forget biases that people add, or forget to add, when it runs."""


Change = Callable[[Hypothesis], Hypothesis]


@dataclass(frozen=True)
class Alternative:
    """One change, in words; alternatives of the same dimension exclude each other."""

    dimension: str
    words: str
    change: Change
    by_cell: bool = False
    """Whether some cells may be so, and others not."""
    keys: Mapping[str, Any] | None = None
    """Of a configuration that declares it, beside the convention; None where none do."""


def alternatives(target: Target, probe: Case) -> Iterator[Alternative]:
    """Single changes, the likeliest first: how the parameters are read, then what the network is."""
    yield from _gate_orders(target.convention)
    yield from _layouts(target.convention)
    if not target.section.capabilities.shapes:
        yield _turned(target.convention)
    yield from _offsets(target)
    yield from _transposes(probe)
    yield from _networks(probe)
    yield from _numbers(probe)
    yield from _places(probe)


def _read_as(dimension: str, words: str, **fields: object) -> Alternative:
    def change(old: Hypothesis) -> Hypothesis:
        return replace(old, convention=replace(old.convention, **fields))  # type: ignore[arg-type]

    return Alternative(dimension, words, change, by_cell=True, keys={})


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


def _turned(declared: Convention) -> Alternative:
    """Where nothing but memory is handed over: W, U or R read as if they were turned."""
    other: Weights = "columns" if declared.weights == "rows" else "rows"
    words = {"rows": "W is (4H, D), and z = W x", "columns": "W is (D, 4H), and z = x W"}[other]
    return _read_as("weights", words, weights=other)


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
        square = [name for name in _all(probe, block) if _is_square(probe.arrays[name])]
        if square:
            yield _with_arrays(
                f"{block} transposed",
                f"{block} of each gate is transposed",
                square,
                lambda a: a.swapaxes(1, 2),
            )


def _is_square(array: Numbers) -> bool:
    rows, columns = array.shape[1:]
    return bool(rows == columns > 1)


def _all(probe: Case, block: str) -> list[str]:
    """A block's arrays, of every cell that has it."""
    return [array_name(block, *key) for key in probe.spec.cells]


def _with_arrays(
    dimension: str,
    words: str,
    names: Sequence[str],
    change: Callable[[Numbers], Numbers],
    keys: Mapping[str, Any] | None = None,
) -> Alternative:
    def apply(old: Hypothesis) -> Hypothesis:
        changed = {name: change(old.case.arrays[name]) for name in names}
        return replace(old, case=replace(old.case, arrays={**old.case.arrays, **changed}))

    by_cell = not set(names) & set(INPUT_BLOCKS)
    return Alternative(dimension, words, apply, by_cell, keys)


def _networks(probe: Case) -> Iterator[Alternative]:
    """Other equations: activations, coupled gates, peepholes."""
    spec = probe.spec
    for role, chosen in product(("output", "candidate", "gate"), get_args(Activation)):
        if getattr(spec, role) != chosen:
            words = _describe_activation(role, chosen, getattr(spec, role))
            yield _with_spec(words, f"lstm.activations.{role}", **{role: chosen})
    if not spec.coupled:
        yield _with_spec("the gates are coupled: f = 1 - i", "lstm.coupled", coupled=True)
    else:
        yield _with_spec("the gates are not coupled: f is a gate of its own", "lstm.coupled", coupled=False)
    if spec.peephole:
        absent = {"lstm.peephole": False}
        yield _with_arrays("peephole", "the peepholes are not there", _all(probe, "p"), np.zeros_like, absent)


def _describe_activation(role: str, chosen: str, declared: str) -> str:
    whose = {"output": "output", "candidate": "candidate", "gate": "gates'"}[role]
    if chosen == "identity":
        return f"there is no {whose} {declared}"
    return f"the {whose} activation is {chosen}"


def _with_spec(words: str, key: str, **fields: object) -> Alternative:
    """With another value of one field of the network, which the configuration calls `key`."""
    ((dimension, value),) = fields.items()

    def change(old: Hypothesis) -> Hypothesis:
        spec = replace(old.case.spec, **fields)  # type: ignore[arg-type]
        return replace(old, case=replace(old.case, spec=spec))

    return Alternative(dimension, words, change, by_cell=True, keys={key: value})


def _numbers(probe: Case) -> Iterator[Alternative]:
    """Numbers that are not read, or are read twice."""
    blocks = BIAS_BLOCKS[probe.spec.bias]
    for block in blocks:
        names = _all(probe, block)
        yield _with_arrays(block, f"{block} is not added", names, np.zeros_like)
        yield _with_arrays(block, f"{block} is added twice", names, lambda a: 2 * a)
    yield _with_arrays("h0", "h0 is not read", ["h0"], np.zeros_like)
    if probe.arrays["c0"].any():
        yield _with_arrays("c0", "c0 is not read", ["c0"], np.zeros_like)
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
