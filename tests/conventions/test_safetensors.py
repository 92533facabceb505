"""Files of .safetensors, with our names as with others'; what is wrong with one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from convention_cases import configured, problems_in

safetensors = pytest.importorskip("safetensors.numpy")

from lstmcheck.arrays.load_arrays import load_arrays  # noqa: E402

H, D = 6, 4
TEXT = "arrays: {file: my.safetensors}"


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "my.safetensors"
    safetensors.save_file(arrays, path)
    return path


def test_arrays_in_our_layout_come_back_as_they_were_saved(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    arrays = {"W_l0": random.standard_normal((4, H, D)), "x": random.standard_normal((5, 3, D))}
    saved(tmp_path, **arrays)
    loaded = load_arrays(configured(TEXT, name=str(tmp_path / "small.yaml")))
    assert loaded.keys() == arrays.keys()
    assert all(np.array_equal(loaded[name], arrays[name]) for name in arrays)


def test_what_is_loaded_may_be_written_to(tmp_path: Path) -> None:
    saved(tmp_path, b_l0=np.ones((4, H)))
    loaded = load_arrays(configured(TEXT, name=str(tmp_path / "small.yaml")))
    assert loaded["b_l0"].flags.writeable


def test_shapes_and_names_are_checked_as_in_an_npz(tmp_path: Path) -> None:
    path = saved(tmp_path, b_l0=np.ones((4 * H,)), quokka=np.ones(1))
    assert [problem.what for problem in problems_in(path, TEXT)] == [
        "b_l0 has shape (24,), expected (4, 6), which is (4, H).",
        "unknown array 'quokka'.",
    ]


@pytest.mark.parametrize("end", [-1, 40])
def test_a_file_that_is_cut_off_is_told(tmp_path: Path, end: int) -> None:
    path = saved(tmp_path, b_l0=np.ones((4, H)))
    path.write_bytes(path.read_bytes()[:end])
    (problem,) = problems_in(path, TEXT)
    assert problem.what.startswith("this .safetensors is cut off or damaged (")


def test_no_single_wrong_byte_of_the_header_escapes_as_another_error(tmp_path: Path) -> None:
    path = saved(tmp_path, b_l0=np.ones((4, H)))
    whole = path.read_bytes()
    for position in range(len(whole) - 4 * H * 8):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        problems_in(path, TEXT)


def test_a_file_without_arrays_is_told(tmp_path: Path) -> None:
    (problem,) = problems_in(saved(tmp_path), TEXT)
    assert problem.what == "there is no array in it."


def test_a_missing_package_comes_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(tmp_path, b_l0=np.ones((4, H)))
    monkeypatch.setitem(sys.modules, "safetensors", None)
    (problem,) = problems_in(path, TEXT)
    assert problem.what == "this is .safetensors, which needs the package safetensors."
    assert problem.remedy == "Install it: pip install 'lstmcheck[safetensors]'"
