"""Gradients that were computed elsewhere: written in any layout, judged as any others."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gradient_files import CELL, NETWORK, configuration, configured, judged

from lstmcheck.api import check
from lstmcheck.arrays.inputs_of import inputs_of
from lstmcheck.arrays.json_arrays import decode_array, encode_array
from lstmcheck.arrays.make_case import make_case
from lstmcheck.arrays.write_arrays import write_arrays
from lstmcheck.config import Config
from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.mistakes.catalogue import find
from lstmcheck.mistakes.mistake import compose


def by_torch(config: Config) -> dict[str, np.ndarray]:
    """Gradients of torch's LSTM, at what a file of inputs says alone."""
    given = {k: torch.tensor(a) for k, a in inputs_of(config, "torch").items()}
    lstm = config.lstm
    module = torch.nn.LSTM(
        lstm.input_size,
        lstm.hidden_size,
        lstm.num_layers,
        bidirectional=lstm.bidirectional,
        dtype=given["x"].dtype,
    )
    asked = {name: a.requires_grad_() for name, a in given.items() if name[:2] != "d_" and name != "lengths"}
    parameters = {name: asked[name] for name, _ in module.named_parameters()}
    x: Any = asked["x"]
    if "lengths" in given:
        x = torch.nn.utils.rnn.pack_padded_sequence(x, given["lengths"], enforce_sorted=False)
    y, (h, c) = torch.func.functional_call(module, parameters, (x, (asked["h0"], asked["c0"])))
    if "lengths" in given:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y)
    outputs = {"d_y": y, "d_h": h, "d_c": c}
    loss = sum((given[name] * output).sum() for name, output in outputs.items())
    gradients = torch.autograd.grad(loss, list(asked.values()))
    found = {name: gradient.numpy() for name, gradient in zip(asked, gradients, strict=True)}
    shown = {"y": y, "h_T": h, "c_T": c}
    return found | {name: output.detach().numpy() for name, output in shown.items()}


@pytest.mark.parametrize("file", ["mine.npz", "mine.json", "mine.safetensors"])
def test_what_another_framework_computes_passes_and_conforms(file: str, tmp_path: Path) -> None:
    gradients = by_torch(configuration(NETWORK))
    report = judged(tmp_path, gradients, file=file, target__convention="torch", check__entries=2)
    assert report.verdict == Verdict.PASS
    assert report.answers == dict.fromkeys(("gradient", "conformance", "coverage"), Verdict.PASS)


def test_float32_is_no_mistake_and_noticed_by_the_file(tmp_path: Path) -> None:
    config = configuration(
        NETWORK, overrides=["target.file=none", "target.protocol=gradients", "target.dtype=float32"]
    )
    gradients = by_torch(config)
    assert gradients["weight_ih_l0"].dtype == np.float32
    report = judged(tmp_path, gradients, target__convention="torch")
    assert report.verdict == Verdict.PASS
    gradients["weight_ih_l1"] *= 1 + 1e-3
    assert judged(tmp_path, gradients, target__convention="torch").gradient == Verdict.FAIL


def with_float32_bias(gradients: Arrays) -> dict[str, Numbers]:
    return {**gradients, "b_l0": gradients["b_l0"].astype(np.float32)}


def test_an_array_of_fewer_digits_counts_for_itself_alone(tmp_path: Path) -> None:
    gradients = make_case(configuration(CELL)).gradients()
    whole = judged(tmp_path, gradients, CELL)
    mixed = judged(tmp_path, with_float32_bias(gradients), CELL)
    assert whole.target is not None
    assert mixed.target is not None
    assert (whole.verdict, mixed.verdict, whole.target.notes) == (Verdict.PASS, Verdict.PASS, ())
    assert mixed.target.notes == (
        "b_l0 came in float32: judged with its rounding, the others with that of float64"
        " (target.dtype: float32 says that all was computed so)",
    )
    coarser = {
        one.info.name
        for one, other in zip(mixed.blocks, whole.blocks, strict=True)
        if one.tolerance > 2 * other.tolerance
    }
    assert coarser == {"b_l0"}


