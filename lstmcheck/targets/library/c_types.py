"""What `lstmcheck.h` declares, for ctypes; and what it calls the parameters of a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ctypes import POINTER, Array, Structure, c_int64, c_void_p, cast

from lstmcheck.conventions.names import split_name
from lstmcheck.lstm.types import Arrays
from lstmcheck.targets.library.memory import Guarded

SUFFIX = {"float64": "", "float32": "_f32"}
"""Behind the names of functions, by precision."""
FIELDS = {"W": "W", "U": "U", "b": "b", "b_ih": "b", "b_hh": "b_hh", "p": "p", "R": "R"}
"""Of `lstm_params`, by the names of blocks."""


class Sizes(Structure):
    """`lstm_sizes`."""

    _fields_ = [
        *((name, c_int64) for name in ("T", "B", "D", "H", "P", "layers", "directions")),
        ("lengths", POINTER(c_int64)),
    ]


class Params(Structure):
    """`lstm_params`."""

    _fields_ = [(name, c_void_p) for name in dict.fromkeys(FIELDS.values())]


def layers_and_directions(names: Iterable[str]) -> tuple[int, int]:
    """Of a network whose parameters have these names."""
    cells = [split_name(name) for name in names]
    return max(layer or 0 for _, layer, _ in cells) + 1, 1 + any(reverse for _, _, reverse in cells)


def places(names: Iterable[str]) -> dict[str, str]:
    """Where each parameter is in C: `U_l1_reverse` → `params[3].U`."""
    names = list(names)
    _, directions = layers_and_directions(names)
    found = {}
    for name in names:
        block, layer, reverse = split_name(name)
        found[name] = f"params[{(layer or 0) * directions + reverse}].{FIELDS[block]}"
    return found


def sizes_of(given: Arrays, cells: tuple[int, int], memory: Mapping[str, Guarded]) -> Sizes:
    """Of x (T, B, D), h0 (…, B, P), c0 (…, B, H), with layers and directions, and the `lengths` in memory."""
    lengths = memory.get("lengths")
    at = None if lengths is None else cast(lengths.address, POINTER(c_int64))
    return Sizes(*given["x"].shape, given["c0"].shape[-1], given["h0"].shape[-1], *cells, at)


def params_of(name: str, cells: int, memory: Mapping[str, Guarded]) -> Array[Params]:
    """An array of `lstm_params`, with what is called `name[0].W` and so on in memory; else NULL."""
    found = (Params * cells)()
    for cell, params in enumerate(found):
        for field in dict.fromkeys(FIELDS.values()):
            if (own := memory.get(f"{name}[{cell}].{field}")) is not None:
                setattr(params, field, own.address)
    return found
