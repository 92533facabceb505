"""Every format of a sweep and of a run, read by a reader that is not ours."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import ruamel.yaml
import xmlschema
from junitparser import Error, Failure, JUnitXml, Skipped
from markdown_it import MarkdownIt
from rich.console import Console
from sweep_cases import CASES, SKIPPED, YAML, UpperLayerForgetsLateSteps

from lstmcheck import check, load
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.catalogue import CATALOGUE
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.formats.text import NARROWEST, render, show
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.schema import schema
from lstmcheck.report.sweep.content import SweepContent
from lstmcheck.report.sweep.plot import write
from lstmcheck.report.sweep.smallest import as_yaml, command
from lstmcheck.report.table import Table
from lstmcheck.sweep.executors import in_this_process
from lstmcheck.sweep.grid import make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.runner import SweepReport, make_report, run_cases, shard_of
from lstmcheck.sweep.sweep_store import Store

JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "junit.xsd")
FAILED = 2


@pytest.fixture(scope="module")
def config_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sweep") / "sizes.yaml"
    path.write_text(YAML)
    return path


@pytest.fixture(scope="module")
def failing(config_file: Path) -> Iterator[SweepReport]:
    report = swept(config_file, UpperLayerForgetsLateSteps)
    yield report
    report.store.close()


@pytest.fixture(scope="module")
def wrong_run(config_file: Path) -> Report:
    layers = load(config_file, overrides=["lstm.num_layers=2"])
    return check(layers, backward=CATALOGUE["hidden-carry-dropped"].backward)


def swept(path: Path, backward: type[Backward]) -> SweepReport:
    grid = make_grid(load(path), {}, None)
    store = Store(grid, None)
    run_cases(Job(grid, backward), shard_of(grid, (1, 1)), store, in_this_process)
    return make_report(grid, store, range(len(grid)), backward=backward)


def sweep_as(name: str, report: SweepReport) -> str:
    return b"".join(FORMATS[name].export(SweepContent(report))).decode()


def run_as(name: str, *reports: Report) -> str:
    return b"".join(FORMATS[name].export(RunContent(reports))).decode()


def test_json_is_valid_and_names_the_smallest_failure(failing: SweepReport) -> None:
    document = json.loads(sweep_as("json", failing), parse_constant=pytest.fail)
    jsonschema.validate(document, schema())
    counts = document["summary"]
    assert (counts["cases"], counts["failed"], counts["skipped"]) == (CASES - SKIPPED, FAILED, SKIPPED)
    assert len(document["cases"]) == CASES
    smallest = document["smallest_failing"]
    assert (smallest["lstm"]["num_layers"], smallest["sequence"]["length"]) == (2, 3)
    assert (smallest["lstm"]["hidden_size"], smallest["sequence"]["batch"]) == (1, 1)


def test_json_lines_are_a_results_file(failing: SweepReport) -> None:
    lines = [json.loads(line) for line in sweep_as("jsonl", failing).splitlines()]
    assert [line["case"] for line in lines[1:]] == list(range(CASES))


def test_json_lines_of_a_run_are_a_report_each(wrong_run: Report) -> None:
    lines = run_as("jsonl", wrong_run, wrong_run).splitlines()
    for line in lines:
        jsonschema.validate(json.loads(line), schema())
    assert len(lines) == 2


def test_a_sweep_tells_a_bound_on_a_whole_gate_from_the_error_of_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "whole.yaml"
    path.write_text(YAML.replace("hidden_size: 3", "hidden_size: 13") + "check: {method: directions}\n")
    report = swept(path, Backward)
    lines = [line for line in sweep_as("text", report).splitlines() if line.rstrip().endswith("pass")]
    assert len(lines) == CASES
    assert all("≤" in line and "±" not in line and "[" not in line for line in lines)
    assert all(case["directions"] >= 4 for case in json.loads(sweep_as("json", report))["cases"])
    report.store.close()


def test_junit_of_a_sweep_has_a_test_for_each_case(failing: SweepReport) -> None:
    written = sweep_as("junit", failing)
    JUNIT.validate(written)
    suite = next(iter(JUnitXml.fromstring(written.encode())))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (CASES, FAILED, 0, SKIPPED)
    reasons = [type(reason) for case in suite for reason in case.result]
    assert (reasons.count(Failure), reasons.count(Skipped)) == (FAILED, SKIPPED)
    assert len({case.name for case in suite}) == CASES


def test_junit_of_a_run_has_a_test_for_each_gate_with_a_stable_name(wrong_run: Report) -> None:
    written = run_as("junit", wrong_run)
    JUNIT.validate(written)
    suite = next(iter(JUnitXml.fromstring(written.encode())))
    names = [case.name for case in suite]
    assert len(set(names)) == len(names) == len(wrong_run.blocks)
    assert {"W_l0[i]", "U_l1[o]", "x", "h0"} <= set(names)
    failures = {case.name for case in suite for reason in case.result if isinstance(reason, Failure)}
    assert failures == {
        block.info.name if block.gate is None else f"{block.info.name}[{block.gate}]"
        for block in wrong_run.blocks
        if block.verdict == "fail"
    }


def test_what_is_inconclusive_is_an_error_in_junit(config_file: Path) -> None:
    report = check(load(config_file, overrides=["check.step=0.4"]))
    suite = next(iter(JUnitXml.fromstring(run_as("junit", report).encode())))
    assert {type(reason) for case in suite for reason in case.result} == {Error}


def test_markdown_has_whole_tables(failing: SweepReport, wrong_run: Report) -> None:
    for written in (sweep_as("markdown", failing), run_as("markdown", wrong_run)):
        tokens = MarkdownIt("commonmark").enable("table").parse(written)
        rows = [k for k, token in enumerate(tokens) if token.type == "tr_open"]
        cells = [sum(t.type in ("td_open", "th_open") for t in tokens[k : _row_end(tokens, k)]) for k in rows]
        assert set(cells) <= {5, 8}
        assert len(rows) > 8
    assert "lstmcheck run" in sweep_as("markdown", failing)


def _row_end(tokens: list[Any], start: int) -> int:
    return next(k for k in range(start, len(tokens)) if tokens[k].type == "tr_close")


COMMAND = re.compile(r"::(error|warning) file=([^,]+),line=(\d+),col=(\d+),title=[^:]+::(.+)")


def test_github_gets_at_most_ten_annotations_on_the_configuration_s_line_and_a_summary(
    wrong_run: Report, config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    lines = run_as("github", wrong_run).splitlines()
    assert sum(block.verdict == "fail" for block in wrong_run.blocks) > 10
    assert len(lines) == 10
    for line in lines:
        match = COMMAND.fullmatch(line)
        assert match is not None
        assert match.group(1, 2, 3) == ("error", str(config_file).replace(",", "%2C"), "1")
    assert re.search(r"and \d+ more that did not pass", lines[-1])
    assert all(f"`{block.info.name}`" in summary.read_text() for block in wrong_run.blocks)


def test_github_escapes_what_would_end_an_annotation(
    config_file: Path, wrong_run: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    renamed = load(config_file, overrides=["name='50%, a::b'", "lstm.num_layers=2"])
    report = check(renamed, backward=UpperLayerForgetsLateSteps, explain=False)
    assert "title=lstmcheck 50%25%2C a%3A%3Ab::" in run_as("github", report)


def test_the_smallest_failure_is_a_configuration_and_a_command_that_fails(
    failing: SweepReport, tmp_path: Path
) -> None:
    path = tmp_path / "smallest.yaml"
    path.write_text(as_yaml(failing))
    written = ruamel.yaml.YAML(typ="safe").load(path)
    assert written["lstm"] == {"input_size": 1, "hidden_size": 1, "num_layers": 2, "bias": "none"}
    assert check(load(path), backward=UpperLayerForgetsLateSteps, explain=False).verdict == "fail"
    words = command(failing).split("--set ")
    same = load(words[0].split()[2], overrides=[word.strip().strip("'") for word in words[1:]])
    assert failing.smallest_failing is not None
    assert same.lstm == failing.smallest_failing.lstm
    assert same.sequence == failing.smallest_failing.sequence


def test_the_table_ends_with_the_worst_case_and_tells_each_axis_value(
    failing: SweepReport, capsys: pytest.CaptureFixture[str]
) -> None:
    show(SweepContent(failing))
    lines = capsys.readouterr().out.splitlines()
    cases = [line for line in lines if re.search(r" (pass|fail)\s*$", line)]
    assert [line.split()[-1] for line in cases] == ["pass"] * 6 + ["fail"] * FAILED
    assert re.search(r"sequence.length +1 +4 +0 +0", "\n".join(lines))
    assert re.search(r"3 +4 +2 +0", "\n".join(lines))
    assert "Skipped 4: proj_size must be below hidden_size" in "\n".join(lines)
    assert any("×" in line and "│" in line for line in lines)
    assert lines[-1].startswith("fail: gradient in 2 cases; 8 cases, 6 passed, 2 failed")


def test_nothing_is_cut_on_a_narrow_terminal(failing: SweepReport, wrong_run: Report) -> None:
    for content in (SweepContent(failing), RunContent([wrong_run], verbose=True)):
        console = Console(
            width=NARROWEST, force_terminal=True, color_system=None, record=True, file=io.StringIO()
        )
        console.print(render(content, console))
        shown = console.export_text()
        for block in content.screen(None):
            if isinstance(block, Table):
                kept = [k for k, column in enumerate(block.columns) if not column.optional]
                texts = [block.columns[k].title for k in kept]
                texts += [row[k].text for row in block.rows for k in kept]
                missing = {word for text in texts for word in text.split() if word not in shown}
                assert not missing


@pytest.mark.parametrize(
    ("name", "is_picture"),
    [
        ("a.svg", lambda content: ElementTree.fromstring(content).tag.endswith("svg")),
        ("a.png", lambda content: content.startswith(b"\x89PNG")),
    ],
)
def test_a_plot_is_a_picture(
    name: str, is_picture: Callable[[bytes], bool], failing: SweepReport, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    write(failing, tmp_path / name)
    assert is_picture((tmp_path / name).read_bytes())


def test_times_in_junit_add_up(failing: SweepReport, wrong_run: Report) -> None:
    """Cases of a sweep have their own; of a run only the whole is known."""
    cases = ElementTree.fromstring(sweep_as("junit", failing)).findall("testsuite")[0]
    each = [float(case.get("time", "nan")) for case in cases]
    assert float(cases.get("time", "nan")) == pytest.approx(sum(each), abs=1e-6 * len(each))
    gates = ElementTree.fromstring(run_as("junit", wrong_run)).findall("testsuite")[0]
    assert float(gates.get("time", "nan")) == pytest.approx(wrong_run.seconds, abs=1e-6)
    assert {case.get("time") for case in gates} == {None}