@pytest.mark.parametrize(("share", "wanted"), [(3e-6, Verdict.INCONCLUSIVE), (1e-4, Verdict.FAIL)])
def test_a_float32_array_lets_no_other_pass(share: float, wanted: Verdict, tmp_path: Path) -> None:
    """What float32 explains is no proof either: a float64 sum of float32 terms is no better than they are."""
    gradients = make_case(configuration(CELL)).gradients()
    gradients["W_l0"] = gradients["W_l0"] + share * np.abs(gradients["W_l0"]).max((1, 2), keepdims=True)
    assert judged(tmp_path, gradients, CELL).gradient == Verdict.FAIL
    mixed = judged(tmp_path, with_float32_bias(gradients), CELL)
    assert {gate.verdict for gate in mixed.blocks if gate.info.name == "W_l0"} == {wanted}
    assert {gate.verdict for gate in mixed.blocks if gate.info.name != "W_l0"} == {Verdict.PASS}
    declared = judged(tmp_path, with_float32_bias(gradients), CELL, target__dtype="float32")
    assert declared.gradient == (Verdict.PASS if share < 1e-5 else Verdict.INCONCLUSIVE)


def test_a_gate_of_fewer_digits_gives_its_array_no_room(tmp_path: Path) -> None:
    """Gates with arrays of their own are one array of ours."""
    config = configured(tmp_path, CELL, target__convention="course")
    case = make_case(config)
    gradients = case.gradients()
    written = NetworkLayout(CONVENTIONS["course"], case.spec).write(gradients)
    written |= {name: gradients[name] for name in ("x", "h0", "c0")}
    written |= {name: written[name].astype(np.float32) for name in ("W_f", "b_f")}
    assert judged(tmp_path, written, CELL, target__convention="course").verdict == Verdict.PASS
    wrong = written | {"W_i": written["W_i"] * (1 + 1e-4)}
    report = judged(tmp_path, wrong, CELL, target__convention="course")
    assert {gate.label for gate in report.blocks if gate.verdict == Verdict.FAIL} == {"W_l0_i", "U_l0_i"}


def test_outputs_conform_in_their_own_precision(tmp_path: Path) -> None:
    case = make_case(configuration(CELL))
    outputs = case.trace(keep=False).outputs._asdict()
    found = {**with_float32_bias(case.gradients()), **outputs, "y": outputs["y"] + 1e-6}
    assert judged(tmp_path, found, CELL).answers["conformance"] == Verdict.FAIL


PLANTED = [
    "cell-carry-dropped",
    "hidden-carry-dropped",
    "input-weights-last-step-only",
    "bias-no-batch-sum",
    "forget-uses-new-cell",
    "second-direction-reads-overwritten",
    "reverse-direction-not-added",
    "upper-layer-bias-zero",
    "mask-not-on-hidden-gradient",
    "stale-previous-state",
]


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_caught_and_named(mistake: str, tmp_path: Path) -> None:
    case = make_case(configuration(NETWORK))
    report = judged(tmp_path, case.gradients(compose([find(mistake)])), explain=True, check__entries=4)
    assert report.gradient == Verdict.FAIL
    assert report.diagnosis is not None
    assert mistake in {suspect.mistake for suspect in report.diagnosis.suspects}


@pytest.mark.parametrize(
    "convention", ["keras", "cs231n", "karpathy", "course", "flax", "chainer", "onnx", "haste"]
)
def test_what_is_written_in_a_convention_is_read_in_it(convention: str, tmp_path: Path) -> None:
    """Parameters stand for gradients: written and read back they are the same."""
    config = configured(tmp_path, CELL, target__convention=convention)
    written = inputs_of(config)
    case = make_case(config)
    write_arrays(tmp_path / "mine.npz", {n: a for n, a in written.items() if not n.startswith("d_")})
    from lstmcheck.arrays.gradients_file import read_gradients

    found = read_gradients(config, case)
    assert found.missing_gates == {}
    for info in case.infos:
        np.testing.assert_array_equal(found.gradients[info.name], case.arrays[info.name])


def test_what_is_missing_is_inconclusive_and_named(tmp_path: Path) -> None:
    gradients = make_case(configuration(CELL)).gradients()
    del gradients["U_l0"]
    report = judged(tmp_path, gradients, CELL)
    assert (report.gradient, report.coverage.missing) == (Verdict.PASS, ("U_l0",))
    assert report.verdict == Verdict.INCONCLUSIVE


def test_nan_and_zeros_never_pass(tmp_path: Path) -> None:
    gradients = make_case(configuration(CELL)).gradients()
    gradients["W_l0"][0, 0, 0] = np.nan
    gradients["x"][:] = 0
    report = judged(tmp_path, gradients, CELL)
    assert {gate.label for gate in report.blocks if gate.verdict == Verdict.FAIL} == {"W_l0_i", "x"}


