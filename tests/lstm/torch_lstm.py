"""torch as an oracle: the same network, the same loss, gradients by automatic differentiation."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.types import Floats

torch.set_num_threads(1)

Outputs = dict[str, Tensor]
"""y (T, B, directions·P), h (cells, B, P), c (cells, B, H)."""
OUR_NAMES = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b_ih", "bias_hh": "b_hh", "weight_hr": "R"}


def our_name(theirs: str) -> str:
    """`weight_ih_l0_reverse` → `W_l0_reverse`."""
    kind, place = theirs.split("_l", 1)
    return f"{OUR_NAMES[kind]}_l{place}"


class TorchLstm:
    """torch's own nn.LSTM with a case's arrays. One bias is their first; their second is then zero."""

    def __init__(self, case: Case) -> None:
        spec = case.spec
        self.case = case
        self.module = torch.nn.LSTM(
            spec.input_size,
            spec.hidden_size,
            spec.num_layers,
            bias=spec.bias != "none",
            bidirectional=spec.bidirectional,
            proj_size=spec.proj_size or 0,
            dtype=torch.float64,
        )
        self.inputs = {name: leaf(case.arrays[name]) for name in ("x", "h0", "c0")}
        with torch.no_grad():
            for theirs, parameter in self.module.named_parameters():
                parameter.copy_(torch.from_numpy(self._array(theirs)).reshape(parameter.shape))

    def _array(self, theirs: str) -> Floats:
        ours, arrays = our_name(theirs), self.case.arrays
        if self.case.spec.bias != "one":
            return arrays[ours]
        if ours.startswith("b_hh"):
            return np.zeros_like(arrays[ours.replace("b_hh", "b")])
        return arrays[ours.replace("b_ih", "b")]

    def outputs(self) -> Outputs:
        x, states = self.inputs["x"], (self.inputs["h0"], self.inputs["c0"])
        if self.case.lengths is None:
            y, (h, c) = self.module(x, states)
        else:
            packed = pack_padded_sequence(x, torch.from_numpy(self.case.lengths), enforce_sorted=False)
            y, (h, c) = self.module(packed, states)
            y, _ = pad_packed_sequence(y, total_length=len(x))
        return {"y": y, "h": h, "c": c}

    def gradients(self) -> dict[str, Floats]:
        """By our names and in our shapes; one bias's is that of their first."""
        torch.autograd.backward(loss(self.case.loss, self.case.lengths, self.outputs()))
        found = {name: gradient(tensor) for name, tensor in self.inputs.items()}
        for theirs, parameter in self.module.named_parameters():
            ours = our_name(theirs)
            if self.case.spec.bias == "one":
                ours = ours.replace("b_ih", "b")
            if ours in self.case.arrays:
                found[ours] = gradient(parameter).reshape(self.case.arrays[ours].shape)
        return found


def leaf(array: Floats) -> Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def gradient(tensor: Tensor) -> Floats:
    assert tensor.grad is not None
    return np.asarray(tensor.grad.numpy())


def loss(ours: Loss, lengths: NDArray[np.int64] | None, outputs: Outputs) -> Tensor:
    """The loss, from its definition; y is read where a sequence has not ended, the states everywhere."""
    value = torch.zeros((), dtype=torch.float64)
    for part, array in ours.targets.items():
        q, target = outputs[part], torch.from_numpy(array)
        if part == "y" and lengths is not None:
            inside = torch.arange(len(q))[:, None] < torch.from_numpy(lengths)
        else:
            inside = torch.ones(q.shape[:2], dtype=torch.bool)
        q, target = q[inside], target[inside]
        if ours.kind == "cross_entropy":
            reduction = "mean" if ours.mean else "sum"
            term = torch.nn.functional.cross_entropy(q, target[:, 0], reduction=reduction)
        else:
            terms = target * q if ours.kind == "projection" else 0.5 * (q - target) ** 2
            term = terms.mean() if ours.mean else terms.sum()
        value = value + ours.scale * term
    return value
