"""A correct backward pass always passes: networks and losses that are hard on differences."""

from __future__ import annotations

import numpy as np
import pytest
from checking_configs import CHAOTIC, ON_KINKS, Tree, check_gates, config_of, small
from reference_cases import codes

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.results import Report

REFERENCES = ("central", "complex")
LENGTHS = [3, 2, 1, 3, 2]

LONG: Tree = {"sequence": {"length": 60, "batch": 2}, "loss": {"on": ["hidden", "cell"]}}

HARD = {
    "plain": small(),
    "vanishing gradients": small(**LONG),
    "vanishing gradients, shut forget gates": small(lstm={"forget_bias": -5.0}, **LONG),
    "exploding gradients": small(lstm={"init_scale": 3.0}, **LONG),
    "forget bias -5": small(lstm={"forget_bias": -5.0}),
    "forget bias 5": small(lstm={"forget_bias": 5.0}),
    "one unit": small(lstm={"hidden_size": 1}),
    "one sequence": small(sequence={"batch": 1}),
    "one step": small(sequence={"length": 1}),
    "one of everything": small(lstm={"input_size": 1, "hidden_size": 1}, sequence={"length": 1, "batch": 1}),
    "saturated gates": small(lstm={"init_scale": 30.0}),
    "saturated gates, two layers": small(lstm={"init_scale": 30.0, "num_layers": 2, "bidirectional": True}),
    "tiny weights": small(lstm={"init_scale": 1e-3}),
    "tiny weights, three layers": small(lstm={"init_scale": 1e-3, "num_layers": 3}),
    "chaotic": CHAOTIC,
}


def assert_passes(tree: Tree) -> Report:
    report = check_gates(config_of(tree))
    worst = report.worst
    assert report.verdict == "pass", f"{worst.label}: {worst.worst}, scale {worst.scale}"
    assert report.count("passed") == report.entries
    return report


def with_check(tree: Tree, **check: str) -> Tree:
    return tree | {"check": tree.get("check", {}) | check}


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("name", HARD)
def test_a_hard_network_passes(name: str, reference: str) -> None:
    assert_passes(with_check(HARD[name], reference=reference))


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "padded"])
@pytest.mark.parametrize(
    "on", [["outputs"], ["hidden"], ["cell"], ["outputs", "hidden", "cell"]], ids="+".join
)
@pytest.mark.parametrize("kind", ["projection", "squared_error", "cross_entropy"])
def test_every_loss_passes(kind: str, on: list[str], lengths: list[int] | None) -> None:
    mean = {"kind": kind, "on": on, "reduce": "mean"}
    assert_passes(small(loss=mean, sequence={"lengths": lengths}))


@pytest.mark.parametrize(
    "lstm",
    [
        {"num_layers": 3, "bidirectional": True},
        {"bias": "two"},
        {"bias": "none"},
        {"peephole": True, "coupled": True},
        {"hidden_size": 4, "proj_size": 3, "peephole": True, "bidirectional": True, "num_layers": 2},
    ],
    ids=str,
)
def test_every_variant_passes_with_padding(lstm: Tree) -> None:
    assert_passes(small(lstm=lstm, sequence={"lengths": LENGTHS}))


@pytest.mark.parametrize("name", ["plain", "vanishing gradients", "saturated gates", "chaotic"])
def test_the_loss_times_a_constant_is_judged_alike(name: str) -> None:
    """Powers of two change no digit, so not even the errors; others change the last digits only."""
    tree = HARD[name] | {"check": {"blocks": ["U", "x", "c0"], "entries": 6}}

    def scaled(scale: float) -> Report:
        return assert_passes(tree | {"loss": tree.get("loss", {}) | {"scale": scale}})

    base, small_power, tiny, huge = scaled(1.0), scaled(2.0**-20), scaled(1e-8), scaled(1e8)
    for one, same, down, up in zip(base.blocks, small_power.blocks, tiny.blocks, huge.blocks, strict=True):
        assert one.rel_error == same.rel_error
        for other in (down, up):
            # The measured uncertainty is what the errors may differ by.
            assert abs(other.rel_error - one.rel_error) <= one.uncertainty + other.uncertainty, one.label


def test_one_step_without_states_has_no_gradient_of_recurrent_weights() -> None:
    """Exactly zero in both: a pass that says so."""
    report = assert_passes(small(sequence={"length": 1, "initial_state": "zero"}))
    zero = [block for block in report.blocks if block.info.block == "U" or block.label.endswith("_l0_f")]
    assert {block.label for block in zero} == {"U_l0_i", "U_l0_f", "U_l0_g", "U_l0_o", "W_l0_f", "b_l0_f"}
    for block in zero:
        assert block.max_abs_error == block.worst.analytic == block.worst.reference == 0
        assert codes(block) == {"zero"}
    assert all(not block.notes for block in report.blocks if block not in zero)


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_point_on_a_kink_is_never_a_mismatch(reference: str) -> None:
    """Where the first layer's output is zero, the second's candidate starts on relu's kink."""
    config = config_of(with_check(ON_KINKS, reference=reference))
    assert not make_case(config).arrays["h0"].any()
    report = check_gates(config)
    assert report.verdict == "pass"
    assert report.count("failed") == report.count("inconclusive") == 0
    assert report.count("passed") + report.count("unmeasurable") == report.entries
    noted = [block for block in report.blocks if codes(block) & {"on a kink", "beside a kink"}]
    assert noted


@pytest.mark.parametrize("step", [1e-1, 1e-3, 1e-5, 1e-8, 1e-11])
def test_a_step_that_was_asked_for_never_accuses(step: float) -> None:
    report = check_gates(config_of(small(check={"step": step})))
    assert report.verdict != "fail"
    assert report.method.step == step


def test_results_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = small(lstm={"hidden_size": 8, "num_layers": 2})
    reports = []
    for cores in (1, 2, 3):
        monkeypatch.setattr("lstmcheck.api.available_cores", lambda cores=cores: cores)
        reports.append(assert_passes(tree))
    one, *others = reports
    for other in others:
        assert other.blocks == one.blocks
        for name, values in one.values.reference.items():
            np.testing.assert_array_equal(values, other.values.reference[name])


def test_the_same_seed_gives_the_same_report_and_another_seed_another() -> None:
    first, second = (assert_passes(small() | {"seed": 5}) for _ in range(2))
    assert first.blocks == second.blocks
    assert assert_passes(small() | {"seed": 6}).blocks != first.blocks
