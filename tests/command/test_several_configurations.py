"""`lstmcheck run a.yaml b.yaml c.yaml`: what stops one stops none of the others, and is in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from command_runner import CONFIGS, SMALL, TINY, invoke
from junitparser import Error, JUnitXml
from typer.testing import Result

import lstmcheck.judge.judging
from lstmcheck.report.schema import schema

PLAIN_WRONG = CONFIGS / "targets" / "plain_wrong.py"
EXPORTS = ("json", "jsonl", "junit", "markdown")
TOTAL = "4 configurations: 1 passed, 1 failed, 2 could not be run"


class Ran(NamedTuple):
    paths: list[str]
    folder: Path
    result: Result

    def exported(self, kind: str) -> str:
        return (self.folder / kind).read_text()


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A target that raises when it is imported, a key that is not there, a wrong target, and a right one."""
    folder = tmp_path_factory.mktemp("several")
    (folder / "raises.py").write_text("raise ValueError('no weights here')\n")
    texts = {
        "raising": f"{TINY}target: {{file: raises.py}}\n",
        "misspelt": f"{TINY}chek: {{rtol: 1e-6}}\n",
        "wrong": f"{TINY}target: {{file: {PLAIN_WRONG}}}\n",
        "right": TINY,
    }
    paths = []
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
        paths.append(str(folder / f"{name}.yaml"))
    exports = [word for kind in EXPORTS for word in ("--export", f"{kind}={folder / kind}")]
    arrays = ("--export", f"npz={folder}/{{name}}.npz")
    return Ran(paths, folder, invoke("run", *paths, "-q", *exports, *arrays))


def test_the_others_are_checked_and_the_worst_exit_code_counts(ran: Ran) -> None:
    assert ran.result.exit_code == 2
    lines = ran.result.stdout.splitlines()
    assert [line.split(": ")[:2] for line in lines[:2]] == [["wrong", "fail"], ["right", "pass"]]
    assert lines[-1] == TOTAL


def test_what_was_in_the_way_is_told_on_stderr(ran: Ran) -> None:
    told = ran.result.stderr
    assert "raising could not be run:" in told
    assert "raises.py:1: importing it raised ValueError: no weights here." in told
    assert "misspelt could not be run:" in told
    assert "Did you mean 'check'?" in told
    assert "Traceback" not in told


def test_json_has_a_document_for_each(ran: Ran) -> None:
    document = json.loads(ran.exported("json"))
    jsonschema.validate(document, schema())
    raising, misspelt, wrong, right = document["reports"]
    assert (document["verdict"], wrong["verdict"], right["verdict"]) == ("fail", "fail", "pass")
    assert right["error"] is None
    assert (raising["name"], raising["verdict"]) == ("raising", "inconclusive")
    assert "no weights here" in raising["error"]["what"]
    assert raising["error"]["where"].endswith("raises.py:1")
    assert misspelt["error"]["where"] == f"{ran.paths[1]}:3:1"
    assert misspelt["error"]["what"] == "unknown key 'chek'."
    assert "Did you mean" in misspelt["error"]["remedy"]


def test_json_lines_have_a_line_for_each(ran: Ran) -> None:
    documents = [json.loads(line) for line in ran.exported("jsonl").splitlines()]
    for document in documents:
        jsonschema.validate(document, schema())
    assert [document["name"] for document in documents] == ["raising", "misspelt", "wrong", "right"]


def test_junit_has_an_error_for_what_could_not_be_run(ran: Ran) -> None:
    suites = {suite.name: suite for suite in JUnitXml.fromstring(ran.exported("junit").encode())}
    assert list(suites) == ["raising", "misspelt", "wrong", "right"]
    for name in ("raising", "misspelt"):
        (case,) = suites[name]
        assert [type(reason) for reason in case.result] == [Error]
    assert "no weights here" in next(iter(suites["raising"])).result[0].message


def test_markdown_has_a_section_for_each(ran: Ran) -> None:
    written = ran.exported("markdown")
    assert written.count("### ") == len(ran.paths)
    assert written.count("could not be run") == 2
    assert "no weights here" in written


def test_arrays_are_written_of_those_that_were_checked(ran: Ran) -> None:
    assert sorted(path.stem for path in ran.folder.glob("*.npz")) == ["right", "wrong"]
    assert not list(ran.folder.glob(".*.part"))


def test_github_gets_an_error_on_the_line_that_is_wrong(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    found = invoke("run", *ran.paths[:2], "--output-format", "github")
    assert found.exit_code == 2
    first, second = found.stdout.splitlines()
    assert first.startswith("::error file=")
    assert "raises.py,line=1," in first
    assert f"::error file={ran.paths[1]},line=3,col=1,title=lstmcheck misspelt::" in second


def test_a_step_summary_that_cannot_be_written_loses_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "summary.md"))
    planted = ("--set", "check.entries=1", "--mistake", "no-recurrence")
    found = invoke("run", SMALL, *planted, "--output-format", "github")
    assert found.exit_code == 1
    assert found.stdout.startswith("::error ")
    assert "warning: GITHUB_STEP_SUMMARY: cannot write" in found.stderr


def test_one_that_cannot_be_run_has_a_record_too_and_no_total(ran: Ran, tmp_path: Path) -> None:
    found = invoke("run", ran.paths[0], "--export", f"json={tmp_path / 'json'}")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith(str(ran.folder / "raises.py"))
    document = json.loads((tmp_path / "json").read_text())
    jsonschema.validate(document, schema())
    assert "no weights here" in document["error"]["what"]


def test_a_bug_in_one_exits_3_after_the_others(ran: Ran, monkeypatch: pytest.MonkeyPatch) -> None:
    check = lstmcheck.api.check

    def sometimes_broken(config: Any, **options: Any) -> Any:
        if config.name == "wrong":
            raise ZeroDivisionError
        return check(config, **options)

    monkeypatch.setattr(lstmcheck.api, "check", sometimes_broken)
    found = invoke("run", *ran.paths[1:], "-q")
    assert found.exit_code == 3
    *_, right, total = found.stdout.splitlines()
    assert right.startswith("right: pass")
    assert total == "3 configurations: 1 passed, 2 could not be run"
    assert "wrong could not be run:\na bug in lstmcheck: ZeroDivisionError" in found.stderr
    assert found.stderr.rstrip().endswith("please report it with the lines above.")


def test_a_bug_in_the_diagnosis_takes_no_verdict_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("lstmcheck.mistakes.diagnosis.diagnosis.diagnose", broken)
    found = invoke("run", SMALL, "--set", "check.entries=1", "--mistake", "no-recurrence")
    assert found.exit_code == 1
    assert found.stdout.splitlines()[-1].startswith("fail: ")
    assert "the search for a name failed: ZeroDivisionError" in found.stdout


def test_an_audit_goes_on_too(ran: Ran) -> None:
    found = invoke("audit", ran.paths[1], ran.paths[3], "--output-format", "json")
    assert found.exit_code == 2
    misspelt, right = json.loads(found.stdout)["audits"]
    assert "chek" in misspelt["error"]["what"]
    assert right["score"] > 0
