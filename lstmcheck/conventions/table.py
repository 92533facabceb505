"""The conventions of frameworks and courses, one row each. Imports no numpy: the configuration reads this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lstmcheck.lstm.spec import Bias

Weights = Literal["rows", "columns"]
Joined = Literal["none", "xh", "hx", "bxh"]
Split = Literal["stacked", "interleaved", "separate"]


@dataclass(frozen=True)
class Convention:
    """Where each gate's parameters lie.

    With `stacked` the gates follow each other in the order of `gates`, with `interleaved` the four numbers of
    one unit do, and with `separate` every gate has arrays of its own.
    """

    name: str
    gates: str
    """In our letters: i, f, g, o."""
    weights: Weights
    """rows: z = W x, a gate is a block of rows of W (4H, D); columns: z = x W, W is (D, 4H)."""
    joined: Joined = "none"
    """Whether W and U are one matrix: over [x, h], over [h, x], or over [1, x, h] with the bias first."""
    bias: Bias = "one"
    forget_offset: float = 0.0
    """Added to the forget gate's pre-activation when it runs, beside the bias."""
    split: Split = "stacked"

    def holds(self, bias: Bias) -> bool:
        """Whether it has a place for so many biases; an offset is a part of one."""
        return bias == "one" or not (self.joined == "bxh" or (self.forget_offset and bias == "none"))


CONVENTIONS = {
    row.name: row
    for row in (
        Convention("torch", "ifgo", "rows", bias="two"),
        Convention("keras", "ifgo", "columns"),
        Convention("onnx", "iofg", "rows", bias="two"),
        Convention("cudnn", "ifgo", "rows", bias="two"),
        Convention("tensorflow-block", "igfo", "columns", "xh", forget_offset=1.0),
        Convention("flax", "ifgo", "columns", split="separate"),
        Convention("equinox", "ifgo", "rows"),
        Convention("haste", "igfo", "columns"),
        Convention("cs231n", "ifog", "columns"),
        Convention("karpathy", "ifog", "columns", "bxh"),
        Convention("course", "figo", "rows", "hx", split="separate"),
        Convention("chainer", "gifo", "rows", split="interleaved"),
    )
}
