"""What frameworks call the parameters of an LSTM in their files. Imports no numpy."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from lstmcheck.lstm.gates import GATES

CELL = re.compile(r"(.*?)(?:_l([0-9]{1,6})(_reverse)?)?", re.DOTALL)
"""A name, and the cell that it is of."""
Blocks = tuple[str, ...]
"""Names as `Layout` has them; two biases that follow each other in one array are two."""

_TORCH: dict[str, Blocks] = {
    "weight_ih": ("W",),
    "weight_hh": ("U",),
    "bias_ih": ("b_ih",),
    "bias_hh": ("b_hh",),
    "weight_hr": ("R",),
}
_KERAS: dict[str, Blocks] = {"kernel": ("W",), "recurrent_kernel": ("U",), "bias": ("b",)}
_FLAX: dict[str, Blocks] = {
    f"{side}{gate}/{kind}": (f"{block}_{gate}",)
    for side, kind, block in (("i", "kernel", "W"), ("h", "kernel", "U"), ("h", "bias", "b"))
    for gate in GATES
}
_COURSE_GATES = {"f": "f", "i": "i", "c": "g", "o": "o"}

FRAMEWORK_NAMES: dict[str, dict[str, Blocks]] = {
    "torch": _TORCH,
    "keras": _KERAS,
    "onnx": {"W": ("W",), "R": ("U",), "B": ("b_ih", "b_hh"), "P": ("p",)},
    "cudnn": _TORCH,
    "tensorflow-block": {"kernel": ("W",), "w": ("W",), "bias": ("b",), "b": ("b",)},
    "flax": _FLAX,
    "equinox": {"weight_ih": ("W",), "weight_hh": ("U",), "bias": ("b",)},
    "haste": _KERAS,
    "cs231n": {"Wx": ("W",), "Wh": ("U",), "b": ("b",)},
    "karpathy": {"WLSTM": ("W",)},
    "course": {
        f"{kind}{letter}": (f"{kind}_{gate}",) for kind in "Wb" for letter, gate in _COURSE_GATES.items()
    },
    "chainer": {"upward/W": ("W",), "upward/b": ("b",), "lateral/W": ("U",)},
}
"""A framework's own names, by convention."""

DIRECTION_AXIS = frozenset({"onnx"})
"""Whose own arrays begin with an axis of directions: one array holds both."""


class Spelling(NamedTuple):
    """A name under which a file may have an array."""

    name: str
    blocks: Blocks
    """What it stands for."""
    of_framework: bool
    """Whether it is the framework's own name, not that of a `Layout`."""


def spellings(convention: str, known: Collection[str]) -> Iterator[Spelling]:
    """Every name for the arrays `known` to a `Layout`."""
    for name, blocks in FRAMEWORK_NAMES.get(convention, {}).items():
        if set(blocks) <= set(known):
            yield Spelling(name, blocks, True)
    for block in known:
        yield Spelling(block, (block,), False)
        if block.endswith("_g"):
            yield from (Spelling(block[:-1] + letter, (block,), False) for letter in "caj")


def split_name(name: str) -> tuple[str, int | None, bool]:
    """`b_ih_l1_reverse` → `b_ih`, 1, True; no layer where the name ends in none."""
    match = CELL.fullmatch(name)
    assert match is not None, "the pattern takes everything"
    return match[1], None if match[2] is None else int(match[2]), bool(match[3])
