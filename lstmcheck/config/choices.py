"""The words that a configuration chooses from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from lstmcheck.lstm.spec import Bias, Inputs
from lstmcheck.protocol_capabilities import PROTOCOLS

Activation = Literal["sigmoid", "tanh", "identity", "relu", "hard_sigmoid", "softsign"]
BehaviourName = Literal["linear", "separate", "absent", "again"]
BlockName = Literal["W", "U", "b", "b_ih", "b_hh", "p", "R", "x", "h0", "c0"]
InitialState = Literal["random", "zero"]
LossKind = Literal["projection", "squared_error", "cross_entropy"]
LossPart = Literal["outputs", "hidden", "cell"]
Reduction = Literal["sum", "mean"]
Reference = Literal["central", "complex"]
Method = Literal["auto", "entries", "directions"]
ConventionName = Literal[
    "torch",
    "keras",
    "onnx",
    "cudnn",
    "tensorflow-block",
    "flax",
    "equinox",
    "haste",
    "cs231n",
    "karpathy",
    "course",
    "chainer",
]
StatesForm = Literal["stacked", "separate", "none"]
DType = Literal["float64", "float32", "float16", "bfloat16"]
if TYPE_CHECKING:
    Protocol = str
else:
    Protocol = Literal[tuple(PROTOCOLS)]

__all__ = [
    "Activation",
    "BehaviourName",
    "Bias",
    "BlockName",
    "ConventionName",
    "DType",
    "InitialState",
    "Inputs",
    "LossKind",
    "LossPart",
    "Protocol",
    "Reduction",
    "Reference",
    "StatesForm",
    "choices",
]


def choices(words: Any, between: str = " | ") -> str:
    """`sum | mean`."""
    return between.join(get_args(words))
