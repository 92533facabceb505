"""`lstmcheck run --target`: the three answers on a terminal, as JSON and as JUnit, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from command_runner import invoke

from lstmcheck.report.schema import schema

CONFIGS = Path(__file__).parents[2] / "configs"
SMALL, TARGETS = str(CONFIGS / "small.yaml"), CONFIGS / "targets"
FEW = ("--set", "check.entries=2")


here = pytest.mark.usefixtures("targets_run_here")


def target(name: str, protocol: str) -> tuple[str, ...]:
    return ("--target", str(TARGETS / name), "--protocol", protocol)


def test_a_right_target_exits_with_0_and_a_wrong_one_with_1() -> None:
    right = invoke("run", SMALL, *target("cs231n_step.py", "cs231n-step"), *FEW)
    wrong = invoke("run", SMALL, *target("cs231n_step_wrong.py", "cs231n-step"), *FEW)
    assert (right.exit_code, wrong.exit_code) == (0, 1)
    for line in ("Gradient: pass", "Conformance: pass", "Purity: pass"):
        assert line in right.stdout
    assert "Diagnosis: cell-carry-dropped" in wrong.stdout
    assert "cs231n_step_wrong.py --protocol cs231n-step" in wrong.stdout


@here
def test_what_a_protocol_lacks_is_not_covered_and_what_could_hide_there_is_told() -> None:
    found = invoke("run", SMALL, *target("cs231n_sequence.py", "cs231n-sequence"), *FEW)
    assert found.exit_code == 0
    assert "Not covered: c0, d_c. " in found.stdout
    assert "known mistakes could hide there, which -v names." in " ".join(found.stdout.split())
    names = invoke("run", SMALL, "-v", *target("cs231n_sequence.py", "cs231n-sequence"), *FEW).stdout
    assert "known mistakes could hide there: final-cell-gradient-ignored" in names


@here
@pytest.mark.parametrize(
    ("name", "protocol", "verdict"),
    [("plain.py", "plain", "pass"), ("plain_wrong.py", "plain", "fail"), ("loss.py", "loss", "pass")],
)
def test_json_has_the_three_answers(name: str, protocol: str, verdict: str) -> None:
    found = invoke("run", SMALL, *target(name, protocol), *FEW, "--output-format", "json")
    report = json.loads(found.stdout)
    jsonschema.validate(report, schema())
    assert report["verdict"] == verdict
    assert report["target"]["gradient"] == verdict
    assert report["purity"] == {"verdict": "pass", "problems": [], "warnings": []}
    assert (report["conformance"] is None) == (protocol == "loss")


@here
def test_a_convention_that_is_not_the_targets_is_told_as_json() -> None:
    options = (*target("plain.py", "plain"), "--set", "target.convention={gates: igfo, weights: rows}")
    report = json.loads(invoke("run", SMALL, *options, *FEW, "--output-format", "json").stdout)
    jsonschema.validate(report, schema())
    assert (report["verdict"], report["target"]["gradient"]) == ("fail", "pass")
    assert report["conformance"]["declared"]["gates"] == "igfo"
    assert [match["gates"] for match in report["conformance"]["matches"]] == ["ifgo"]
    assert "torch" in report["conformance"]["matches"][0]["names"]


@here
def test_conformance_and_purity_are_test_cases_of_junit(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    invoke("run", SMALL, *target("plain.py", "plain"), *FEW, "--export", f"junit={path}")
    assert 'name="conformance"' in path.read_text()
    assert 'name="purity"' in path.read_text()


@here
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--target", "no_such_file.py"), "there is no file"),
        (("--protocol", "torch"), "none is given"),
        (("--target", "x.py", "--protocol", "pain"), "Did you mean 'plain'?"),
        ((*target("karpathy.py", "karpathy"), "--convention", "torch"), "has a convention of its own"),
        ((*target("plain.py", "plain"), "--mistake", "no-recurrence"), "planted in our own backward pass"),
        ((*target("karpathy.py", "karpathy"), "--set", "lstm.num_layers=2"), "karpathy has one layer"),
        ((*target("plain.py", "karpathy"),), "there is no LSTM.forward"),
    ],
)
def test_what_cannot_be_run_exits_with_2_and_says_why(options: tuple[str, ...], told: str) -> None:
    found = invoke("run", SMALL, *options)
    assert found.exit_code == 2
    assert told in found.stderr
    assert found.stdout == ""


def test_an_endless_loop_exits_with_2(tmp_path: Path) -> None:
    path = tmp_path / "loop.py"
    path.write_text("while True:\n    pass\n")
    found = invoke("run", SMALL, "--target", str(path), "--timeout", "0.3")
    assert found.exit_code == 2
    assert "importing it had not returned after 0.3 s" in found.stderr


@here
def test_a_careless_target_fails_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    source = (TARGETS / "cs231n_step.py").read_text()
    path.write_text(source.replace("dc = dnext_c + dnext_h", "dc = dnext_c; dc += dnext_h"))
    options = ("--target", str(path), "--protocol", "cs231n-step", *FEW)
    careless, strict = invoke("run", SMALL, *options), invoke("run", SMALL, *options, "--strict")
    assert (careless.exit_code, strict.exit_code) == (0, 1)
    assert "Purity: pass, with a warning: lstm_step_backward changes its argument dnext_c." in careless.stdout
    assert "Purity: fail: lstm_step_backward changes its argument dnext_c." in strict.stdout


@here
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("def __init__(self, size): self.size = size", "LSTM raised TypeError"),
        ("def __init__(self): raise OSError('no weights')", "LSTM raised OSError: no weights"),
    ],
)
def test_a_class_that_cannot_be_made_is_the_users(body: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        f"class LSTM:\n    {body}\n    def forward(self, *_): pass\n    def backward(self, *_): pass\n"
    )
    found = invoke("run", SMALL, "--target", str(path), "--protocol", "karpathy")
    assert found.exit_code == 2
    assert "mine.py:2: " + told in found.stderr
    assert "makes its object by LSTM(), without arguments" in found.stderr


@here
def test_a_crash_of_the_diagnosis_leaves_the_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(*_: object) -> None:
        raise ZeroDivisionError("in the search")

    monkeypatch.setattr("lstmcheck.mistakes.diagnosis.diagnosis.diagnose", crashing)
    found = invoke("run", SMALL, *target("plain_wrong.py", "plain"), *FEW)
    assert found.exit_code == 1
    assert "Gradient: fail" in found.stdout
    assert "the search for a name failed: ZeroDivisionError: in the search" in found.stdout


@here
def test_a_sweep_finds_the_smallest_size_at_which_a_target_fails(tmp_path: Path) -> None:
    """A carry that is lost at the third step from the end: right for T = 1 and T = 2."""
    source = (TARGETS / "plain.py").read_text()
    assert "d_h = d_z @ U" in source
    path = tmp_path / "mine.py"
    path.write_text(source.replace("d_h = d_z @ U", "d_h = d_z @ U * (t != len(x) - 3)"))
    settings = ("--set", f"target.file={path}", "--set", "target.protocol=plain", *FEW)
    axes = ("--axis", "sequence.length=1,2,3", "-j", "1", "--output-format", "json")
    found = json.loads(invoke("sweep", SMALL, *settings, *axes).stdout)
    verdicts = {case["axes"]["sequence.length"]: case["verdict"] for case in found["cases"]}
    assert verdicts == {1: "pass", 2: "pass", 3: "fail"}
    assert found["smallest_failing"]["sequence"]["length"] == 3


def test_targets_of_one_sweep_do_not_share_their_helpers(tmp_path: Path) -> None:
    files = []
    for name, factor in (("wrong", 2), ("right", 1)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "helper.py").write_text(f"FACTOR = {factor}\n")
        source = "from helper import FACTOR\n" + (TARGETS / "plain.py").read_text()
        (folder / "mine.py").write_text(source.replace('"U": d_U', '"U": FACTOR * d_U'))
        files.append(str(folder / "mine.py"))
    settings = ("--set", "target.protocol=plain", "--set", f"target.file={files[0]}", *FEW)
    options = ("--axis", f"target.file={','.join(files)}", "-j", "1", "--output-format", "json")
    found = json.loads(invoke("sweep", SMALL, *settings, *options).stdout)
    verdicts = {case["axes"]["target.file"]: case["verdict"] for case in found["cases"]}
    assert verdicts == {files[0]: "fail", files[1]: "pass"}