def test_wrong_outputs_fail_the_conformance_alone(tmp_path: Path) -> None:
    case = make_case(configuration(CELL))
    outputs = case.trace(keep=False).outputs._asdict()
    report = judged(tmp_path, case.gradients() | outputs | {"y": np.tanh(outputs["y"])}, CELL)
    assert (report.gradient, report.answers["conformance"]) == (Verdict.PASS, Verdict.FAIL)
    assert report.verdict == Verdict.FAIL


BAD = {
    "weight_ih": ("unknown array 'weight_ih'", "--convention torch"),
    "dW_l0": ("unknown array 'dW_l0'", "Save the gradient of W_l0 under the name of W_l0"),
    "d_y": ("unknown array 'd_y'", "leave it out"),
    "U_l1": ("'U_l1' is not read", "lstm.num_layers: 2"),
    "Wl0": ("unknown array 'Wl0'", "Did you mean 'W_l0'?"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_nobody_knows_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError) as caught:
        judged(tmp_path, {name: np.zeros((4, 3, 2))}, CELL)
    assert all(part in str(caught.value) for part in BAD[name])


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError) as caught:
        judged(tmp_path, {"W_l0": np.zeros((12, 2)), "x": np.zeros((2, 4, 2)), "odd": np.zeros(1)}, CELL)
    assert len(caught.value.problems) == 3
    assert "The gates look stacked" in str(caught.value)
    assert "The axes look exchanged" in str(caught.value)


@pytest.mark.parametrize("name", ["W", "W_l0"])
def test_one_array_under_two_names_is_refused(name: str, tmp_path: Path) -> None:
    arrays = {other: np.zeros((4, 3, 2)) for other in ("W", "W_l0")}
    with pytest.raises(LstmcheckError, match="is there twice"):
        judged(tmp_path, {name: arrays.pop(name), **arrays}, CELL)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"x": [[1, 2], [3]]}', "different lengths"),
        ('{"x": {"shape": [2, 2], "data": [1, 2, 3]}}', "its data are 3 numbers"),
        ('{"x": {"shape": [-1], "data": [1]}}', "wanted a list of sizes"),
        ('{"x": {"data": [1]}}', "wanted shape and data"),
        ('{"x": ["one"]}', "something other than numbers"),
        ('{"x": {"shape": [1], "data": "AAAA"}}', "no whole number of doubles"),
        ('{"x": [1, 2', "cut off or damaged"),
        ("{}", "there is no array in it"),
        ('{"x": ' + "[" * 5000 + "]" * 5000 + "}", "without end"),
        ('{"x": ' + "[" * 600 + "]" * 600 + "}", "without end"),
        ("\ufeff{}", "there is no array in it"),
    ],
)
def test_damaged_json_is_told(text: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(text)
    with pytest.raises(LstmcheckError) as caught:
        check(configured(tmp_path, CELL, "mine.json"))
    assert what in str(caught.value)


def test_arrays_survive_json() -> None:
    array = np.random.default_rng(0).standard_normal((2, 0, 3)), np.array([[1e-300, np.pi], [-0.0, 1e308]])
    for each in array:
        np.testing.assert_array_equal(decode_array(json.loads(json.dumps(encode_array(each)))), each)
    data = b64encode(array[1].astype("<f8").tobytes()).decode()
    np.testing.assert_array_equal(decode_array({"shape": [2, 2], "data": data}), array[1])
    assert np.isnan(decode_array([1, None])[1])


@pytest.mark.parametrize("key", ["forward: f", "backward: b", "only_definitions: true"])
def test_what_would_be_ignored_is_refused(key: str) -> None:
    with pytest.raises(LstmcheckError, match="runs no code"):
        configuration(CELL + f"target: {{file: mine.npz, protocol: gradients, {key}}}\n")


def test_upstreams_are_those_of_the_loss_with_its_scale(tmp_path: Path) -> None:
    """What backward passes are given, so that gradients are those that are asked for."""
    text = CELL + "loss: {kind: squared_error, on: [outputs], scale: 0.1}\n"
    given = inputs_of(configuration(text))
    case = make_case(configuration(text))
    assert set(given) == {"W_l0", "U_l0", "b_l0", "x", "h0", "c0", "d_y", "target_y"}
    np.testing.assert_allclose(given["d_y"], 0.1 * (case.trace().outputs.y - given["target_y"]), rtol=1e-12)
    assert judged(tmp_path, case.gradients(), text).verdict == Verdict.PASS
