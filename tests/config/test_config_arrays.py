from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmcheck.arrays.load_arrays import load_arrays
from lstmcheck.config import Config, load, parse
from lstmcheck.errors import LstmcheckError, Problem

AnyArray = NDArray[Any]

H, D, T, B = 6, 4, 5, 3
TEXT = f"""\
lstm: {{input_size: {D}, hidden_size: {H}}}
sequence: {{length: {T}, batch: {B}}}
arrays: {{file: my.npz}}
"""
PLACE = "small.yaml:3:16"


def config_with(folder: Path, *overrides: str, **arrays: Any) -> Config:
    np.savez(folder / "my.npz", **arrays)
    return configured(folder, *overrides)


def configured(folder: Path, *overrides: str) -> Config:
    return parse(TEXT, name=str(folder / "small.yaml"), overrides=overrides)


def problems(config: Config) -> tuple[Problem, ...]:
    with pytest.raises(LstmcheckError) as caught:
        load_arrays(config)
    return caught.value.problems


def only_problem(folder: Path, *overrides: str, **arrays: Any) -> Problem:
    (problem,) = problems(config_with(folder, *overrides, **arrays))
    return problem


def what(folder: Path, problem: Problem) -> str:
    """The problem without the .npz, which heads every one of them."""
    head = f"{folder / 'my.npz'}: "
    assert problem.what.startswith(head)
    return problem.what.removeprefix(head)


def test_no_file_gives_no_arrays() -> None:
    assert load_arrays(parse("lstm: {input_size: 4, hidden_size: 6}", name="a")) == {}


EVERY_NAME: dict[str, tuple[int, ...]] = {
    "W_l0": (4, H, D),
    "U_l0": (4, H, H),
    "b_l0": (4, H),
    "x": (T, B, D),
    "h0": (1, B, H),
    "c0": (1, B, H),
    "d_y": (T, B, H),
    "d_h": (1, B, H),
    "d_c": (1, B, H),
}


def test_every_array_of_the_file_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    saved = {name: np.random.default_rng(0).standard_normal(shape) for name, shape in EVERY_NAME.items()}
    loaded = load_arrays(config_with(tmp_path, **saved))
    assert list(loaded) == list(saved)
    assert all(np.array_equal(loaded[name], saved[name]) for name in saved)


WIDE = [
    "lstm.bidirectional=true",
    "lstm.num_layers=2",
    "lstm.proj_size=5",
    "lstm.peephole=true",
    "lstm.bias=two",
]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("W_l0_reverse", (4, H, D)),
        ("W_l1", (4, H, 10)),
        ("U_l1_reverse", (4, H, 5)),
        ("b_ih_l0", (4, H)),
        ("b_hh_l1", (4, H)),
        ("p_l0", (3, H)),
        ("R_l0", (5, H)),
        ("h0", (4, B, 5)),
        ("c0", (4, B, H)),
        ("d_y", (T, B, 10)),
        ("d_h", (4, B, 5)),
        ("d_c", (4, B, H)),
    ],
)
def test_shapes_follow_the_switches(tmp_path: Path, name: str, shape: tuple[int, ...]) -> None:
    assert load_arrays(config_with(tmp_path, *WIDE, **{name: np.ones(shape)}))[name].shape == shape


@pytest.mark.parametrize(
    "dtype", [np.float16, np.float32, np.float64, np.longdouble, np.int8, np.uint64, ">f4"]
)
def test_real_numbers_of_any_width_become_float64(tmp_path: Path, dtype: Any) -> None:
    saved = np.arange(4 * H).reshape(4, H).astype(dtype)
    loaded = load_arrays(config_with(tmp_path, b_l0=saved))["b_l0"]
    assert loaded.dtype == np.dtype("float64")
    assert np.array_equal(loaded, np.arange(4.0 * H).reshape(4, H))


def test_column_order_and_compression_are_no_matter(tmp_path: Path) -> None:
    saved = np.asfortranarray(np.random.default_rng(0).standard_normal((4, H, D)))
    np.savez_compressed(tmp_path / "my.npz", W_l0=saved)
    loaded = load_arrays(configured(tmp_path))["W_l0"]
    assert np.array_equal(loaded, saved)
    assert loaded.flags.c_contiguous


def test_squared_error_reads_targets(tmp_path: Path) -> None:
    arrays = {"target_y": np.ones((T, B, H)), "target_h": np.ones((1, B, H)), "target_c": np.ones((1, B, H))}
    loaded = load_arrays(config_with(tmp_path, "loss.kind=squared_error", **arrays))
    assert set(loaded) == set(arrays)


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_cross_entropy_reads_class_labels_as_integers(tmp_path: Path, dtype: Any) -> None:
    labels = {"target_y": np.full((T, B), H - 1), "target_h": np.zeros((1, B)), "target_c": np.ones((1, B))}
    config = config_with(
        tmp_path, "loss.kind=cross_entropy", **{k: v.astype(dtype) for k, v in labels.items()}
    )
    loaded = load_arrays(config)
    assert all(loaded[name].dtype == np.dtype("int64") for name in labels)
    assert all(np.array_equal(loaded[name], labels[name]) for name in labels)


