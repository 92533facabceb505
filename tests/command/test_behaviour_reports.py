"""Behaviour in every format: a line, a JSON object and a test case each, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command_runner import invoke

from lstmcheck.api import check
from lstmcheck.config import parse
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.schema import schema
from lstmcheck.testing import assert_gradients

CONFIGS = Path(__file__).parents[2] / "configs"
RIGHT = (CONFIGS / "targets" / "plain.py").read_text()
CLIPPING = RIGHT.replace("d_h = d_z @ U", "d_h = np.clip(d_z @ U, -8, 8)")
ONLY_BATCHES = RIGHT.replace("h, c = h0, c0", "h, c = h0, c0; assert len(h) > 1, 'no batch'")
CLIPS = "d_h is clipped on its way to the step before, by value, at 8"
NAMES = ["linear", "separate", "absent", "again"]


def functions(text: str) -> tuple[Any, Any]:
    module: dict[str, Any] = {}
    exec(text, module)
    return module["forward"], module["backward"]


def report_of(text: str, **target: Any) -> Report:
    keys = "lstm: {input_size: 2, hidden_size: 3}\ncheck: {entries: 1}\ntarget: {module: mine}\n"
    chosen = [f"target.{key}={value}" for key, value in target.items()]
    return check(parse(keys, name="mine.yaml", overrides=chosen), functions=functions(text), explain=False)


def exported(report: Report, name: str) -> str:
    return b"".join(FORMATS[name].export(RunContent([report]))).decode()


@pytest.fixture(scope="module")
def clipping() -> Report:
    return report_of(CLIPPING)


@pytest.mark.parametrize("name", ["text", "markdown", "html", "junit", "github"])
def test_every_format_tells_what_is_wrong(name: str, clipping: Report) -> None:
    told = " ".join(exported(clipping, name).split())
    assert CLIPS in told
    if name in ("text", "markdown", "html"):
        for line in ("Separate: pass: each sequence alone", "Absent upstreams: pass: ", "Again: pass: "):
            assert line in told


def test_json_has_an_object_for_each(clipping: Report) -> None:
    document = json.loads(exported(clipping, "json"))
    jsonschema.validate(document, schema())
    assert [each["check"] for each in document["behaviour"]] == NAMES
    assert [each["verdict"] for each in document["behaviour"]] == ["fail", "pass", "pass", "pass"]
    assert document["behaviour"][0]["problems"] == [CLIPS]
    assert (document["target"]["gradient"], document["verdict"]) == ("pass", "fail")


def test_what_cannot_be_asked_has_no_verdict_and_is_skipped_by_junit() -> None:
    keys = "lstm: {input_size: 2, hidden_size: 3}\nsequence: {batch: 1}\ncheck: {entries: 1}\n"
    config = parse(f"{keys}target: {{module: mine, behaviour: [separate]}}\n", name="mine.yaml")
    report = check(config, functions=functions(RIGHT), explain=False)
    assert "separate" not in report.answers
    assert report.verdict == "pass"
    document = json.loads(exported(report, "json"))
    jsonschema.validate(document, schema())
    (separate,) = document["behaviour"]
    assert (separate["verdict"], separate["told"]) == (
        None,
        "Separate: not asked: the batch is one sequence.",
    )
    assert '<skipped message="Separate: not asked: the batch is one sequence." />' in exported(
        report, "junit"
    )


def test_the_last_line_says_which_behaviour_did_not_pass(clipping: Report) -> None:
    assert exported(clipping, "text").splitlines()[-1].startswith(f"fail: linear: {CLIPS}; 15 entries of 120")


@pytest.mark.parametrize(("strict", "verdict"), [("false", "pass"), ("true", "fail")])
def test_a_size_that_is_not_taken_is_a_warning(strict: str, verdict: str) -> None:
    report = report_of(ONLY_BATCHES, strict=strict)
    assert (report.gradient, report.verdict) == ("pass", verdict)
    told = "pass, with a warning: it cannot take B = 1: forward raised AssertionError: no batch"
    assert (f"Separate: {told}" in exported(report, "text")) == (verdict == "pass")


@pytest.mark.usefixtures("targets_run_here")
def test_the_command_fails_and_says_how_to_leave_out_what_is_meant(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(CLIPPING)
    options = ("--target", str(tmp_path / "mine.py"), "--set", "check.entries=1")
    found = invoke("run", str(CONFIGS / "small.yaml"), *options)
    assert found.exit_code == 1
    assert f"Linear: fail: {CLIPS}. What is meant to be so, target.behaviour leaves out." in found.stdout
    without = ("--set", "target.behaviour=[separate,absent,again]")
    assert invoke("run", str(CONFIGS / "small.yaml"), *options, *without).exit_code == 0


def test_assert_gradients_asks_too() -> None:
    sizes: dict[str, Any] = {"hidden_size": 3, "input_size": 2, "entries": 1}
    with pytest.raises(AssertionError, match=CLIPS):
        assert_gradients(*functions(CLIPPING), **sizes)
    assert_gradients(*functions(CLIPPING), **sizes, target={"behaviour": ["again"]})


def test_a_behaviour_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(LstmcheckError, match=r"linear.*separate.*absent.*again"):
        report_of(RIGHT, behaviour="[lineal]")
