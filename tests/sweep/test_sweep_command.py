"""`lstmcheck sweep` and `merge` as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweep_cases import CASES, SKIPPED, YAML, config, grid
from typer.testing import CliRunner, Result

from lstmcheck.api import check
from lstmcheck.cli.app import app
from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.sweep.grid import DEFAULT_AXES, make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.record import unchecked
from lstmcheck.sweep.sweep_store import Store


def sweep(*arguments: str | int | Path, command: str = "sweep") -> Result:
    return CliRunner().invoke(app, [command, *map(str, arguments)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "sizes.yaml"
    path.write_text(YAML)
    return path


def counts(result: Result) -> tuple[int, int, int]:
    summary = json.loads(result.stdout)["summary"]
    return summary["cases"], summary["skipped"], summary["missing"]


def test_a_sweep_that_passes_exits_0_and_counts_what_it_skipped(file: Path) -> None:
    result = sweep(file, "-j", 1, "--output-format", "json")
    assert result.exit_code == 0
    assert counts(result) == (CASES - SKIPPED, SKIPPED, 0)


def test_axes_of_the_command_line_replace_and_add(file: Path) -> None:
    axes = ("--axis", "lstm.proj_size=null", "--axis", "loss.kind=projection, squared_error", "--seeds", "2")
    result = sweep(file, *axes, "-j", 1, "--output-format", "json")
    cases = json.loads(result.stdout)["cases"]
    assert len(cases) == 2 * 2 * 1 * 2 * 2
    assert {case["seed"] for case in cases} == {0, 1}
    assert {case["axes"]["loss.kind"] for case in cases} == {"projection", "squared_error"}


def test_lists_and_null_are_values_too(file: Path) -> None:
    axes = ("--axis", "sequence.lengths=null,[3, 1],[2, 2]", "--axis", "lstm.proj_size=null")
    result = sweep(file, *axes, "-j", 1, "--output-format", "json")
    assert counts(result) == (8, 4, 0)  # T = 1 has no sequence of length 2


def test_the_default_grid_covers_the_sizes_at_which_others_went_wrong() -> None:
    default = grid("lstm: {input_size: 4, hidden_size: 4, proj_size: 3}\nsequence: {lengths: [5, 4, 1]}\n")
    assert default.axes == DEFAULT_AXES
    cases = [default.config(default.case(number)) for number in range(len(default))]
    assert {case.sequence.length for case in cases} == {1, 2, 3, 20}
    assert {case.sequence.batch for case in cases} == {1, 3}
    assert {case.lstm.num_layers for case in cases} == {1, 2, 3}
    assert all(case.lstm.input_size != case.lstm.hidden_size for case in cases)
    assert all(case.lstm.proj_size for case in cases)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--axis", "lstm.hiden_size=1"], "Did you mean 'hidden_size'?"),
        (["--axis", "lstm.hidden_size=1,2.5"], "expected an integer of at least 1, got 2.5"),
        (["--axis", "lstm.hidden_size"], "expected KEY=VALUE"),
        (["--axis", "lstm.hidden_size=1", "--axis", "lstm.hidden_size=2"], "is an axis already"),
        (["--axis", "seed=1,2"], "cannot be an axis"),
        (["--axis", "lstm.proj_size=3", "--axis", "lstm.hidden_size=3"], "no case was checked"),
        (["--shard", "3/2"], "expected I/N"),
        (["--shard", "x"], "expected I/N"),
        (["--resume"], "nothing to resume"),
        (["--plot", "a.pdf"], ".svg or .png"),
        (["--plot", "no/a.png"], "no such folder"),
        (["--export", "npz=a.npz"], "FORMAT=FILE"),
        (["--export", "json=no/a.json"], "no such file or directory"),
        (["--results", "no/a.jsonl"], "no such file or directory"),
        (["--jobs", "0"], "Invalid value for '--jobs'"),
    ],
)
def test_what_is_wrong_with_the_command_is_told_with_exit_2(
    arguments: Sequence[str], told: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = sweep(file, "-j", 1, *arguments)
    assert result.exit_code == 2
    assert told in result.stderr.replace("\n", " ")


def test_an_axis_of_the_file_is_told_with_its_place(file: Path) -> None:
    file.write_text(YAML.replace("lstm.num_layers", "lstm.num_layer"))
    result = sweep(file)
    assert result.exit_code == 2
    assert f"{file}:4:" in result.stderr
    assert "Did you mean 'num_layers'?" in result.stderr


def test_results_are_never_overwritten(file: Path, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    assert sweep(file, "-j", 1, "--results", results, "-q").exit_code == 0
    before = results.read_bytes()
    refused = sweep(file, "-j", 1, "--results", results)
    assert refused.exit_code == 2
    assert "--resume" in refused.stderr
    assert results.read_bytes() == before


def test_a_changed_configuration_or_seed_is_not_done(file: Path, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    sweep(file, "-j", 1, "--results", results)
    lengths = [results.read_bytes().count(b"\n")]
    for more in ([], ["--seed", 5], ["--set", "loss.scale=2.0"], []):
        arguments = [file, "-j", 1, "--results", results, "--resume", *more]
        assert counts(sweep(*arguments, "--output-format", "json")) == (CASES - SKIPPED, SKIPPED, 0)
        lengths.append(results.read_bytes().count(b"\n"))
    new = [after - before - 1 for before, after in pairwise(lengths)]
    assert new == [0, CASES, CASES, 0]


def test_a_merge_that_lacks_cases_is_no_pass(file: Path, tmp_path: Path) -> None:
    parts = [tmp_path / f"{part}.jsonl" for part in (1, 2)]
    for part, results in enumerate(parts, start=1):
        assert sweep(file, "-j", 1, "--shard", f"{part}/2", "--results", results).exit_code == 0
    half = sweep(parts[0], "--export", f"junit={tmp_path / 'half.xml'}", command="merge")
    assert half.exit_code == 1
    assert "6 cases have no result yet" in half.stdout
    assert "6 cases without a result" in half.stdout.splitlines()[-1]
    assert 'message="6 cases have no result' in (tmp_path / "half.xml").read_text()
    whole = sweep(*parts, "--output-format", "json", command="merge")
    assert whole.exit_code == 0
    assert counts(whole) == (CASES - SKIPPED, SKIPPED, 0)


def test_a_file_without_results_cannot_be_merged(file: Path) -> None:
    result = sweep(file, command="merge")
    assert result.exit_code == 2
    assert "holds no results" in result.stderr


def test_a_full_disk_is_told_before_the_work(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Store, line: dict[str, object]) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "_append", full)
    monkeypatch.setattr(Job, "run", None)
    result = sweep(file, "-j", 1, "--results", tmp_path / "r.jsonl")
    assert result.exit_code == 2
    assert "no space left on device" in result.stderr


def test_results_go_into_a_file_and_nothing_else(file: Path, tmp_path: Path) -> None:
    result = sweep(file, "--results", tmp_path, "--resume")
    assert result.exit_code == 2
    assert "this is no file" in result.stderr


def test_a_disk_that_fills_up_loses_no_result(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Store._append

    def full_after_the_header(self: Store, line: dict[str, object]) -> int:
        if "case" in line:
            raise OSError(28, "No space left on device")
        return write(self, line)

    monkeypatch.setattr(Store, "_append", full_after_the_header)
    result = sweep(file, "-j", 1, "--results", tmp_path / "r.jsonl")
    assert result.exit_code == 2
    assert "8 cases, 8 passed" in result.stdout
    assert "No space left on device" in result.stderr


def test_a_store_ignores_lines_of_other_sweeps_and_of_half_a_record(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    mine, other = grid(), make_grid(config(YAML.replace("batch: 2", "batch: 3")), {}, None)
    for each in (mine, other):
        store = Store(each, path, resume=True)
        store.add(Job(each).run(0))
        store.close()
    with path.open("a") as lines:
        lines.write('not json\n[]\n{"case": 0, "key": 1, "seed": "0"}\n{"case": 1')
    store = Store(mine, path, resume=True)
    assert [0 in store, 1 in store, len(store)] == [True, False, 1]
    store.add(unchecked(mine, mine.case(1), "later"))
    assert [found.case for found in store.records()] == [0, 1]
    store.close()


def test_a_planted_mistake_is_found_where_it_shows_and_is_another_sweep(file: Path, tmp_path: Path) -> None:
    results = tmp_path / "r.jsonl"
    planted = ("--mistake", "hidden-carry-dropped", "--axis", "lstm.proj_size=null")
    found = sweep(file, "-j", 2, "--results", results, *planted, "--output-format", "json")
    assert found.exit_code == 1
    document = json.loads(found.stdout)
    assert document["summary"]["failed"] == 4  # h0's gradient shows it at T = 1 already
    assert document["smallest_failing"]["sequence"]["length"] == 1
    correct = sweep(file, "-j", 1, "--results", results, "--resume", *planted[2:])
    assert correct.exit_code == 0
    merged = sweep(results, command="merge")
    assert merged.exit_code == 0


def test_what_could_not_be_checked_is_no_pass(file: Path) -> None:
    result = sweep(file, "-j", 1, "--axis", "lstm.hidden_size=3,2000000", "--axis", "lstm.proj_size=null")
    assert result.exit_code == 1
    assert "4 inconclusive" in result.stdout
    assert "of memory" in result.stdout


def test_shards_may_share_a_file(file: Path, tmp_path: Path) -> None:
    for part in ("1/2", "2/2"):
        result = sweep(file, "-j", 1, "--results", tmp_path / "r.jsonl", "--resume", "--shard", part)
        assert (result.exit_code, "no result yet" in result.stdout) == (0, False)


def test_an_npz_counts_by_its_content_wherever_it_lies(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, arguments = tmp_path / "r.jsonl", ("-j", 1, "--axis", "loss.scale=1.0,2.0")
    np.savez(tmp_path / "w.npz", x=np.ones((3, 2, 2)))
    file.write_text(YAML.partition("sweep")[0] + "arrays: {file: w.npz}\n")
    assert sweep(file, *arguments, "--results", results).exit_code == 0
    monkeypatch.chdir("/")
    assert sweep(results, command="merge").exit_code == 0
    before = results.read_bytes().count(b"\n")
    for changed, new in ((np.ones, 1), (np.zeros, 3)):
        np.savez(tmp_path / "w.npz", x=changed((3, 2, 2)))
        assert sweep(file, *arguments, "--results", results, "--resume").exit_code == 0
        after = results.read_bytes().count(b"\n")
        assert after - before == new
        before = after


@pytest.mark.skipif(sys.platform == "win32", reason="resource limits")
def test_a_file_that_may_not_grow_loses_no_result(file: Path, tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))\n"
        "from lstmcheck.cli import main\n"
        f"sys.argv = ['lstmcheck', 'sweep', {str(file)!r}, '-j', '1', '--results', {str(tmp_path / 'r')!r}]\n"
        "main()"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "8 cases, 8 passed" in result.stdout
    assert "could not be kept" in result.stderr
    assert (tmp_path / "r").read_bytes().endswith(b"\n")


def test_a_value_twice_on_an_axis_is_told(file: Path) -> None:
    result = sweep(file, "--axis", "lstm.num_layers=1,2,1")
    assert result.exit_code == 2
    assert "twice" in result.stderr


def test_a_mistake_that_nobody_knows_is_told(file: Path) -> None:
    result = sweep(file, "--mistake", "hidden-cary-dropped")
    assert result.exit_code == 2
    assert "hidden-carry-dropped" in result.stderr


def test_a_mistake_that_no_case_has_room_for_is_no_pass(file: Path) -> None:
    result = sweep(file, "-j", 1, "--axis", "lstm.proj_size=null", "--mistake", "middle-layer-lost")
    assert result.exit_code == 2
    assert "4 × it has no room for middle-layer-lost, which needs layers>=3." in result.stderr


def test_cases_without_room_for_a_mistake_are_skipped(file: Path) -> None:
    axes = ("--axis", "lstm.num_layers=2,3", "--axis", "lstm.proj_size=null")
    result = sweep(file, "-j", 1, *axes, "--mistake", "middle-layer-lost", "--output-format", "json")
    assert result.exit_code == 1
    cases = json.loads(result.stdout)["cases"]
    assert {(case["axes"]["lstm.num_layers"], case["verdict"]) for case in cases} == {(2, None), (3, "fail")}


def test_a_bug_exits_3_after_the_other_cases_and_resume_runs_it_again(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sometimes_broken(config: Config, **options: Any) -> Report:
        if config.sequence.length == 1:
            raise ZeroDivisionError
        return check(config, **options)

    arguments = (file, "-j", 1, "--axis", "lstm.proj_size=null", "--results", tmp_path / "r.jsonl")
    with monkeypatch.context() as patched:
        patched.setattr("lstmcheck.sweep.job.check", sometimes_broken)
        broken = sweep(*arguments)
    assert broken.exit_code == 3
    assert "inconclusive: no check in 2 cases; 4 cases, 2 passed, 0 failed, 2 inconclusive" in broken.stdout
    assert broken.stderr.count("Traceback") == 1
    assert "ZeroDivisionError" in broken.stderr
    assert "This is a bug in lstmcheck" in broken.stderr
    mended = sweep(*arguments, "--resume")
    assert (mended.exit_code, mended.stderr) == (0, "")


def test_a_bug_in_every_case_is_no_matter_of_usage(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Report:
        raise ZeroDivisionError

    monkeypatch.setattr("lstmcheck.sweep.job.check", broken)
    assert sweep(file, "-j", 1).exit_code == 3


def test_results_on_stdout_are_refused(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = sweep(file, "--results", "-")
    assert result.exit_code == 2
    assert "--output-format jsonl" in result.stderr
    assert not (tmp_path / "-").exists()
