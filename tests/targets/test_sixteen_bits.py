"""float16 and bfloat16: what rounding to them does to a right pass, measured, is the tolerance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted_targets import FOLDER, correct, source
from target_checks import checked

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.precision import PRECISIONS

SIXTEEN = ["float16", "bfloat16"]


@pytest.mark.parametrize("dtype", SIXTEEN)
@pytest.mark.parametrize(
    ("protocol", "file"),
    [
        ("plain", "plain.py"),
        ("cs231n-step", "cs231n_step.py"),
        ("karpathy", "karpathy.py"),
        ("torch", "torch_custom.py"),
        ("torch", "torch_builtin.py"),
    ],
)
def test_right_code_passes_in_numbers_of_its_own(
    protocol: str, file: str, dtype: str, tmp_path: Path
) -> None:
    """numpy's, ml_dtypes' and torch's arithmetic, none of which is ours."""
    report = checked(tmp_path, (FOLDER / file).read_text(), protocol, target__dtype=dtype)
    assert (report.verdict, report.answers["conformance"]) == (Verdict.PASS, Verdict.PASS)
    assert report.target is not None
    assert report.target.precision == dtype
    assert PRECISIONS[dtype].eps < report.smallest_detectable_error < 0.3


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_a_right_network_with_lengths_passes(dtype: str, tmp_path: Path) -> None:
    settings: dict[str, Any] = {"sequence__length": 6, "sequence__lengths": "[6, 4]", "lstm__num_layers": 2}
    network = (FOLDER / "network.py").read_text()
    settings |= {"lstm__bidirectional": "true", "check__entries": 2}
    assert checked(tmp_path, network, target__dtype=dtype, **settings).verdict == Verdict.PASS


def test_a_wrong_formula_fails_and_is_named(tmp_path: Path) -> None:
    wrong = source("plain", "cell-carry-dropped")
    report = checked(tmp_path, wrong, explain=True, target__dtype="bfloat16", check__entries=3)
    assert report.gradient == Verdict.FAIL
    assert report.diagnosis is not None
    assert "cell-carry-dropped" in {suspect.mistake for suspect in report.diagnosis.suspects}


@pytest.mark.parametrize(("share", "dtype"), [(0.3, "bfloat16"), (-0.05, "float16")])
def test_a_gate_that_is_off_by_a_share_is_seen(share: float, dtype: str, tmp_path: Path) -> None:
    off = f"""{correct("plain")}
right = backward
def backward(d_y, d_h, d_c, cache):
    found = right(d_y, d_h, d_c, cache)
    return found | {{"U": found["U"] * np.asarray(1 + {share}, found["U"].dtype)}}
"""
    report = checked(tmp_path, off, target__dtype=dtype)
    verdicts = {name: {g.verdict for g in report.blocks if g.info.name == name} for name in ("U_l0", "W_l0")}
    assert verdicts == {"U_l0": {Verdict.FAIL}, "W_l0": {Verdict.PASS}}


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_another_network_conforms_no_better_than_before(dtype: str, tmp_path: Path) -> None:
    """Its forward pass, moved in so few digits, proves nothing against it."""
    swapped = correct("plain").replace("z_i, z_f, z_g, z_o = np.split", "z_i, z_g, z_f, z_o = np.split")
    swapped = swapped.replace("[d_z_i, d_z_f, d_z_g, d_z_o]", "[d_z_i, d_z_g, d_z_f, d_z_o]")
    report = checked(tmp_path, swapped, target__dtype=dtype, check__entries=2)
    assert report.answers["conformance"] == Verdict.FAIL
    assert report.count("failed") == 0


def test_what_float16_cannot_hold_accuses_nobody(tmp_path: Path) -> None:
    """Its largest number is 65504: sums of such upstreams are infinite in right code too."""
    huge = f"""{correct("plain")}
right = backward
def backward(d_y, d_h, d_c, cache):
    with np.errstate(all="ignore"):
        return {{name: a * np.float16(60000) * 60000 for name, a in right(d_y, d_h, d_c, cache).items()}}
"""
    large: dict[str, Any] = {"lstm__init_scale": 60, "sequence__length": 3}
    report = checked(tmp_path, correct("plain"), target__dtype="float16", **large)
    assert report.count("failed") == 0
    assert checked(tmp_path, huge, target__dtype="float16").gradient == Verdict.FAIL


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_a_gradient_that_is_lost_to_rounding_neither_passes_nor_fails(dtype: str, tmp_path: Path) -> None:
    chaotic: dict[str, Any] = {
        "lstm__init_scale": 6,
        "sequence__length": 12,
        "check__entries": 1,
        "lstm__hidden_size": 6,
    }
    report = checked(tmp_path, correct("plain"), target__dtype=dtype, **chaotic)
    assert report.count("failed") == 0


@pytest.mark.parametrize("dtype", SIXTEEN)
def test_a_program_is_asked_in_numbers_of_that_precision(dtype: str, tmp_path: Path) -> None:
    from lstmcheck.targets.protocols.process import Process

    adapter: Any = object.__new__(Process)
    adapter.precision = PRECISIONS[dtype]
    asked = adapter.copied(np.array([1 / 3, 1e-3]))
    assert json.loads(json.dumps(asked.tolist())) == [*PRECISIONS[dtype].rounded(np.array([1 / 3, 1e-3]))]


def test_a_loss_alone_is_refused_in_fewer_digits(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match="a bfloat16 target is judged by its outputs"):
        checked(tmp_path, correct("loss"), "loss", target__dtype="bfloat16")


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "ml_dtypes", None)
    with pytest.raises(LstmcheckError, match=r"pip install 'lstmcheck\[bfloat16\]'"):
        checked(tmp_path, correct("plain"), target__dtype="bfloat16")


def test_a_shared_library_has_no_such_numbers(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match="protocol c has no numbers of sixteen bits"):
        checked(tmp_path, "", "c", target__dtype="float16")


def test_memory_with_gaps_is_read_in_another_order_and_read_wrong_all_the_same(tmp_path: Path) -> None:
    """In a network that loses digits other sums are other gradients: that is no harm, and NaN is."""
    settings: dict[str, Any] = {"lstm__init_scale": 4, "sequence__length": 20, "lstm__hidden_size": 8}
    settings |= {"lstm__input_size": 3, "loss__kind": "squared_error", "loss__on": "[outputs]"}
    settings |= {"sequence__initial_state": "zero", "check__entries": 1, "seed": 434555}
    right = (FOLDER / "torch_builtin.py").read_text()
    dense = "x.as_strided(x.shape, (x.shape[1] * x.shape[2], x.shape[2], 1))"
    wrong = f"""{right}
class Dense(nn.LSTM):
    def forward(self, x, states):
        return super().forward({dense}, states)
build = Dense
"""
    for code, wanted in ((right, Verdict.PASS), (wrong, Verdict.FAIL)):
        report = checked(tmp_path, code, "torch", target__dtype="float16", **settings)
        assert report.answers["purity"] == wanted
