"""The sizes and switches that the equations depend on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Bias = Literal["one", "two", "none"]
Inputs = Literal["normal", "one-hot", "integer"]
"""What x is made of where it is drawn."""
BIAS_BLOCKS: dict[Bias, tuple[str, ...]] = {"one": ("b",), "two": ("b_ih", "b_hh"), "none": ()}
"""The bias arrays of a cell; each of two has the full gradient."""


@dataclass(frozen=True)
class LstmSpec:
    """An LSTM network, without its numbers.

    Letters as in the equations: D = `input_size`, H = `hidden_size`, P = `output_size`.
    """

    input_size: int
    hidden_size: int
    num_layers: int = 1
    bidirectional: bool = False
    bias: Bias = "one"
    peephole: bool = False
    coupled: bool = False
    proj_size: int | None = None
    gate: str = "sigmoid"
    candidate: str = "tanh"
    output: str = "tanh"

    @property
    def directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def output_size(self) -> int:
        """P, the width of h: H, or `proj_size` with a projection."""
        return self.proj_size or self.hidden_size

    def layer_input_size(self, layer: int) -> int:
        """Width of what a layer reads: D, and above the first layer both directions side by side."""
        return self.input_size if layer == 0 else self.directions * self.output_size

    @property
    def cells(self) -> tuple[tuple[int, bool], ...]:
        """(layer, reverse) of every cell, in the order of the leading axis of h0 and c0."""
        reverses = (False, True)[: self.directions]
        return tuple((layer, reverse) for layer in range(self.num_layers) for reverse in reverses)
