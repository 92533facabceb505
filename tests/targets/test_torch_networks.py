"""Torch modules of two layers, both directions and lengths: right ones pass, planted mistakes are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from target_checks import checked
from torch_targets import NETWORK, SIZES, planted

from lstmcheck.judge.verdict import Verdict

QUICK: dict[str, Any] = SIZES | {"check__entries": 1, "target__behaviour": "[]"}
BY_X: dict[str, Any] = QUICK | {"check__blocks": "[x]", "check__entries": "all"}
BY_X_AND_H0: dict[str, Any] = BY_X | {"check__blocks": "[x, h0]"}
BY_U: dict[str, Any] = QUICK | {"check__blocks": "[U]"}
BY_B: dict[str, Any] = QUICK | {"check__blocks": "[b]"}
D_H_T = "d_h_t = torch.where(m, d_y[t] + d_h, 0)"
D_H = "d_h = torch.where(m, d_z @ U, d_h)"
D_C = "d_c = torch.where(m, d_c_t * f, d_c)"

PLANTS = [
    ("output-derivative-twice", "1 - tanh_c**2", "1 - tanh_c.tanh() ** 2", BY_X),
    ("gate-order-in-backward", "d_z_f, d_z_g, d_z_o]", "d_z_f, d_z_o, d_z_g]", BY_X),
    ("hidden-carry-dropped", D_H, "d_h = torch.where(m, 0 * d_h, d_h)", BY_X),
    ("cell-carry-without-forget", D_C, "d_c = torch.where(m, d_c_t, d_c)", BY_X),
    ("mask-forgets-hidden", D_H, "d_h = d_z @ U", BY_X),
    ("mask-forgets-cell", D_C, "d_c = d_c_t * f", BY_X),
    ("reverse-output-gradient-not-turned", D_H_T, D_H_T.replace("t]", "last - t if backwards else t]"), BY_X),
    ("reverse-input-gradient-not-turned", "d_x[t] =", "d_x[last - t if backwards else t] =", BY_X),
    ("layers-detached", "d_x[t] = d_z @ W", "d_x[t] = d_z @ W * (layer == 0)", BY_X_AND_H0),
    ("recurrent-weights-use-new-hidden", "d_z.T @ h\n", "d_z.T @ (o * tanh_c if backwards else h)\n", BY_U),
    ("scaled-parameter", "d_z.T @ h\n", "d_z.T @ h / (1 + layer)\n", BY_U),
]


def test_a_right_network_passes_everything(tmp_path: Path) -> None:
    some = {"check__entries": 1, "check__blocks": "[U, x, h0]"}
    report = checked(tmp_path, NETWORK, "torch", **SIZES | some)
    assert set(report.answers.values()) == {Verdict.PASS}
    assert {gate.info.name for gate in report.blocks} >= {"U_l0", "U_l1_reverse", "x", "h0"}


@pytest.mark.parametrize(("mistake", "old", "new", "settings"), PLANTS, ids=[plant[0] for plant in PLANTS])
def test_a_planted_mistake_is_caught_and_named(
    mistake: str, old: str, new: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    report = checked(tmp_path, planted(old, new), "torch", explain=True, **settings)
    assert report.gradient == Verdict.FAIL
    assert report.diagnosis is not None
    assert [each.mistake for each in report.diagnosis.suspects] == [mistake]


def test_a_mistake_in_one_cell_accuses_that_cell_alone(tmp_path: Path) -> None:
    wrong = planted("d_b_hh = d_b", "d_b_hh = d_b * (1 + (layer and backwards))")
    report = checked(tmp_path, wrong, "torch", explain=True, **BY_B)
    assert report.diagnosis is not None
    assert [each.mistake for each in report.diagnosis.suspects] == ["bias-doubled"]
    assert {gate.info.name for gate in report.blocks if gate.verdict == Verdict.FAIL} == {"b_hh_l1_reverse"}


@pytest.mark.parametrize(
    "form",
    [
        {"sequence__lengths": "[3, 1, 2]", "target__options__batch_first": True},
        {"lstm__hidden_size": 3, "lstm__proj_size": 2, "sequence__lengths": "[2, 3, 1]"},
        {"sequence__lengths": "null"},
    ],
    ids=["packed, batch first", "packed, projected", "whole"],
)
def test_torchs_own_network_passes(form: dict[str, Any], tmp_path: Path) -> None:
    own = "from torch.nn import LSTM as build\n"
    report = checked(tmp_path, own, "torch", **QUICK | form)
    assert set(report.answers.values()) == {Verdict.PASS}
    assert report.config.lstm.bias == "two"


def test_states_may_come_and_go_by_cells(tmp_path: Path) -> None:
    """[[(h, c), (h, c)], …] by layer and direction, as stacks of layers have them; cells are told by path."""
    stack = f"""{NETWORK}
class Layer(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.directions = nn.ModuleList([nn.LSTMCell(D, H), nn.LSTMCell(D, H)])

    def forward(self, x, states):
        ys, out = [], []
        for cell, (h, c), backwards in zip(self.directions, states, (False, True)):
            y = []
            for x_t in x.flip(0) if backwards else x:
                h, c = cell(x_t, (h, c))
                y.append(h)
            ys.append(torch.stack(y[::-1] if backwards else y))
            out.append((h, c))
        return torch.cat(ys, -1), out

class Stack(nn.Module):
    def __init__(self, D, H):
        super().__init__()
        self.layers = nn.ModuleList([Layer(D, H), Layer(2 * H, H)])

    def forward(self, x, states):
        out = []
        for layer, own in zip(self.layers, states):
            x, last = layer(x, own)
            out.append(last)
        return x, out

build = Stack
"""
    settings = QUICK | {"sequence__lengths": "null", "check__blocks": "[b, h0]"}
    report = checked(tmp_path, stack, "torch", target__options__states="separate", **settings)
    assert report.verdict == Verdict.PASS
