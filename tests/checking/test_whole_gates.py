"""Gates judged as wholes, along random directions: what passes, what fails and where, what is left open."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from checking_configs import CHAOTIC, ON_KINKS, Tree, check_gates, config_of, small
from reference_cases import codes
from spoilt import Gradients, spoilt

from lstmcheck.api import check
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.run.notes import describe

DIRECTIONS: Tree = {"method": "directions"}
SIZES: Tree = {"hidden_size": 16, "input_size": 9}


def by_directions(**sections: Tree) -> Tree:
    check = DIRECTIONS | sections.get("check", {})
    return small(**{"lstm": SIZES, **sections, "check": check})


def gate_of(report: Report, array: str, letter: str | None) -> GateResult:
    return next(gate for gate in report.blocks if (gate.info.name, gate.gate) == (array, letter))


NETWORKS: dict[str, Tree] = {
    "plain": {},
    "deep, both ways, padded": {
        "lstm": SIZES | {"num_layers": 2, "bidirectional": True},
        "sequence": {"lengths": [3, 1, 2, 3, 2]},
    },
    "peepholes, coupled": {"lstm": SIZES | {"peephole": True, "coupled": True}},
    "two biases, projected": {"lstm": SIZES | {"bias": "two", "proj_size": 5}},
    "hard sigmoid": {"lstm": SIZES | {"activations": {"gate": "hard_sigmoid"}}},
    "relu": {"lstm": SIZES | {"activations": {"candidate": "relu", "output": "relu"}}},
    "complex steps": {"check": {"reference": "complex"}},
    "chaotic": CHAOTIC | {"check": {"blocks": ["U"]}},
    "a small loss": {"loss": {"kind": "cross_entropy", "reduce": "mean", "scale": 1e-6}},
}


@pytest.mark.parametrize("name", NETWORKS)
def test_right_gradients_pass_as_wholes_with_a_bound_on_every_entry(name: str) -> None:
    report = check_gates(config_of(by_directions(**NETWORKS[name])))
    assert report.verdict == "pass"
    wholes = [gate for gate in report.blocks if gate.directions]
    assert len(wholes) > len(report.blocks) / 2
    for gate in wholes:
        assert gate.entries == gate.passed == gate.total
        assert gate.rel_error <= gate.tolerance
        values = report.values
        off = np.abs(values.analytic[gate.info.name] - report.case.right[gate.info.name])
        assert off.max() <= gate.max_abs_error


@pytest.mark.parametrize("name", NETWORKS)
def test_one_wrong_entry_in_each_whole_gate_fails_at_its_place(name: str) -> None:
    random = np.random.default_rng(0)
    places: dict[str, tuple[int, ...]] = {}

    def change(found: Gradients) -> None:
        for gate in right.blocks:
            array = found[gate.info.name]
            mine = array[gate.info.row(gate.gate)] if gate.gate else array
            places[gate.label] = tuple(int(random.integers(n)) for n in mine.shape)
            mine[places[gate.label]] += 1e-5 * np.abs(mine).max()

    config = config_of(by_directions(**NETWORKS[name]))
    right = check_gates(config)
    for gate in check_gates(config, backward=spoilt(change)).blocks:
        assert (gate.verdict, gate.worst.index) == ("fail", places[gate.label]), gate.label
        assert gate.wrong is not None
        assert gate.wrong.positions == tuple((k,) for k in places[gate.label])


def test_one_wrong_entry_of_a_whole_gate_fails_at_its_place() -> None:
    def change(found: Gradients) -> None:
        found["W_l0"][1, 11, 4] += 3e-6 * np.abs(found["W_l0"][1]).max()

    report = check_gates(config_of(by_directions()), backward=spoilt(change))
    assert [gate.label for gate in report.blocks if gate.verdict != "pass"] == ["W_l0_f"]
    assert gate_of(report, "W_l0", "f").where == "W_f[11,4]"


def test_of_a_whole_gate_nobody_counts_the_entries_on_a_kink(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal((3, 5, 9))
    x[0] = 0
    np.savez(tmp_path / "x.npz", x=x)
    lstm = ON_KINKS["lstm"] | {"input_size": 9, "hidden_size": 6}
    arrays = {"file": str(tmp_path / "x.npz")}
    config = config_of(by_directions(lstm=lstm, sequence=ON_KINKS["sequence"], arrays=arrays))
    report = check_gates(config)
    assert report.verdict == "pass"
    assert (described := describe(gate_of(report, "h0", None)))
    assert "some of 60 entries lie on a kink" in described


def test_what_is_off_everywhere_and_nowhere_enough_accuses_nobody() -> None:
    def change(found: Gradients) -> None:
        found["U_l0"][2] += 0.8e-6 * np.abs(found["U_l0"][2]).max()

    gate = gate_of(check_gates(config_of(by_directions()), backward=spoilt(change)), "U_l0", "g")
    assert gate.verdict == "inconclusive"
    assert (gate.failed, codes(gate)) == (0, {"spread"})


def test_a_planted_mistake_has_its_name() -> None:
    def change(found: Gradients) -> None:
        found["U_l0"][:] = 0

    report = check(config_of(by_directions()), backward=spoilt(change))
    assert {gate.info.name for gate in report.blocks if gate.failed} == {"U_l0"}
    assert report.diagnosis is not None
    assert report.diagnosis.suspects


def test_reports_say_how_much_is_known_and_with_which_probability() -> None:
    report = check_gates(config_of(by_directions(check={"miss_probability": 1e-6})))
    content = RunContent([report])
    text = b"".join(FORMATS["text"].export(content)).decode()
    assert "4 directions" in text
    assert "except with probability 1e-06" in text.splitlines()[-1]
    document = json.loads(b"".join(FORMATS["json"].export(content)))
    gate = document["blocks"][0]
    assert (gate["method"], gate["directions"] >= 4) == ("directions", True)
    assert gate["miss_probability"] == pytest.approx(1e-6 / len(report.blocks))
    assert document["method"]["miss_probability"] == 1e-6


def test_entries_are_judged_one_by_one_while_that_is_quick() -> None:
    assert not any(gate.directions for gate in check_gates(config_of(small())).blocks)


@pytest.mark.parametrize(
    ("settings", "told"), [({"step": 1e-4}, "step is 0.0001"), ({"entries": 3}, "entries is 3")]
)
def test_directions_are_refused_where_they_say_nothing(settings: Tree, told: str) -> None:
    with pytest.raises(LstmcheckError, match=told):
        check_gates(config_of(by_directions(check=settings)))


VANISHING: Tree = {
    "lstm": {"hidden_size": 5, "input_size": 7, "forget_bias": -3.0},
    "sequence": {"length": 16, "batch": 2},
    "loss": {"on": ["hidden", "cell"]},
    "check": {"blocks": ["x"]},
}
"""What the last step passes back of a loss that reads the last states is next to nothing at the first."""


def test_each_step_of_x_is_judged_at_its_own_size() -> None:
    report = check_gates(config_of(by_directions(**VANISHING)))
    (gate,) = report.blocks
    sizes = np.abs(report.case.right["x"]).max((1, 2))
    assert sizes[4] < 1e-7 * sizes.max()
    assert (gate.verdict, gate.resolved) == ("pass", gate.total)
    assert gate.rel_error <= 1e-6


@pytest.mark.parametrize("share", [1e-4, 1.0])
def test_an_error_of_an_early_step_of_x_is_none_of_a_late_one(share: float) -> None:
    """A millionth of a millionth of the largest gradient: no bound on all of x would show it."""

    def change(found: Gradients) -> None:
        found["x"][3, 1, 2] += share * np.abs(found["x"][3]).max()

    (gate,) = check_gates(config_of(by_directions(**VANISHING)), backward=spoilt(change)).blocks
    assert (gate.verdict, gate.where) == ("fail", "x[3,1,2]")


FAINT: Tree = {
    "lstm": {"hidden_size": 5, "input_size": 7, "num_layers": 2, "init_scale": 1e-8},
    "loss": {"on": ["outputs"]},
    "check": {"blocks": ["h0", "c0"]},
}
"""What begins in the first layer goes through weights that are next to nothing before it matters."""


def test_each_cell_of_h0_and_c0_is_judged_at_its_own_size() -> None:
    report = check_gates(config_of(by_directions(**FAINT)))
    for gate in report.blocks:
        first, second = np.abs(report.case.right[gate.info.name]).max((1, 2))
        assert first < 1e-8 * second
        assert (gate.verdict, gate.resolved) == ("pass", gate.total)
        assert gate.rel_error <= 1e-6


@pytest.mark.parametrize("name", ["h0", "c0"])
@pytest.mark.parametrize("share", [1e-4, 1.0])
def test_an_error_in_a_cell_that_matters_little_is_none_of_another(name: str, share: float) -> None:
    def change(found: Gradients) -> None:
        found[name][0, 1, 2] += share * np.abs(found[name][0]).max()

    report = check_gates(config_of(by_directions(**FAINT)), backward=spoilt(change))
    (gate,) = [gate for gate in report.blocks if gate.verdict != "pass"]
    assert (gate.verdict, gate.where) == ("fail", f"{name}[0,1,2]")
    assert gate.wrong is not None
    assert (gate.wrong.count, gate.wrong.positions) == (1, ((0,), (1,), (2,)))


@pytest.mark.parametrize("name", ["h0", "c0"])
def test_a_cell_that_matters_little_may_not_be_forgotten(name: str) -> None:
    def change(found: Gradients) -> None:
        found[name][0] = 0

    report = check_gates(config_of(by_directions(**FAINT)), backward=spoilt(change))
    assert {gate.info.name for gate in report.blocks if gate.verdict == "fail"} == {name}
