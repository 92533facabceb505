"""`lstmcheck mistakes`, `lstmcheck audit`, and `lstmcheck run --mistake`."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from mistake_cases import CONFIGS, ids
from typer.testing import CliRunner, Result

from lstmcheck.cli.app import app
from lstmcheck.mistakes.catalogue import CATALOGUE, FAMILIES
from lstmcheck.report.schema import schema

SMALL = str(CONFIGS / "small.yaml")
BLIND = ("--set", "sequence.length=1", "--set", "sequence.initial_state=zero")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def document(*arguments: str) -> Any:
    return json.loads(invoke(*arguments, "--output-format", "json").stdout)


def test_a_planted_mistake_fails_and_is_named_wrong_beside_right() -> None:
    result = invoke("run", SMALL, "--mistake", "cell-carry-without-forget")
    assert result.exit_code == 1
    assert "Diagnosis: cell-carry-without-forget: d_c goes back without the forget gate." in result.stdout
    assert "  wrong: d_c_prev = d_c\n  right: d_c_prev = d_c ∘ f\n" in result.stdout
    assert "  Look at the line that hands d_c to the step before, at the end of the loop.\n" in result.stdout
    assert "\n✗ FAIL  cell-carry-without-forget\n" in result.stdout
    assert f"Reproduce: lstmcheck run {SMALL} --mistake cell-carry-without-forget" in result.stdout


def test_the_json_of_a_failing_run_names_it_and_fits_the_schema() -> None:
    found = document("run", SMALL, "--mistake", "candidate-sign")
    jsonschema.validate(found, schema())
    (suspect,) = found["diagnosis"]
    assert suspect["mistake"] == "candidate-sign"
    assert suspect["title"] == CATALOGUE["candidate-sign"].title
    assert suspect["residual"] < 1e-8
    assert suspect["look"] == ["the line that computes d_z_g"]
    assert (suspect["with"], suspect["equal"], suspect["apart"]) == ([], [], None)
    assert found["localisation"] is None


def test_two_planted_mistakes_are_named_together() -> None:
    options = ("--mistake", "candidate-sign", "--mistake", "initial-hidden-zero")
    (suspect,) = document("run", SMALL, *options)["diagnosis"]
    assert {suspect["mistake"], *suspect["with"]} == {"candidate-sign", "initial-hidden-zero"}
    assert "and" in invoke("run", SMALL, *options).stdout


def test_three_planted_mistakes_are_named_together() -> None:
    planted = ("candidate-sign", "output-path-missing", "hidden-carry-dropped")
    options = [word for name in planted for word in ("--mistake", name)]
    result = invoke("run", SMALL, *options)
    assert result.exit_code == 1
    assert "3 known mistakes at once give these gradients" in result.stdout
    for name in planted:
        assert f"  {name}:\n  wrong: {CATALOGUE[name].wrong}\n" in result.stdout


def test_a_pass_has_no_diagnosis() -> None:
    assert document("run", SMALL)["diagnosis"] is None


def test_mistakes_that_look_the_same_here_are_named_together_with_the_key() -> None:
    options = ("--set", "sequence.length=2", "--mistake", "no-recurrence")
    found = document("run", SMALL, *options)["diagnosis"]
    assert {each["mistake"] for each in found} == {"no-recurrence", "truncated-by-one"}
    assert {each["apart"] for each in found} == {"sequence.length: 3"}
    assert "With sequence.length: 3 they would differ" in invoke("run", SMALL, *options).stdout


def test_where_nothing_matches_the_place_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    few = [CATALOGUE[name] for name in ("no-recurrence", "candidate-sign")]
    monkeypatch.setattr("lstmcheck.mistakes.diagnosis.diagnosis.applicable", lambda config: few)
    result = invoke("run", SMALL, "--mistake", "sigmoid-derivative-missing-o")
    assert "no known mistake gives these gradients" in result.stdout
    told = " ".join(result.stdout.split())
    searched = "Tried: each of 2 alone; all 1 pairs; sets of several by the rows that each explains, "
    assert re.search(rf"{searched}[1-9]\d* in all\.", told)
    assert "the gradients part at d_z_o of step t=4, layer 0" in result.stdout


def test_an_unknown_mistake_is_told_with_the_nearest() -> None:
    result = invoke("run", SMALL, "--mistake", "no-recurence")
    assert result.exit_code == 2
    assert "Did you mean 'no-recurrence'" in result.stderr


def test_a_mistake_in_what_the_network_lacks_is_refused_with_the_key() -> None:
    result = invoke("run", SMALL, "--mistake", "coupled-sign")
    assert result.exit_code == 2
    assert "it needs coupled. Set lstm.coupled: true." in result.stderr


def test_two_that_hide_each_other_are_refused() -> None:
    names = ("output-gate-uses-cell", "output-gate-uses-old-cell")
    result = invoke("run", SMALL, *(word for name in names for word in ("--mistake", name)))
    assert result.exit_code == 2
    assert "replace the same term" in result.stderr


def test_a_mistake_that_cannot_be_seen_passes_with_a_warning() -> None:
    result = invoke("run", SMALL, *BLIND, "--mistake", "no-recurrence")
    assert result.exit_code == 0
    assert "small cannot see no-recurrence" in result.stderr


def test_the_list_holds_every_mistake_under_its_family() -> None:
    lines = invoke("mistakes").stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ids()
    assert [line for line in lines if line in FAMILIES] == list(FAMILIES)


def test_one_family_alone() -> None:
    found = document("mistakes", "--family", "memory")["mistakes"]
    assert {each["family"] for each in found} == {"memory"}
    result = invoke("mistakes", "--family", "memry")
    assert result.exit_code == 2
    assert "Did you mean 'memory'" in result.stderr


def test_the_catalogue_as_json_has_the_keys_that_are_promised() -> None:
    found = document("mistakes")
    assert (found["schema_version"], found["command"]) == (1, "mistakes")
    assert [each["id"] for each in found["mistakes"]] == ids()
    for each in found["mistakes"]:
        assert {"id", "title", "family", "wrong", "right", "needs", "seen_in"} <= each.keys()


@pytest.mark.parametrize(
    "name", ["no-recurrence", "middle-layer-lost", "masked-output-only", "coupled-c-doubled"]
)
def test_one_mistake_is_shown_with_what_it_spoils(name: str) -> None:
    mistake = CATALOGUE[name]
    text = invoke("mistakes", name).stdout
    for part in (mistake.id, mistake.title, mistake.wrong, mistake.right, mistake.why):
        assert part in text
    assert "relative to the gate's scale:\n  " in text


def test_what_a_mistake_spoils_is_computed() -> None:
    (found,) = document("mistakes", "bias-doubled")["mistakes"]
    assert found["spoils"] == pytest.approx({f"b_l0_{gate}": 1.0 for gate in "ifgo"})


def test_an_audit_as_json_has_the_keys_that_are_promised() -> None:
    found = document("audit", SMALL, *BLIND)
    assert (found["schema_version"], found["command"]) == (1, "audit")
    assert 0 < found["score"] < 1
    assert {"id": "no-recurrence", "change": "sequence.length: 2", "needs": ["T>=2"]} in found["missed"]
    assert "coupled-sign" in found["not_applicable"]
    assert found["smallest_detectable_error"]["U_l0"] is None
    assert set(found["caught"]).isdisjoint(each["id"] for each in found["missed"])


def test_a_minimum_makes_an_audit_a_gate() -> None:
    assert invoke("audit", SMALL, "--minimum", "100").exit_code == 0
    assert invoke("audit", SMALL, *BLIND).exit_code == 0
    assert invoke("audit", SMALL, *BLIND, "--minimum", "100").exit_code == 1
    assert document("audit", SMALL, *BLIND, "--minimum", "100")["verdict"] == "fail"


def test_several_audits_are_a_list() -> None:
    found = document("audit", SMALL, str(CONFIGS / "coupled.yaml"))
    assert [each["name"] for each in found["audits"]] == ["small", "coupled"]


def test_an_audit_of_a_file_that_is_not_there_exits_with_2() -> None:
    assert invoke("audit", "nowhere.yaml").exit_code == 2