@pytest.mark.parametrize(("label", "shown"), [(H, "6"), (-1, "-1"), (0.5, "0.5")])
def test_a_label_that_is_no_class_is_told(tmp_path: Path, label: float, shown: str) -> None:
    labels = np.zeros((T, B))
    labels[1, 2] = label
    problem = only_problem(tmp_path, "loss.kind=cross_entropy", target_y=labels)
    start = "1 entry of target_y is no class label from 0 to 5, the first at target_y[1, 2]: "
    assert what(tmp_path, problem).startswith(start + shown)


def test_the_file_is_found_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "inner").mkdir()
    np.savez(tmp_path / "inner" / "my.npz", b_l0=np.ones((4, H)))
    (tmp_path / "inner" / "small.yaml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    assert set(load_arrays(load("inner/small.yaml"))) == {"b_l0"}


def test_a_problem_points_at_the_key_that_names_the_file(tmp_path: Path) -> None:
    problem = only_problem(tmp_path, b_l0=np.ones(3))
    assert problem.where == f"{tmp_path / PLACE}"
    assert problem.excerpt is not None
    assert problem.excerpt.splitlines()[0].endswith("arrays: {file: my.npz}")


def test_a_problem_points_at_the_option_that_names_the_file(tmp_path: Path) -> None:
    (problem,) = problems(configured(tmp_path, "arrays.file=other.npz"))
    assert problem.where == "--set arrays.file=other.npz"


def test_a_missing_file_comes_with_the_near_one(tmp_path: Path) -> None:
    (tmp_path / "mine.npz").touch()
    (problem,) = problems(configured(tmp_path))
    assert problem.where == f"{tmp_path / PLACE}"
    assert (what(tmp_path, problem), problem.remedy) == (
        "no such file.",
        f"Did you mean '{tmp_path / 'mine.npz'}'?",
    )


def test_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "my.npz").mkdir()
    (problem,) = problems(configured(tmp_path))
    assert what(tmp_path, problem) == "this is a directory."


def npz() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, W_l0=np.ones((4, H, D)))
    return stream.getvalue()


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    return stream.getvalue()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "this is neither .npz nor .safetensors nor .json."),
        (b"lstm: 4", "this is neither .npz nor .safetensors nor .json."),
        (npy(), "this is a single array (.npy)."),
        (npz()[:-40], "this .npz is cut off or damaged."),
        (npz()[:100] + b"!" + npz()[101:], "W_l0 is cut off or damaged."),
        (npz()[:300] + b"!" + npz()[301:], "W_l0 is cut off or damaged."),
        (zipped(b_l0=b""), "b_l0 is cut off or damaged."),
        (zipped(b_l0=npy()[:40]), "b_l0 is cut off or damaged."),
        (zipped(b_l0=b"\x93NUMPY\x09\x09" + npy()[8:]), "b_l0 is cut off or damaged."),
        (zipped(), "there is no array in it."),
    ],
)
def test_a_broken_file_is_told_as_such(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "my.npz").write_bytes(content)
    (problem,) = problems(configured(tmp_path))
    assert what(tmp_path, problem) == told


def test_an_array_cut_off_in_its_numbers_is_told(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.save(stream, np.ones((4, H)))
    (tmp_path / "my.npz").write_bytes(zipped(b_l0=stream.getvalue()[:-8]))
    (problem,) = problems(configured(tmp_path))
    assert what(tmp_path, problem) == "b_l0 is cut off or damaged."


def test_no_single_wrong_byte_escapes_as_another_error(tmp_path: Path) -> None:
    whole = npz()
    for position in range(0, len(whole), 7):
        (tmp_path / "my.npz").write_bytes(
            whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :]
        )
        try:
            loaded = load_arrays(configured(tmp_path))
        except LstmcheckError:
            continue
        assert np.array_equal(loaded["W_l0"], np.ones((4, H, D)))


def test_a_huge_array_of_a_wrong_shape_is_refused_unread(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    (tmp_path / "my.npz").write_bytes(zipped(b_l0=header.getvalue()))
    (problem,) = problems(configured(tmp_path))
    assert what(tmp_path, problem).startswith("b_l0 has shape (1000000000000,), expected (4, 6)")


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.full((4, H), None), "Python objects, which only pickle could read"),
        (np.ones((4, H), complex), "complex numbers"),
        (np.full((4, H), "a"), "text"),
        (np.full((4, H), b"a"), "text"),
        (np.ones((4, H), bool), "true and false"),
        (np.zeros((4, H), "datetime64[s]"), "entries of type datetime64[s]"),
    ],
)
def test_what_is_no_real_number_is_refused(tmp_path: Path, array: AnyArray, told: str) -> None:
    problem = only_problem(tmp_path, b_l0=array)
    assert what(tmp_path, problem) == f"b_l0 holds {told}; expected real numbers."


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_entries_that_are_not_finite_are_counted_and_placed(tmp_path: Path, value: float) -> None:
    array = np.ones((4, H, D))
    array[2, 3, 1] = array[3, 0, 0] = value
    problem = only_problem(tmp_path, W_l0=array)
    told = f"2 entries of W_l0 are not finite, the first at W_l0[2, 3, 1]: {value}."
    assert what(tmp_path, problem) == told


