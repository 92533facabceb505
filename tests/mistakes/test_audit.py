"""What a configuration cannot see is told, with a key that helps; what we ship sees everything."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mistake_cases import SHIPPED, config_of, shipped

from lstmcheck.api import check
from lstmcheck.config import load, parse, template
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.audit import Audit, Sight, audited, would_be_caught
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.mistakes.needs import OF_THE_CHECK, changed, format_changes
from lstmcheck.report import audit as report
from lstmcheck.report.formats.text import export

ONE_STEP = {"sequence": {"length": 1, "initial_state": "zero"}}
WHOLE_GATES = {"lstm": {"hidden_size": 13}, "check": {"method": "directions", "miss_probability": 1e-6}}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_configuration_catches_all_that_applies(path: Any) -> None:
    found = audited(load(path))
    assert [missed.mistake.id for missed in found.missed] == []
    assert found.score == 1
    assert found.blind_spots == ()


def test_what_init_writes_catches_all_that_applies() -> None:
    assert audited(parse(template(), name="lstmcheck.yaml")).score == 1


def test_every_mistake_is_caught_missed_or_not_applicable() -> None:
    found = audited(config_of(ONE_STEP))
    ids = [*found.caught, *(missed.mistake.id for missed in found.missed), *found.not_applicable]
    assert sorted(ids) == sorted(CATALOGUE)


def test_one_step_with_zero_states_misses_many_and_says_why() -> None:
    found = audited(config_of(ONE_STEP))
    assert len(found.missed) >= 15
    assert {"no-recurrence", "cell-carry-doubled"} <= {missed.mistake.id for missed in found.missed}
    assert "T = 1: nothing that carries over time is tested" in found.blind_spots


BLIND: dict[str, dict[str, Any]] = {
    "one step, zero states": ONE_STEP,
    "one step": {"sequence": {"length": 1}},
    "two steps": {"sequence": {"length": 2}},
    "one sequence": {"sequence": {"batch": 1}},
    "outputs only": {"loss": {"on": ["outputs"]}},
    "last h only": {"loss": {"on": ["hidden"]}},
    "weights only": {"check": {"blocks": ["W"]}},
    "coarse": {"check": {"rtol": 0.9}},
    "padded, outputs only": {
        "sequence": {"lengths": [2, 4, 1]},
        "loss": {"on": ["outputs"]},
    },
}


@pytest.mark.parametrize("name", BLIND)
def test_the_key_that_is_told_makes_a_missed_mistake_caught(name: str) -> None:
    config = config_of(BLIND[name])
    missed = audited(config).missed
    assert missed
    for each in missed:
        assert each.change is not None, each.mistake.id
        keys = json.loads(_quoted(each.change))
        assert would_be_caught(changed(config, keys), each.mistake.backward), each.mistake.id


def _quoted(change: str) -> str:
    """`sequence.length: 2, loss.on: [outputs, cell]` as a JSON object."""
    words = change.replace("[", "[ ").replace("]", " ]").replace(":", " :").replace(",", " ,").split()
    plain = ("[", "]", ":", ",")
    inside = "".join(w if w in plain or w[0].isdigit() else f'"{w}"' for w in words)
    return f"{{{inside}}}"


def test_changes_are_told_as_a_configuration_has_them() -> None:
    assert format_changes({"loss.on": ["outputs", "cell"], "lstm.peephole": True}) == (
        "loss.on: [outputs, cell], lstm.peephole: true"
    )


@pytest.mark.parametrize("need", OF_THE_CHECK, ids=lambda need: need.name)
def test_the_changes_of_a_need_fulfil_it(need: Any) -> None:
    tree = {**ONE_STEP, "loss": {"on": ["cell"]}, "check": {"blocks": ["W"], "entries": 1, "rtol": 0.1}}
    for config in (config_of(tree), config_of({**tree, "loss": {"on": ["hidden", "outputs"]}})):
        assert need.holds(changed(config, need.changes(config)))


def test_the_features_that_a_mistake_lacks_can_be_had() -> None:
    # Mistakes share what they need: each set of needs once.
    for needs, names in _by_needs().items():
        config = shipped("one-neuron")
        for need in needs:
            if not need.holds(config):
                config = changed(config, need.changes(config))
        assert all(need.holds(config) for need in needs), names


def _by_needs() -> dict[tuple[Any, ...], list[str]]:
    found: dict[tuple[Any, ...], list[str]] = {}
    for mistake in CATALOGUE.values():
        found.setdefault(tuple(mistake.needs), []).append(mistake.id)
    return found


@pytest.mark.parametrize(
    "sections",
    [{}, ONE_STEP, {"check": {"rtol": 1e-3}}, WHOLE_GATES],
    ids=["full", "blind", "coarse", "whole gates"],
)
@pytest.mark.parametrize("name", ["no-recurrence", "bias-doubled", "initial-cell-zero"])
def test_an_audit_foretells_what_a_check_says(name: str, sections: dict[str, Any]) -> None:
    config, backward = config_of(sections), CATALOGUE[name].backward
    assert would_be_caught(config, backward) == (check(config, backward=backward).verdict == "fail")


def test_a_right_backward_pass_is_never_foretold_to_fail() -> None:
    for path in SHIPPED:
        assert not would_be_caught(load(path), Backward)


def test_a_loss_of_ones_own_makes_unread_states_not_applicable() -> None:
    found = audited(config_of({"loss": {"kind": "squared_error", "on": ["outputs"]}}))
    assert "final-cell-gradient-ignored" in found.not_applicable
    assert found.score == 1


def test_a_gate_can_be_missed_where_few_entries_are_compared() -> None:
    found = audited(config_of({"check": {"entries": 1}}))
    assert any("a single wrong entry may be missed" in spot for spot in found.blind_spots)


def test_the_smallest_detectable_error_is_that_of_the_tolerance_and_rounding() -> None:
    config = config_of({"check": {"rtol": 1e-4}})
    for error in audited(config).smallest_detectable_error.values():
        assert 1e-4 <= error < 1e-4 + 1e-9
    assert audited(config_of(ONE_STEP)).smallest_detectable_error["U_l0"] == float("inf")


def test_the_text_tells_score_keys_and_blind_spots() -> None:
    found = audited(config_of(ONE_STEP))
    text = "".join(export(report.AuditContent([found])))
    assert f"{len(found.caught)} of {len(found.caught) + len(found.missed)} known mistakes are caught" in text
    assert all(
        missed.mistake.id in text and missed.change in text for missed in found.missed if missed.change
    )
    assert "zero initial states" in text


def test_an_audit_says_with_which_probability_whole_gates_miss_an_error() -> None:
    content = report.AuditContent([audited(config_of(WHOLE_GATES))])
    assert "along 4 to 12 random directions" in "".join(export(content))
    assert "except with probability 1e-06" in "".join(export(content))
    assert (content.document()["method"], content.document()["miss_probability"]) == ("directions", 1e-6)
    by_entries = report.AuditContent([audited(config_of({}))])
    assert (by_entries.document()["method"], by_entries.document()["miss_probability"]) == ("entries", None)
    assert "directions" not in "".join(export(by_entries))


def test_a_score_is_never_rounded_up_to_a_hundred() -> None:
    found = audited(config_of({}))
    one = audited(config_of(ONE_STEP)).missed[0]
    nearly = Audit(found.config, found.caught * 100, (one,), (), {}, ())
    assert report.percent(nearly) == "99.9"


def test_the_sight_of_a_check_counts_the_chosen_blocks_only() -> None:
    config = config_of({"check": {"blocks": ["W"]}})
    assert not Sight(config).catches(CATALOGUE["bias-doubled"].backward)
