"""A file of each framework gives the network that the framework would run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from convention_cases import configured, load_with, rounding
from framework_files import FRAMEWORKS, B, D, File, H, T

from lstmcheck.arrays.make_case import make_case
from lstmcheck.conventions.table import CONVENTIONS


def test_every_convention_has_a_file_here() -> None:
    assert list(FRAMEWORKS) == list(CONVENTIONS)


def assert_runs_alike(folder: Path, name: str, file: File, bias: str, written: File | None = None) -> None:
    """The network loaded from `written`, by default the file itself, puts out what the framework would."""
    np.savez(folder / "my.npz", **(file if written is None else written))  # type: ignore[arg-type]
    text = f"arrays: {{file: my.npz, convention: {name}}}\nsequence: {{length: {T}, batch: {B}}}"
    case = make_case(configured(text, f"lstm.bias={bias}", name=str(folder / "small.yaml")))
    x, h0, c0 = (case.arrays[q] for q in ("x", "h0", "c0"))
    expected = FRAMEWORKS[name].run(file, x, h0[0], c0[0])
    got = case.trace().outputs
    for ours, theirs in zip((got.y, got.h_T[0], got.c_T[0]), expected, strict=True):
        assert np.abs(ours - theirs).max() <= rounding(1, T, D + H + 2) * np.abs(theirs).max()


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_file_of_a_framework_runs_as_it_does_there(tmp_path: Path, name: str) -> None:
    assert_runs_alike(tmp_path, name, FRAMEWORKS[name].file(), FRAMEWORKS[name].bias)


@pytest.mark.parametrize("name", [name for name, each in FRAMEWORKS.items() if each.bias == "two"])
def test_two_biases_are_the_same_network_as_their_sum(tmp_path: Path, name: str) -> None:
    assert_runs_alike(tmp_path, name, FRAMEWORKS[name].file(), "one")


@pytest.mark.parametrize("name", FRAMEWORKS)
@pytest.mark.parametrize("prefix", ["lstm.", "model/rnn/", ".cell.", "params/LSTMCell_0/"])
def test_names_may_have_a_prefix_in_common(tmp_path: Path, name: str, prefix: str) -> None:
    file = FRAMEWORKS[name].file()
    written = {f"{prefix}{key}": array for key, array in file.items()}
    assert_runs_alike(tmp_path, name, file, FRAMEWORKS[name].bias, written)


def test_tensors_of_keras_may_be_numbered(tmp_path: Path) -> None:
    file = FRAMEWORKS["keras"].file()
    written = {f"lstm_1/lstm_cell/{key}:0": array for key, array in file.items()}
    assert_runs_alike(tmp_path, "keras", file, "one", written)


def test_a_cell_of_torch_has_no_layer_in_its_names(tmp_path: Path) -> None:
    file = FRAMEWORKS["torch"].file()
    written = {key.removesuffix("_l0"): array for key, array in file.items()}
    assert_runs_alike(tmp_path, "torch", file, "two", written)


def test_names_of_flax_may_be_joined_by_points(tmp_path: Path) -> None:
    file = FRAMEWORKS["flax"].file()
    written = {f"cell.{key.replace('/', '.')}": array for key, array in file.items()}
    assert_runs_alike(tmp_path, "flax", file, "one", written)


@pytest.mark.parametrize("name", ["w", "kernel"])
def test_the_block_cell_of_tensorflow_has_two_styles_of_names(tmp_path: Path, name: str) -> None:
    file = FRAMEWORKS["tensorflow-block"].file()
    written = {name: file["kernel"], {"w": "b", "kernel": "bias"}[name]: file["bias"]}
    assert_runs_alike(tmp_path, "tensorflow-block", file, "one", written)


def test_biases_of_the_course_may_be_rows_or_lie_flat(tmp_path: Path) -> None:
    file = FRAMEWORKS["course"].file()
    for shape in ((H,), (1, H)):
        written = file | {key: array.reshape(shape) for key, array in file.items() if key.startswith("b")}
        assert_runs_alike(tmp_path, "course", file, "one", written)


def test_single_precision_is_widened_exactly(tmp_path: Path) -> None:
    file = FRAMEWORKS["keras"].file()
    narrow = {key: array.astype(np.float32) for key, array in file.items()}
    widened = {key: array.astype(np.float64) for key, array in narrow.items()}
    assert_runs_alike(tmp_path, "keras", widened, "one", narrow)  # type: ignore[arg-type]


def test_inputs_and_upstreams_keep_our_names_and_shapes(tmp_path: Path) -> None:
    plain = {"x": (T, B, D), "h0": (1, B, H), "c0": (1, B, H), "d_y": (T, B, H), "d_h": (1, B, H)}
    arrays = {name: np.random.default_rng(3).standard_normal(shape) for name, shape in plain.items()}
    text = f"arrays: {{file: my.npz, convention: keras}}\nsequence: {{length: {T}, batch: {B}}}"
    loaded = load_with(
        tmp_path, arrays | {f"lstm/{k}": a for k, a in FRAMEWORKS["keras"].file().items()}, text
    )
    assert set(loaded) == {*plain, "W_l0", "U_l0", "b_l0"}
    assert all(np.array_equal(loaded[name], arrays[name]) for name in plain)


def test_what_a_file_of_a_framework_lacks_is_drawn(tmp_path: Path) -> None:
    file = FRAMEWORKS["keras"].file()
    loaded = load_with(tmp_path, {"bias": file["bias"]}, "arrays: {file: my.npz, convention: keras}")
    assert set(loaded) == {"b_l0"}
    assert np.array_equal(loaded["b_l0"], file["bias"].reshape(4, H))


def test_onnx_holds_both_directions_in_one_array(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    shapes = {"W": (2, 4 * H, D), "R": (2, 4 * H, H), "B": (2, 8 * H), "P": (2, 3 * H)}
    file = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    switches = ["lstm.bidirectional=true", "lstm.bias=two", "lstm.peephole=true"]
    loaded = load_with(tmp_path, file, "arrays: {file: my.npz, convention: onnx}", *switches)
    for position, end in enumerate(("", "_reverse")):
        gates = {"i": 0, "o": 1, "f": 2, "g": 3}
        for row, gate in enumerate("ifgo"):
            here = slice(gates[gate] * H, gates[gate] * H + H)
            there = slice(4 * H + here.start, 4 * H + here.stop)
            assert np.array_equal(loaded[f"W_l0{end}"][row], file["W"][position, here])
            assert np.array_equal(loaded[f"U_l0{end}"][row], file["R"][position, here])
            assert np.array_equal(loaded[f"b_ih_l0{end}"][row], file["B"][position, here])
            assert np.array_equal(loaded[f"b_hh_l0{end}"][row], file["B"][position, there])
        for row, gate in enumerate("ifo"):
            here = slice(gates[gate] * H, gates[gate] * H + H)
            assert np.array_equal(loaded[f"p_l0{end}"][row], file["P"][position, here])


def test_nodes_of_onnx_are_told_apart_by_their_layer(tmp_path: Path) -> None:
    shapes = {"W_l0": (1, 4 * H, D), "W_l1": (1, 4 * H, H), "B_l1": (1, 8 * H)}
    file = {name: np.random.default_rng(0).standard_normal(shape) for name, shape in shapes.items()}
    text = "arrays: {file: my.npz, convention: onnx}"
    loaded = load_with(tmp_path, file, text, "lstm.num_layers=2", "lstm.bias=two")
    assert set(loaded) == {"W_l0", "W_l1", "b_ih_l1", "b_hh_l1"}
    assert np.array_equal(loaded["W_l1"][0], file["W_l1"][0, :H])
