"""Which arrays a network has, what they are called, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from zlib import crc32

import numpy as np

from lstmcheck.lstm.gates import GATES, PEEPHOLE_GATES, F, gate_label
from lstmcheck.lstm.spec import BIAS_BLOCKS, Inputs, LstmSpec
from lstmcheck.lstm.types import Floats, Indices

PARAMETER_BLOCKS = ("W", "U", "b", "b_ih", "b_hh", "p", "R")
INPUT_BLOCKS = ("x", "h0", "c0")
BLOCKS = PARAMETER_BLOCKS + INPUT_BLOCKS


@dataclass(frozen=True)
class ArrayInfo:
    """Name, place and shape of one array of the network."""

    block: str
    shape: tuple[int, ...]
    layer: int | None = None
    reverse: bool = False
    gates: str = ""
    """Letters along the first axis, or empty where that axis is no gate axis."""

    @property
    def name(self) -> str:
        return self.block if self.layer is None else array_name(self.block, self.layer, self.reverse)

    @property
    def size(self) -> int:
        return prod(self.shape)

    @property
    def rows(self) -> int:
        """Length of the gate axis, one without."""
        return self.shape[0] if self.gates else 1

    def row(self, gate: str) -> int:
        """Position of a gate's letter on the gate axis."""
        return self.gates.index(gate)

    def label(self, row: int) -> str:
        """Of one gate, by its position on the gate axis: `W_l0_f`; of an array without one its name."""
        return gate_label(self.name, self.gates[row] if self.gates else None)

    def row_of(self, entries: Indices) -> Indices:
        """Position on the gate axis of flat indices."""
        return entries // (self.size // self.rows)

    @property
    def scopes(self) -> int:
        """Parts whose gradients have a size of their own: gates, steps of x, cells of h0 and c0, or all."""
        return self.shape[0] if self.gates or self.block in INPUT_BLOCKS else 1

    def scope_of(self, entries: Indices) -> Indices:
        """Which of those parts flat indices lie in."""
        return entries // (self.size // self.scopes)


def array_name(block: str, layer: int, reverse: bool) -> str:
    """`W_l0`, `b_ih_l1_reverse`."""
    return f"{block}_l{layer}{'_reverse' if reverse else ''}"


def parameter_arrays(spec: LstmSpec) -> list[ArrayInfo]:
    """The parameters, layer by layer, in the order of tables and files."""
    return [info for layer, reverse in spec.cells for info in _cell_arrays(spec, layer, reverse)]


def _cell_arrays(spec: LstmSpec, layer: int, reverse: bool) -> list[ArrayInfo]:
    H, P = spec.hidden_size, spec.output_size
    found = [
        ArrayInfo("W", (4, H, spec.layer_input_size(layer)), layer, reverse, GATES),
        ArrayInfo("U", (4, H, P), layer, reverse, GATES),
    ]
    found += [ArrayInfo(block, (4, H), layer, reverse, GATES) for block in BIAS_BLOCKS[spec.bias]]
    if spec.peephole:
        found.append(ArrayInfo("p", (3, H), layer, reverse, PEEPHOLE_GATES))
    if spec.proj_size is not None:
        found.append(ArrayInfo("R", (P, H), layer, reverse))
    return found


def input_arrays(spec: LstmSpec, length: int, batch: int) -> list[ArrayInfo]:
    """x, h0 and c0 for `length` steps of `batch` sequences."""
    cells = len(spec.cells)
    return [
        ArrayInfo("x", (length, batch, spec.input_size)),
        ArrayInfo("h0", (cells, batch, spec.output_size)),
        ArrayInfo("c0", (cells, batch, spec.hidden_size)),
    ]


def generator(seed: int, name: str) -> np.random.Generator:
    """A stream for one purpose, so that what is drawn for it depends on nothing else that is drawn."""
    return np.random.default_rng([seed, crc32(name.encode())])


def draw_parameters(
    spec: LstmSpec, seed: int, *, scale: float | None = None, forget_bias: float = 0.0
) -> dict[str, Floats]:
    """Normal weights with standard deviation `scale`, by default 1/√fan-in.

    `forget_bias` is added to the forget rows of b, or of b_ih alone where there are two biases: it
    counts once in the pre-activation.
    """
    drawn = {}
    for info in parameter_arrays(spec):
        fan_in = info.shape[-1]
        deviation = fan_in**-0.5 if scale is None else scale
        array = deviation * generator(seed, info.name).standard_normal(info.shape)
        if info.block in ("b", "b_ih"):
            array[F] += forget_bias
        drawn[info.name] = array
    return drawn


INTEGERS = 4
"""Integer inputs are below it: larger ones close or open every gate."""


def draw_inputs(
    spec: LstmSpec,
    seed: int,
    length: int,
    batch: int,
    *,
    zero_state: bool = False,
    inputs: Inputs = "normal",
) -> dict[str, Floats]:
    """Standard normal h0 and c0, with `zero_state` zero; and x, normal too, or of zeros and a one for each
    step, or of whole numbers from 0 to 3."""
    drawn = {
        info.name: generator(seed, info.name).standard_normal(info.shape)
        for info in input_arrays(spec, length, batch)
    }
    if zero_state:
        drawn |= {name: np.zeros_like(drawn[name]) for name in ("h0", "c0")}
    random = generator(seed, f"x {inputs}")
    if inputs == "one-hot":
        drawn["x"] = np.eye(spec.input_size)[random.integers(0, spec.input_size, (length, batch))]
    elif inputs == "integer":
        drawn["x"] = random.integers(0, INTEGERS, drawn["x"].shape).astype(float)
    return drawn
