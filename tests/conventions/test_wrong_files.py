"""What is wrong with a file in another convention, in that convention's own words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from convention_cases import load_with, problems_with

D, H = 4, 6
Shapes = Mapping[str, tuple[int, ...]]


def told(folder: Path, convention: str, shapes: Shapes, *overrides: str) -> list[tuple[str, str | None]]:
    file = {name: np.ones(shape) for name, shape in shapes.items()}
    problems = problems_with(folder, file, f"arrays: {{file: my.npz, convention: {convention}}}", *overrides)
    return [(problem.what, problem.remedy) for problem in problems]


TRANSPOSED_ROWS = "It looks transposed: the gates are rows here. Save array.T."
TRANSPOSED_COLUMNS = "It looks transposed: the gates are columns here. Save array.T."


@pytest.mark.parametrize(
    ("convention", "name", "shape", "what", "remedy"),
    [
        ("torch", "weight_ih_l0", (D, 24), "(24, 4), which is (4H, D) in convention torch.", TRANSPOSED_ROWS),
        ("torch", "lstm.weight_ih_l0", (D, 24), "(24, 4), which is (4H, D)", TRANSPOSED_ROWS),
        ("keras", "kernel", (24, D), "(4, 24), which is (D, 4H) in convention keras.", TRANSPOSED_COLUMNS),
        ("karpathy", "WLSTM", (24, 11), "(11, 24), which is (1+D+H, 4H)", TRANSPOSED_COLUMNS),
        ("course", "Wf", (10, H), "(6, 10), which is (H, H+D) in convention course.", TRANSPOSED_ROWS),
        ("flax", "ii/kernel", (H, D), "(4, 6), which is (D, H) in convention flax.", TRANSPOSED_COLUMNS),
        ("{gates: icfo}", "W", (D, 24), "(24, 4), which is (4H, D) in this convention.", TRANSPOSED_ROWS),
        (
            "onnx",
            "W",
            (1, D, 24),
            "(1, 24, 4), which is (directions, 4H, D) in convention onnx.",
            "It looks transposed: save array.transpose(0, 2, 1).",
        ),
        (
            "onnx",
            "R",
            (24, H),
            "(1, 24, 6), which is (directions, 4H, H) in convention onnx.",
            "The axis of directions is missing: save array.reshape(1, 24, 6).",
        ),
        (
            "onnx",
            "B",
            (48,),
            "(1, 48), which is (directions, 8H) in convention onnx.",
            "The axis of directions is missing: save array.reshape(1, 48).",
        ),
        (
            "keras",
            "kernel",
            (4, H, D),
            "(4, 24), which is (D, 4H) in convention keras.",
            "This is our own layout: leave arrays.convention out.",
        ),
        (
            "karpathy",
            "WLSTM",
            (D, 24),
            "(11, 24), which is (1+D+H, 4H) in convention karpathy.",
            "W and U are one matrix here (joined: bxh): save them side by side.",
        ),
        (
            "{gates: icfo}",
            "W",
            (24, 10),
            "(24, 4), which is (4H, D) in this convention.",
            "Are W and U side by side in it? A convention with joined: xh or hx says so.",
        ),
        ("keras", "bias", (3,), "(24,), which is (4H,) in convention keras.", None),
    ],
)
def test_a_wrong_shape_is_told_in_their_layout(
    tmp_path: Path, convention: str, name: str, shape: tuple[int, ...], what: str, remedy: str | None
) -> None:
    switches = ["lstm.bias=two"] if convention in ("torch", "onnx") else []
    ((got, hint),) = told(tmp_path, convention, {name: shape}, *switches)
    assert got.startswith(f"{name} has shape {shape}, expected {what}")
    assert hint == remedy


@pytest.mark.parametrize(
    ("convention", "shapes", "what"),
    [
        ("course", {"Wf": (H, 10), "Wi": (H, 10), "Wo": (H, 10)}, "'Wf' is there, but not 'Wc'."),
        ("course", {"bo": (H, 1)}, "'bo' is there, but not 'bf', 'bi', 'bc'."),
        ("flax", {"cell/hi/bias": (H,)}, "'cell/hi/bias' is there, but not 'cell/hf/bias', 'cell/hg/bias'"),
        ("flax", {"W_i_l0": (D, H)}, "'W_i_l0' is there, but not 'W_f_l0', 'W_g_l0', 'W_o_l0'."),
        ("torch", {"lstm.bias_hh_l0": (24,)}, "'lstm.bias_hh_l0' is there, but not 'lstm.bias_ih_l0'."),
        ("{gates: icfo, split: separate}", {"W_c": (H, D)}, "'W_c' is there, but not 'W_i', 'W_f', 'W_o'."),
    ],
)
def test_half_a_parameter_is_refused(tmp_path: Path, convention: str, shapes: Shapes, what: str) -> None:
    ((got, remedy),) = told(tmp_path, convention, shapes)
    assert got.startswith(what)
    assert remedy == "Save all, or none to have them drawn."


def test_a_coupled_network_needs_no_forget_gate(tmp_path: Path) -> None:
    file = {f"W{gate}": np.ones((H, D + H)) for gate in "ico"}
    text = "arrays: {file: my.npz, convention: course}"
    assert set(load_with(tmp_path, file, text, "lstm.coupled=true")) == {"W_l0", "U_l0"}


@pytest.mark.parametrize(
    ("convention", "shapes", "bias", "what", "remedy"),
    [
        ("keras", {"bias": (24,)}, "two", "'bias' is the one bias of its cell, but lstm.bias is two.", "one"),
        ("flax", {"hi/bias": (H,)}, "two", "'hi/bias' is the one bias of its cell, but lstm.bias", "one"),
        ("keras", {"bias": (24,)}, "none", "'bias' is a bias, but lstm.bias is none.", "one"),
        ("torch", {"bias_ih": (24,)}, "none", "'bias_ih' is a bias, but lstm.bias is none.", "two"),
    ],
)
def test_a_bias_without_a_place_comes_with_the_key_to_change(
    tmp_path: Path, convention: str, shapes: Shapes, bias: str, what: str, remedy: str
) -> None:
    ((got, hint), *_) = told(tmp_path, convention, shapes, f"lstm.bias={bias}")
    assert got.startswith(what)
    assert hint == f"Set lstm.bias to {remedy}."


def test_one_bias_beside_two_is_refused(tmp_path: Path) -> None:
    ((got, _),) = told(tmp_path, "torch", {"b": (24,), "bias_ih_l0": (24,), "bias_hh_l0": (24,)})
    assert got == "'b' is one bias, but 'bias_hh_l0' is one of two."


@pytest.mark.parametrize(
    ("convention", "name", "switches", "what", "remedy"),
    [
        ("torch", "weight_ih_l1", [], "is not read by this configuration.", "lstm.num_layers: 2 or more"),
        ("torch", "weight_ih_l0_reverse", [], "is not read by this conf", "lstm.bidirectional: true"),
        ("torch", "weight_hr_l0", [], "is not read by this configuration.", "lstm.proj_size switches"),
        ("torch", "p", [], "is not read by this configuration.", "lstm.peephole: true switches"),
        ("onnx", "P", [], "is not read by this configuration.", "lstm.peephole: true switches"),
        ("onnx", "W_l2", ["lstm.num_layers=2"], "is not read by", "lstm.num_layers: 3 or more"),
        ("onnx", "W", ["lstm.num_layers=2"], "names no layer, and there are several.", "Write W_l0,"),
        ("torch", "weight_ih", ["lstm.num_layers=2"], "names no layer, and there are", "Write weight_ih_l0,"),
        ("torch", "target_y", [], "is not read by this configuration.", "loss.kind: squared_error"),
    ],
)
def test_a_name_without_a_place_is_told_with_the_reason(
    tmp_path: Path, convention: str, name: str, switches: list[str], what: str, remedy: str
) -> None:
    ((got, hint),) = told(tmp_path, convention, {name: (1,)}, *switches)
    assert got.startswith(f"'{name}' {what}")
    assert hint is not None
    assert hint.startswith(remedy)


@pytest.mark.parametrize(
    ("convention", "name", "remedy"),
    [
        ("torch", "weight_ih_10", "Did you mean 'weight_ih_l0'?"),
        (
            "torch",
            "fc.weight",
            "Read here: weight_ih, weight_hh, bias_ih, bias_hh, x, h0, c0, d_y, d_h, d_c.",
        ),
        ("course", "Wy", "Read here: Wf, Wi, Wc, Wo, bf, bi, bc, bo, x, h0, c0, d_y, d_h, d_c."),
        ("karpathy", "U", "Read here: WLSTM, x, h0, c0, d_y, d_h, d_c."),
        ("keras", "", "Read here: kernel, recurrent_kernel, bias, x, h0, c0, d_y, d_h, d_c."),
    ],
)
def test_an_unknown_name_comes_with_those_that_are_read(
    tmp_path: Path, convention: str, name: str, remedy: str
) -> None:
    assert told(tmp_path, convention, {name: (1,)}) == [(f"unknown array '{name}'.", remedy)]


def test_two_networks_in_one_file_are_refused(tmp_path: Path) -> None:
    shapes = {"encoder.weight_ih_l0": (24, D), "decoder.weight_ih_l0": (24, D)}
    (what, remedy), *_ = told(tmp_path, "torch", shapes)
    assert what == "'encoder.weight_ih_l0' and 'decoder.weight_ih_l0' are of different networks."
    assert remedy is not None
    assert remedy.startswith("Save those of one;")


def test_a_parameter_given_twice_is_refused(tmp_path: Path) -> None:
    shapes = {"weight_ih_l0": (24, D), "W": (24, D)}
    assert told(tmp_path, "torch", shapes) == [
        ("'weight_ih_l0' and 'W' are the same parameter.", "Save one.")
    ]


def test_a_broken_array_is_told_by_its_own_name(tmp_path: Path) -> None:
    file = {"lstm/kernel:0": np.ones((D, 24))}
    file["lstm/kernel:0"][2, 3] = np.nan
    (problem,) = problems_with(tmp_path, file, "arrays: {file: my.npz, convention: keras}")
    assert problem.what == "1 entry of lstm/kernel:0 is not finite, the first at lstm/kernel:0[2, 3]: nan."


def test_everything_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    shapes = {"kernel": (24, D), "recurrent_kernel": (24, H), "quokka": (1,), "x": (1,), "bias": (24,)}
    assert len(told(tmp_path, "keras", shapes)) == 4


def test_a_problem_points_at_the_key_that_names_the_file(tmp_path: Path) -> None:
    (problem,) = problems_with(tmp_path, {"quokka": 1}, "arrays: {file: my.npz, convention: keras}")
    assert problem.where == f"{tmp_path / 'small.yaml'}:2:16"