@pytest.mark.parametrize(
    ("name", "shape", "told", "remedy"),
    [
        (
            "W_l0",
            (4 * H, D),
            "has shape (24, 4), expected (4, 6, 4), which is (4, H, D).",
            "array.reshape(4, 6, 4)",
        ),
        ("W_l0", (D, 4 * H), "has shape (4, 24)", "array.T.reshape(4, 6, 4)"),
        ("W_l0", (4, D, H), "has shape (4, 4, 6)", "array.transpose(0, 2, 1)"),
        ("W_l0", (4 * H, D + H), "has shape (24, 10)", "W and U side by side"),
        ("W_l0", (4, H, D + H), "has shape (4, 6, 10)", "W and U side by side"),
        ("b_l0", (4 * H,), "has shape (24,)", "in the order i, f, g, o"),
        ("b_l0", (H, 4), "has shape (6, 4)", "array.transpose(1, 0)"),
        (
            "x",
            (B, T, D),
            "has shape (3, 5, 4), expected (5, 3, 4), which is (T, B, D).",
            "array.transpose(1, 0, 2)",
        ),
        ("h0", (B, H), "has shape (3, 6), expected (1, 3, 6)", "array.reshape(1, 3, 6)"),
        (
            "d_y",
            (B, T, H),
            "has shape (3, 5, 6), expected (5, 3, 6), which is (T, B, directions·P)",
            "array.transpose",
        ),
        ("x", (T + 1, B, D), "has shape (6, 3, 4)", None),
        ("x", (), "has shape (), expected (5, 3, 4)", None),
        ("x", (1,) * 30, "has shape (1, 1,", None),
    ],
)
def test_a_wrong_shape_is_told_with_what_it_looks_like(
    tmp_path: Path, name: str, shape: tuple[int, ...], told: str, remedy: str | None
) -> None:
    problem = only_problem(tmp_path, **{name: np.ones(shape)})
    assert what(tmp_path, problem).startswith(f"{name} {told}")
    assert remedy in problem.remedy if remedy and problem.remedy else problem.remedy == remedy


@pytest.mark.parametrize(
    ("overrides", "shape", "hinted"),
    [
        ([], (4 * H, D), "(4, 6, 4)"),
        (["lstm.peephole=true"], (3 * H,), "(3, 6), the gates in the order i, f, o"),
    ],
)
def test_following_the_hint_gives_the_wanted_shape(
    tmp_path: Path, overrides: list[str], shape: tuple[int, ...], hinted: str
) -> None:
    name = "p_l0" if overrides else "W_l0"
    problem = only_problem(tmp_path, *overrides, **{name: np.ones(shape)})
    assert problem.remedy is not None
    assert f"array.reshape{hinted}" in problem.remedy


@pytest.mark.parametrize(
    ("name", "told", "remedy"),
    [
        ("W_0", "unknown array 'W_0'.", "Did you mean 'W_l0'?"),
        ("weight_ih_l0", "unknown array 'weight_ih_l0'.", "Did you mean 'W_l0'?"),
        ("weight_hh_l0", "unknown array 'weight_hh_l0'.", "Did you mean 'U_l0'?"),
        ("parameters/W_l0", "unknown array 'parameters/W_l0'.", "Did you mean 'W_l0'?"),
        ("quokka", "unknown array 'quokka'.", "Read here: W_l0, U_l0, b_l0, x, h0, c0, d_y, d_h."),
        ("p_l0", "'p_l0' is not read by this configuration.", "lstm.peephole: true switches it on."),
        ("R_l0", "'R_l0' is not read by this configuration.", "lstm.proj_size switches it on."),
        ("b_ih_l0", "'b_ih_l0' is not read by this configuration.", "lstm.bias: two switches it on."),
        ("W_l1", "'W_l1' is not read by this configuration.", "lstm.num_layers: 2 or more switches it on."),
        (
            "U_l0_reverse",
            "'U_l0_reverse' is not read by this configuration.",
            "lstm.bidirectional: true switches",
        ),
        ("d_c", "'d_c' is not read by this configuration.", "Add cell to loss.on"),
        (
            "target_y",
            "'target_y' is not read by this configuration.",
            "loss.kind: squared_error or cross_entropy",
        ),
    ],
)
def test_a_name_that_is_not_read_is_told_with_the_reason(
    tmp_path: Path, name: str, told: str, remedy: str
) -> None:
    problem = only_problem(tmp_path, "loss.on=[outputs, hidden]", **{name: np.ones(1)})
    assert what(tmp_path, problem) == told
    assert problem.remedy is not None
    assert problem.remedy.startswith(remedy)


def test_everything_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    arrays = {
        "W_l0": np.ones(3),
        "quokka": np.ones(1),
        "x": np.full((T, B, D), np.nan),
        "b_l0": np.ones((4, H)),
    }
    assert len(problems(config_with(tmp_path, **arrays))) == 3
