"""`lstmcheck run --target FOLDER`: a row for each file; what is in the way of one costs its own row alone."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
from homework import FILES, REASONS, hand_in
from junitparser import JUnitXml
from rich.console import Console
from typer.testing import CliRunner, Result

from lstmcheck.cli.app import app
from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.marking.mark_store import MarkStore
from lstmcheck.marking.marks import Marks
from lstmcheck.marking.target_cases import TargetCases
from lstmcheck.report.formats.text import render
from lstmcheck.report.marking.content import MarkingContent
from lstmcheck.report.schema import schema
from lstmcheck.sweep.executors import in_this_process

TINY = """\
lstm: {input_size: 2, hidden_size: 3}
sequence: {length: 3, batch: 2}
check: {entries: 1}
target: {file: anywhere.py, behaviour: []}
"""
VERDICTS = {"right.py": "pass", "floods.py": "pass", "wrong.py": "fail", "gates.py": "fail"}
ORDER = ["pass", "inconclusive", "fail", "error"]
EXPORTS = ("csv", "json", "jsonl", "junit", "markdown")
LIMITS = ("--timeout", "5", "--max-memory", "1")


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["run", *map(str, arguments)])


class Marked(NamedTuple):
    result: Result
    folder: Path

    def exported(self, kind: str) -> str:
        return (self.folder / kind).read_text()

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["target"]: row for row in json.loads(self.exported("json"))["targets"]}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("course") / "tiny.yaml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Marked:
    """All of them, and everything that can be written about them."""
    folder = tmp_path_factory.mktemp("marked")
    homework = hand_in(folder / "homework")
    exports = [word for kind in EXPORTS for word in ("--export", f"{kind}={folder / kind}")]
    kept = ("--results", folder / "kept.jsonl", "--feedback", folder / "pages")
    return Marked(invoke(config, "--target", homework, *LIMITS, *exports, *kept, "-j", 1), folder)


def test_each_has_its_row_sorted_by_verdict(marked: Marked) -> None:
    verdicts = {name: row["verdict"] for name, row in marked.rows.items()}
    assert verdicts == VERDICTS | dict.fromkeys(REASONS, "error")
    order = [ORDER.index(verdict) for verdict in verdicts.values()]
    assert order == sorted(order)
    assert set(FILES) == set(verdicts)


def test_each_reason_is_told_in_its_own_row(marked: Marked) -> None:
    for name, reason in REASONS.items():
        assert reason in marked.rows[name]["diagnosis"]
        assert reason in marked.result.stdout.replace("\n", " ")


def test_a_row_tells_gates_answers_and_diagnosis(marked: Marked) -> None:
    wrong, gates, right = (marked.rows[name] for name in ("wrong.py", "gates.py", "right.py"))
    assert wrong["mistakes"] == ["bias-overwritten"]
    assert (wrong["gates"], right["gates"]) == ({"right": 11, "total": 15}, {"right": 15, "total": 15})
    assert (wrong["answers"]["gradient"], wrong["answers"]["conformance"]) == ("fail", "pass")
    assert (gates["answers"]["gradient"], gates["answers"]["conformance"]) == ("pass", "fail")
    assert "the gates are i g f o" in gates["diagnosis"]
    assert set(right["answers"].values()) == {"pass"}
    assert right["diagnosis"] == ""


def test_the_exit_code_is_the_worst(marked: Marked) -> None:
    assert marked.result.exit_code == 2
    last = marked.result.stdout.splitlines()[-1]
    assert last.startswith(f"fail: {len(FILES)} targets: 2 passed, 2 failed, {len(REASONS)} could not be run")


def test_json_holds_every_report(marked: Marked) -> None:
    document = json.loads(marked.exported("json"))
    jsonschema.validate(document, schema())
    assert document["summary"] == {
        "targets": len(FILES),
        "passed": 2,
        "failed": 2,
        "inconclusive": 0,
        "errors": len(REASONS),
        "missing": 0,
    }
    for row in document["targets"]:
        assert (row["report"]["error"] is None) == (row["verdict"] != "error")
    lines = [json.loads(line) for line in marked.exported("jsonl").splitlines()]
    assert lines == document["targets"]


def test_csv_has_a_row_for_each_and_no_formula(marked: Marked) -> None:
    rows = {row["target"]: row for row in csv.DictReader(marked.exported("csv").splitlines())}
    assert {name: row["verdict"] for name, row in rows.items()} == {
        name: row["verdict"] for name, row in marked.rows.items()
    }
    assert (rows["right.py"]["gates_right"], rows["right.py"]["conformance"]) == ("15", "pass")
    assert not re.search(r"(?m)(^|,)\"?[=+@-]", marked.exported("csv"))


def test_junit_and_markdown_hold_all(marked: Marked) -> None:
    suites = {suite.name: suite for suite in JUnitXml.fromstring(marked.exported("junit").encode())}
    assert set(suites) == set(FILES)
    assert [suites[name].errors for name in ("right.py", "crashes.py")] == [0, 1]
    assert suites["wrong.py"].failures > 0
    written = marked.exported("markdown")
    assert written.count("\n### ") == len(FILES)
    assert "| `wrong.py` | ❌ fail |" in written


def test_feedback_is_a_page_for_each(marked: Marked) -> None:
    pages = {path.stem: path.read_text() for path in (marked.folder / "pages").iterdir()}
    assert set(pages) == {Path(name).stem for name in FILES}
    assert "right: d_b += d_z" in pages["wrong"]
    assert "lstmcheck run" in pages["wrong"]
    assert "✅ pass" in pages["right"]
    for name, reason in REASONS.items():
        assert reason in pages[Path(name).stem]


def test_what_is_kept_is_not_checked_again_wherever_it_stands_in_the_list(
    marked: Marked, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file has come in between, and one of them was corrected."""
    monkeypatch.setattr("lstmcheck.sweep.executors.in_processes", lambda *_: in_this_process)
    kept = [json.loads(line) for line in marked.exported("kept.jsonl").splitlines()]
    names = ["right.py", "wrong.py", "gates.py"]
    homework = hand_in(tmp_path / "homework", names)
    (homework / "between.py").write_text(FILES["syntax.py"])
    (homework / "gates.py").write_text(FILES["right.py"])
    results = tmp_path / "kept.jsonl"
    results.write_text(marked.exported("kept.jsonl"))
    resumed = ("--results", results, "--resume", "-j", 1, "--output-format", "json")
    found = invoke(config, "--target", homework, *LIMITS, *resumed)
    verdicts = {row["target"]: row["verdict"] for row in json.loads(found.stdout)["targets"]}
    assert verdicts == {"right.py": "pass", "gates.py": "pass", "wrong.py": "fail", "between.py": "error"}
    added = [json.loads(line) for line in results.read_text().splitlines()[len(kept) :]]
    assert sorted(line["target"] for line in added if "target" in line) == ["between.py", "gates.py"]


def test_short_names_fit_a_terminal_of_80_columns(marked: Marked) -> None:
    store = MarkStore(TargetCases((Path("/nowhere/a.py"),), ()), None)
    lines = marked.exported("kept.jsonl").splitlines()[1:]
    records = map(MarkRecord.model_validate_json, lines)
    console = Console(width=80, force_terminal=True, color_system=None, file=io.StringIO())
    console.print(render(MarkingContent(Marks(tuple(records), store)), console))
    written = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    table = written[: len(FILES) + 2]
    assert max(map(len, table)) <= 80
    assert all(any(line.startswith(name) for line in table) for name in FILES)
    assert not any("conformance" in line for line in table[:1])
    store.close()


def test_names_are_relative_to_the_folder_that_all_share(marked: Marked) -> None:
    assert all(row["file"].endswith(f"/homework/{name}") for name, row in marked.rows.items())
