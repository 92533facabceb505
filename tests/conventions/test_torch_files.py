"""State dicts of torch, as .npz and as .safetensors, give torch's own outputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

from convention_cases import configured, problems_in, rounding  # noqa: E402

from lstmcheck.arrays.load_arrays import load_arrays  # noqa: E402
from lstmcheck.arrays.make_case import make_case  # noqa: E402
from lstmcheck.lstm.case import Case  # noqa: E402

D, H, P, T, B, LAYERS = 4, 6, 5, 5, 3, 2
WIDE = (f"lstm.num_layers={LAYERS}", "lstm.bidirectional=true", f"lstm.proj_size={P}")
SEQUENCE = f"sequence: {{length: {T}, batch: {B}}}\n"


def save(folder: Path, kind: str, tensors: Mapping[str, Any]) -> str:
    """The text that names the file."""
    path = folder / f"my.{kind}"
    if kind == "npz":
        np.savez(path, **{name: tensor.numpy() for name, tensor in tensors.items()})
    else:
        safetensors.save_file(dict(tensors), path)
    return f"{SEQUENCE}arrays: {{file: {path.name}, convention: torch}}"


def case_of(folder: Path, text: str, *overrides: str) -> Case:
    return make_case(configured(text, *overrides, name=str(folder / "small.yaml")))


def assert_runs_alike(case: Case, module: Any, terms: int) -> None:
    x, h0, c0 = (torch.from_numpy(case.arrays[name]) for name in ("x", "h0", "c0"))
    with torch.no_grad():
        y, (h, c) = module(x, (h0, c0))
    for ours, theirs in zip(case.trace().outputs, (y, h, c), strict=True):
        largest = float(theirs.abs().max())
        assert np.abs(ours - theirs.numpy()).max() <= rounding(LAYERS, T, terms) * largest


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
@pytest.mark.parametrize("bias", ["one", "two"])
@pytest.mark.parametrize("prefix", ["", "encoder.lstm."])
def test_layers_directions_and_a_projection_run_as_in_torch(
    tmp_path: Path, kind: str, bias: str, prefix: str
) -> None:
    torch.manual_seed(0)
    module = torch.nn.LSTM(D, H, LAYERS, bidirectional=True, proj_size=P, dtype=torch.float64)
    text = save(tmp_path, kind, {f"{prefix}{name}": tensor for name, tensor in module.state_dict().items()})
    assert_runs_alike(case_of(tmp_path, text, *WIDE, f"lstm.bias={bias}"), module, terms=3 * P + H + 2)


def test_a_module_without_bias_runs_as_in_torch(tmp_path: Path) -> None:
    module = torch.nn.LSTM(D, H, bias=False, dtype=torch.float64)
    text = save(tmp_path, "safetensors", module.state_dict())
    assert_runs_alike(case_of(tmp_path, text, "lstm.bias=none"), module, terms=D + H)


def test_a_cell_of_torch_gives_its_parameters(tmp_path: Path) -> None:
    cell = torch.nn.LSTMCell(D, H, dtype=torch.float64)
    text = save(tmp_path, "safetensors", cell.state_dict())
    loaded = load_arrays(configured(text, "lstm.bias=two", name=str(tmp_path / "small.yaml")))
    assert np.array_equal(loaded["W_l0"].reshape(4 * H, D), cell.weight_ih.detach().numpy())
    assert np.array_equal(loaded["b_hh_l0"].reshape(4 * H), cell.bias_hh.detach().numpy())


@pytest.mark.parametrize("dtype", ["bfloat16", "float16", "float32"])
def test_narrow_floats_are_widened_exactly(tmp_path: Path, dtype: str) -> None:
    module = torch.nn.LSTM(D, H).to(getattr(torch, dtype))
    text = save(tmp_path, "safetensors", module.state_dict())
    loaded = load_arrays(configured(text, "lstm.bias=two", name=str(tmp_path / "small.yaml")))
    assert all(array.dtype == np.float64 for array in loaded.values())
    assert np.array_equal(loaded["U_l0"].reshape(4 * H, H), module.weight_hh_l0.detach().double().numpy())


@pytest.mark.parametrize(
    ("dtype", "told"),
    [
        ("float8_e4m3fn", "entries of type F8_E4M3"),
        ("bool", "true and false"),
        ("complex64", "complex numbers"),
    ],
)
def test_tensors_that_are_no_real_numbers_are_refused(tmp_path: Path, dtype: str, told: str) -> None:
    text = save(tmp_path, "safetensors", {"weight_ih_l0": torch.ones(4 * H, D).to(getattr(torch, dtype))})
    (problem,) = problems_in(tmp_path / "my.safetensors", text)
    assert problem.what == f"weight_ih_l0 holds {told}; expected real numbers."


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_of_torch_is_never_read(tmp_path: Path, zipped: bool) -> None:
    module = torch.nn.LSTM(D, H)
    torch.save(module.state_dict(), tmp_path / "my.pt", _use_new_zipfile_serialization=zipped)
    (problem,) = problems_in(tmp_path / "my.pt", "arrays: {file: my.pt, convention: torch}")
    assert problem.what == "this is a pickle, as torch.save writes: reading one can run any code."
    assert problem.remedy is not None
    assert "safetensors.torch.save_file" in problem.remedy
    assert "numpy.savez" in problem.remedy
