"""What is in no catalogue is caught, and called unknown or what it is: never by another's name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from mistake_cases import config_of, network, shipped

from lstmcheck.api import check
from lstmcheck.judge.diagnosis_result import Diagnosis
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Outputs, Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.mistakes.diagnosis.diagnosis import diagnose
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.tolerances.diagnosis import COMPARED, MATCH

TERMS = ("d_z_i", "d_z_f", "d_z_g", "d_z_o", "d_c", "d_c_prev", "d_h_prev", "d_h_total", "d_c_total", "d_m")
FEW = 300
"""Pairs that are replayed in most of these tests: the likeliest ones."""
BLOCKS = ("W_l0", "U_l0", "b_l0", "x", "h0")
"""Where one entry is wrong."""


def scaled_term(method: str, factor: float = 1.01) -> type[Backward]:
    def wrong(b: Backward, *arguments: object) -> Numbers:
        right: Numbers = getattr(Backward, method)(b, *arguments)
        return factor * right

    return type(f"Scaled_{method}", (Backward,), {method: wrong})


def random_signs(method: str) -> type[Backward]:
    """Half of the entries of a term negated, the same ones in every step."""

    def wrong(b: Backward, *arguments: object) -> Numbers:
        right: Numbers = getattr(Backward, method)(b, *arguments)
        return np.asarray(right * np.random.default_rng(1).choice([-1.0, 1.0], right.shape))

    return type(f"Signs_{method}", (Backward,), {method: wrong})


def wrong_entry(block: str) -> type[Backward]:
    class WrongEntry(Backward):
        def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
            found = super().gradients(upstream)
            spoilt = found[block].copy()
            spoilt.ravel()[np.abs(spoilt).argmax()] *= 1.37
            return found | {block: spoilt}

    return WrongEntry


UNKNOWN: dict[str, type[Backward]] = (
    {f"scaled {name}": scaled_term(name) for name in TERMS}
    | {f"signs {name}": random_signs(name) for name in TERMS[:6]}
    | {f"entry of {block}": wrong_entry(block) for block in BLOCKS}
)


def diagnosis_of(backward: type[Backward], *, pairs: int | None = FEW) -> Diagnosis:
    report = check(shipped("small"), backward=backward, explain=False)
    assert report.verdict == "fail"
    found = diagnose(report, backward, pairs=pairs)
    assert found is not None
    return found


@cache
def diagnosis_named(name: str) -> Diagnosis:
    """Of one of the unknown mistakes."""
    return diagnosis_of(UNKNOWN[name])


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_nobody_has_seen_is_caught_and_not_misnamed(name: str) -> None:
    assert diagnosis_named(name).suspects == ()


def test_a_long_search_does_not_misname_it_either() -> None:
    assert diagnosis_of(UNKNOWN["scaled d_c_prev"], pairs=None).suspects == ()


def test_there_are_twenty_of_them() -> None:
    assert len(UNKNOWN) >= 20


@pytest.mark.parametrize(("method", "gate"), [("d_z_f", "f"), ("d_z_o", "o"), ("d_z_g", "g"), ("d_z_i", "i")])
def test_an_unknown_gate_is_located_at_the_last_step(method: str, gate: str) -> None:
    found = diagnosis_named(f"scaled {method}").location
    assert found is not None
    assert (found.gate, found.time, found.layer, found.reverse) == (gate, 4, 0, False)
    assert found.analytic == pytest.approx(1.01 * found.measured, rel=1e-9)


def test_an_unknown_carry_is_located_one_step_earlier() -> None:
    found = diagnosis_named("scaled d_c_prev").location
    assert found is not None
    assert found.time == 3


@pytest.mark.parametrize("name", ["deep", "padded"])
def test_the_place_is_found_in_any_layer_and_direction(name: str) -> None:
    class InOneStep(Backward):
        def d_z_f(self, s: Step, d_c: Numbers) -> Numbers:
            right = super().d_z_f(s, d_c)
            return 1.01 * right if s.t == 1 and s.cell.key == b_cell else right

    config = network(name)
    b_cell = (config.lstm.num_layers // 2, config.lstm.bidirectional)
    report = check(config, backward=InOneStep, explain=False)
    found = diagnose(report, InOneStep, pairs=FEW)
    assert found is not None
    assert found.suspects == ()
    assert found.location is not None
    assert (found.location.layer, found.location.reverse) == b_cell
    assert (found.location.time, found.location.gate) == (1, "f")


def test_where_all_pre_activations_are_right_that_is_told() -> None:
    found = diagnosis_named("entry of W_l0")
    assert found.location is None
    assert found.note is not None
    assert found.note.endswith("every pre-activation's gradient is right")


Change = Callable[[dict[str, Numbers]], dict[str, Numbers]]


def returned(change: Change) -> type[Backward]:
    """The right gradients, changed before they are returned."""

    class Returned(Backward):
        def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
            found = super().gradients(upstream)
            return found | change(found)

    return Returned


PATTERNS: dict[str, tuple[Change, str]] = {
    "scaled-parameter": (lambda g: {"W_l0": 1.01 * g["W_l0"]}, "W_l0: 1.01 times the right gradient"),
    "gates-permuted": (
        lambda g: {"U_l0": g["U_l0"][[1, 2, 0, 3]]},
        "gates of U_l0 are in each other's place: i ← f, f ← g, g ← i",
    ),
    "transposed": (
        lambda g: {"U_l0": np.concatenate([g["U_l0"][:1].swapaxes(1, 2), g["U_l0"][1:]])},
        "the gradient of U_l0_i is transposed",
    ),
    "clipped-inside": (
        lambda g: {"x": np.clip(g["x"], -0.3, 0.3)},
        "the gradient of x is clipped at 0.3",
    ),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_in_the_gradients_is_named(name: str) -> None:
    change, title = PATTERNS[name]
    suspects = diagnosis_of(returned(change)).suspects
    assert [(suspect.mistake, suspect.title) for suspect in suspects] == [(name, title)]


def test_one_factor_on_everything_is_one_pattern() -> None:
    (suspect,) = diagnosis_of(returned(lambda g: {name: a / 7 for name, a in g.items()})).suspects
    assert suspect.mistake == "scaled-parameter"
    assert suspect.title.startswith("W_l0, U_l0, b_l0, x, h0, c0: 0.142857142857 times")


def test_two_patterns_are_told_together() -> None:
    (suspect,) = diagnosis_of(returned(lambda g: {"W_l0": 3 * g["W_l0"], "c0": -5 * g["c0"]})).suspects
    assert "W_l0: 3 times" in suspect.title
    assert "c0: -5 times" in suspect.title


def test_a_gradient_that_is_not_finite_has_no_name() -> None:
    found = diagnosis_of(returned(lambda g: {"b_l0": g["b_l0"] * np.nan}))
    assert found.suspects == ()
    assert found.note


def test_deltas_that_a_wrong_pass_changes_afterwards_are_what_is_compared() -> None:
    class Doubled(Backward):
        def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
            d = super().deltas(s, d_h, d_c)
            return Deltas(d.h, d.m, d.c, 1.5 * d.z)

    found = diagnosis_of(Doubled)
    assert found.suspects == ()
    assert found.location is not None
    assert found.location.time == 4


def test_a_mistake_is_named_only_if_it_explains_entries_that_were_not_compared_first() -> None:
    config = config_of({"lstm": {"input_size": 40, "hidden_size": 30}, "sequence": {"length": 2, "batch": 1}})
    replay, mistake = Replay.of(config), CATALOGUE["no-recurrence"].backward
    assert replay.checked["W_l0"].sum() > replay.compared["W_l0"].sum() == COMPARED
    found = {name: gradient.copy() for name, gradient in replay.gradients(mistake).items()}
    assert replay.explains_all(mistake, found) == 0
    found["W_l0"][~replay.compared["W_l0"]] *= 1.01
    assert replay.explains_all(mistake, found) > MATCH


def test_one_step_and_no_name_is_still_a_diagnosis() -> None:
    one_step = config_of({"sequence": {"length": 1}})
    backward = UNKNOWN["signs d_z_g"]
    found = diagnose(check(one_step, backward=backward, explain=False), backward, pairs=FEW)
    assert found is not None
    assert found.suspects == ()
    assert found.location is not None
