"""Gradients of other inputs are told by the fingerprint that goes with them, and never called wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gradient_files import CELL, NETWORK, configuration, configured, judged

from lstmcheck.arrays.fingerprint import NAME, fingerprint, given_in
from lstmcheck.arrays.gradients_file import read_gradients
from lstmcheck.arrays.inputs_of import fingerprint_of
from lstmcheck.arrays.make_case import make_case
from lstmcheck.arrays.write_arrays import write_arrays
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.precision import BFLOAT, SINGLE
from lstmcheck.lstm.types import Numbers


def write(folder: Path, mark: Numbers, text: str = CELL) -> None:
    write_arrays(folder / "mine.npz", make_case(configuration(text)).gradients() | {NAME: mark})


OTHERS = {
    "parameters, inputs, upstreams": "seed=3",
    "parameters": "lstm.forget_bias=2",
    "inputs": "sequence.initial_state=zero",
    "upstreams": "loss.scale=3",
    "network": "lstm.activations.gate=hard_sigmoid",
    "inputs, upstreams": "sequence.length=5",
}


@pytest.mark.parametrize("parts", OTHERS)
def test_gradients_of_other_inputs_are_told_by_what_differs(parts: str, tmp_path: Path) -> None:
    """Before shapes are looked at, which would differ too."""
    write(tmp_path, fingerprint_of(configuration(CELL)))
    key, value = OTHERS[parts].split("=")
    config = configured(tmp_path, CELL, **{key.replace(".", "__"): value})
    with pytest.raises(LstmcheckError, match=f"gradients of other inputs: by its fingerprint other {parts}."):
        read_gradients(config, make_case(config))


def test_sequences_of_other_lengths_are_other_inputs(tmp_path: Path) -> None:
    write(tmp_path, fingerprint_of(configuration(NETWORK)), NETWORK)
    config = configured(tmp_path, NETWORK, sequence__lengths="[3, 1]")
    with pytest.raises(LstmcheckError, match=r"by its fingerprint other inputs\."):
        read_gradients(config, make_case(config))


@pytest.mark.parametrize("kind", ["float32", "float16"])
@pytest.mark.parametrize("key", ["seed=0", "check.rtol=1e-5", "target.convention=torch"])
def test_the_same_inputs_are_taken_however_they_are_written(kind: str, key: str, tmp_path: Path) -> None:
    """A fingerprint survives that all arrays of a file are saved in less."""
    mark = fingerprint_of(configuration(CELL, [key] if "target" not in key else []))
    write(tmp_path, mark.astype(kind))
    config = configured(tmp_path, CELL)
    found = read_gradients(config, make_case(config))
    assert found.given_in is not None
    assert not found.given_in.is_low


def test_inputs_in_fewer_digits_are_the_same_inputs() -> None:
    case = make_case(configuration(CELL))
    single, brain = (fingerprint(case.rounded(kind)) for kind in (SINGLE, BFLOAT))
    assert not given_in(case, single).is_low
    assert given_in(case, brain) is BFLOAT


def test_a_damaged_one_is_told(tmp_path: Path) -> None:
    write(tmp_path, np.zeros(3))
    config = configured(tmp_path, CELL)
    with pytest.raises(LstmcheckError, match=r"fingerprint has shape \(3,\), expected \(4, 6\)"):
        read_gradients(config, make_case(config))


def test_without_one_gradients_of_another_seed_fail_and_are_said_to_look_so(tmp_path: Path) -> None:
    gradients = make_case(configuration(CELL)).gradients()
    report = judged(tmp_path, gradients, CELL, seed=3, check__entries=1)
    assert report.verdict == Verdict.FAIL
    assert report.target is not None
    assert "gradients of other inputs look like this, as of another seed" in report.target.notes[0]


def test_a_wrong_gradient_is_not_said_to_be_of_other_inputs(tmp_path: Path) -> None:
    gradients = make_case(configuration(CELL)).gradients()
    gradients["W_l0"] = -gradients["W_l0"]
    report = judged(tmp_path, gradients, CELL, check__entries=1)
    assert report.verdict == Verdict.FAIL
    assert report.target is not None
    assert report.target.notes == ()
