"""What nn.LSTM does not have, by automatic differentiation: peepholes, coupled gates, activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest

pytest.importorskip("torch")

import torch
from lstm_cases import BATCH, LENGTH, LENGTHS, SMALL, assert_close, drawn_case, rounding
from torch import Tensor
from torch_lstm import gradient, leaf, loss

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats

FUNCTIONS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "identity": lambda z: z,
    "relu": torch.relu,
    "hard_sigmoid": lambda z: torch.clamp(0.2 * z + 0.5, 0, 1),
    "softsign": torch.nn.functional.softsign,
}


def step(spec: LstmSpec, a: Mapping[str, Tensor], x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """One step of a single cell, as the equations have it."""
    gate, peephole = FUNCTIONS[spec.gate], a.get("p_l0")
    z = [x @ a["W_l0"][k].T + h @ a["U_l0"][k].T + a["b_l0"][k] for k in range(4)]
    if peephole is not None:
        z[0], z[1] = z[0] + peephole[0] * c, z[1] + peephole[1] * c
    i = gate(z[0])
    f = 1 - i if spec.coupled else gate(z[1])
    c = f * c + i * FUNCTIONS[spec.candidate](z[2])
    o = gate(z[3] if peephole is None else z[3] + peephole[2] * c)
    m = o * FUNCTIONS[spec.output](c)
    return (m @ a["R_l0"].T if "R_l0" in a else m), c


def gradients(case: Case) -> dict[str, Floats]:
    """The case's gradients, through a loop over time that carries ended sequences along."""
    a = {name: leaf(array) for name, array in case.arrays.items()}
    h, c = a["h0"][0], a["c0"][0]
    ends = torch.full((h.shape[0],), LENGTH) if case.lengths is None else torch.from_numpy(case.lengths)
    ys = []
    for t in range(LENGTH):
        inside = (t < ends)[:, None]
        new_h, new_c = step(case.spec, a, a["x"][t], h, c)
        h, c = torch.where(inside, new_h, h), torch.where(inside, new_c, c)
        ys.append(torch.where(inside, new_h, 0))
    outputs = {"y": torch.stack(ys), "h": h[None], "c": c[None]}
    torch.autograd.backward(loss(case.loss, case.lengths, outputs))
    unused = {name: torch.zeros_like(tensor) for name, tensor in a.items() if tensor.grad is None}
    return {name: unused[name].numpy() if name in unused else gradient(tensor) for name, tensor in a.items()}


def assert_agrees(spec: LstmSpec, lengths: Sequence[int] | None = None) -> None:
    case = drawn_case(spec, seed=11, lengths=lengths)
    ours, theirs = case.gradients(), gradients(case)
    assert ours.keys() == theirs.keys()
    for name, mine in ours.items():
        assert_close(mine, theirs[name], rounding(spec, LENGTH, BATCH), name)


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "padded"])
@pytest.mark.parametrize("proj_size", [None, 2], ids=["plain", "projected"])
@pytest.mark.parametrize("coupled", [False, True], ids=["uncoupled", "coupled"])
@pytest.mark.parametrize("peephole", [False, True], ids=["blind", "peephole"])
def test_peephole_and_coupled_gates(
    peephole: bool, coupled: bool, proj_size: int | None, lengths: Sequence[int] | None
) -> None:
    assert_agrees(replace(SMALL, peephole=peephole, coupled=coupled, proj_size=proj_size), lengths)


@pytest.mark.parametrize("place", ["gate", "candidate", "output"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_activation_in_every_place(name: str, place: str) -> None:
    spec = replace(SMALL, peephole=True)
    match place:
        case "gate":
            assert_agrees(replace(spec, gate=name))
        case "candidate":
            assert_agrees(replace(spec, candidate=name))
        case _:
            assert_agrees(replace(spec, output=name))
