"""One worker or many, here or on a cluster, in one go or not: the same records."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sweep_cases import (
    CASES,
    SKIPPED,
    YAML,
    DeadlyJob,
    FailsAtLaterSteps,
    UpperLayerForgetsLateSteps,
    config,
    grid,
    records,
    verdicts,
    without_times,
)
from typer.testing import CliRunner

import lstmcheck.judge.judging
from lstmcheck.cli.app import app
from lstmcheck.errors import LstmcheckError
from lstmcheck.report.sweep.json_model import case
from lstmcheck.sweep.executors import in_processes, on_cluster
from lstmcheck.sweep.grid import make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.runner import make_report, shard_of
from lstmcheck.sweep.sweep_store import Store, read_grid

JOB = Job(grid(), UpperLayerForgetsLateSteps)


@pytest.fixture(scope="module")
def expected() -> list[Record]:
    return records(JOB)


def test_the_sweep_itself_finds_the_mistake_and_skips_what_makes_no_sense(
    expected: list[Record],
) -> None:
    assert len(expected) == CASES
    assert sum(record.skipped is not None for record in expected) == SKIPPED
    failing = [record.axes for record in expected if record.verdict == "fail"]
    assert failing == [
        {"lstm.num_layers": 2, "sequence.length": 3, "lstm.proj_size": proj} for proj in (None, 2)
    ]


def test_two_workers_give_the_same_records(expected: list[Record]) -> None:
    assert records(JOB, in_processes(2)) == expected


def test_merged_shards_give_the_same_records(tmp_path: Path, expected: list[Record]) -> None:
    files = [tmp_path / f"{part}.jsonl" for part in (1, 2, 3)]
    for part, file in enumerate(files, start=1):
        records(JOB, path=file, numbers=shard_of(JOB.grid, (part, 3)))
    merged = read_grid(files[0])
    store = Store(merged, None)
    for file in files:
        store.take(file)
    assert without_times(store.records()) == expected
    store.close()


def test_shards_are_disjoint_and_complete() -> None:
    shards = [shard_of(JOB.grid, (part, 5)) for part in range(1, 6)]
    assert sorted(number for shard in shards for number in shard) == list(range(CASES))
    assert max(map(len, shards)) - min(map(len, shards)) <= 1


def test_long_cases_come_first() -> None:
    costs = [JOB.grid.cost(JOB.grid.case(number)) for number in shard_of(JOB.grid, (1, 1))]
    assert costs == sorted(costs, reverse=True)


def test_a_dask_cluster_of_two_processes_gives_the_same_records_and_tracebacks(
    expected: list[Record],
) -> None:
    distributed = pytest.importorskip("distributed")
    here = Path(__file__).parent
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        with distributed.Client(cluster) as client:
            client.run(lambda folder: sys.path.insert(0, folder), str(here))
        assert records(JOB, on_cluster(cluster.scheduler_address)) == expected
        broken = records(Job(JOB.grid, FailsAtLaterSteps), on_cluster(cluster.scheduler_address))
        assert any("in d_h_prev" in (record.bug or "") for record in broken)


def test_a_scheduler_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("lstmcheck.sweep.executors.CONNECT_SECONDS", 0.2)
    with pytest.raises(LstmcheckError, match="no scheduler answers"):
        on_cluster("tcp://127.0.0.1:1")


def test_a_case_that_always_ends_its_worker_is_inconclusive_and_the_rest_goes_on(
    tmp_path: Path, expected: list[Record]
) -> None:
    """A worker that is killed once costs its case one retry."""
    once = tmp_path / "died"
    job = DeadlyJob(JOB.grid, JOB.backward, killed=7, ended=0, killed_once=6, once=once)
    found = records(job, in_processes(2))
    assert verdicts(found) == {**verdicts(expected), 7: "inconclusive", 0: "inconclusive"}
    for number in (7, 0):
        assert "died twice" in (found[number].note or "")
    assert once.exists()
    assert [found[k] for k in range(CASES) if k not in (7, 0)] == [
        expected[k] for k in range(CASES) if k not in (7, 0)
    ]


def test_an_error_in_one_case_is_kept_with_it_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, expected: list[Record]
) -> None:
    check = lstmcheck.api.check

    def sometimes_broken(config: object, **options: object) -> object:
        if config.sequence.length == 1:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return check(config, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("lstmcheck.sweep.job.check", sometimes_broken)
    found = records(JOB)
    broken = [r for r in found if r.axes["sequence.length"] == 1 and not r.skipped]
    assert {record.verdict for record in broken} == {"inconclusive"}
    assert "ZeroDivisionError" in (broken[0].note or "")
    assert "Traceback" in (broken[0].bug or "")
    assert verdicts(found) == verdicts(expected) | {record.case: "inconclusive" for record in broken}


def test_a_bug_in_a_worker_comes_back_with_its_traceback() -> None:
    found = records(Job(JOB.grid, FailsAtLaterSteps), in_processes(2))
    broken = [record for record in found if record.bug]
    assert {record.axes["sequence.length"] for record in broken} == {3}
    assert all("in d_h_prev" in (record.bug or "") for record in broken)
    assert sum(record.verdict == "pass" for record in found) == len(broken)


def test_only_the_default_grid_s_failing_sizes_are_shrunk_to_the_smallest() -> None:
    base = grid("lstm: {input_size: 4, hidden_size: 6}\n")
    failing = next(
        number
        for number in range(len(base))
        if base.case(number).axes
        == {
            "sequence.length": 20,
            "sequence.batch": 3,
            "lstm.num_layers": 3,
            "lstm.bidirectional": True,
            "sequence.initial_state": "random",
            "lstm.init_scale": 1.5,
        }
    )
    store = Store(base, None)
    store.add(Job(base, UpperLayerForgetsLateSteps).run(failing))
    smallest = make_report(base, store, [failing], backward=UpperLayerForgetsLateSteps).smallest_failing
    store.close()
    assert smallest is not None
    assert (smallest.sequence.length, smallest.sequence.batch) == (3, 1)
    lstm = smallest.lstm
    assert (lstm.num_layers, lstm.hidden_size, lstm.input_size) == (2, 1, 1)
    assert (lstm.bidirectional, lstm.bias, lstm.init_scale) == (False, "none", None)


@pytest.fixture(scope="module")
def with_seeds() -> list[dict[str, Any]]:
    """What `--seeds 4` writes."""
    return [case(record) for record in records(Job(make_grid(config(), {}, 4)))]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_a_sweep_that_was_stopped_goes_on_where_it_was(
    signal_number: int, with_seeds: list[dict[str, Any]], tmp_path: Path
) -> None:
    sizes, results = tmp_path / "sizes.yaml", tmp_path / "results.jsonl"
    sizes.write_text(YAML)
    command = [
        sys.executable,
        "-m",
        "lstmcheck",
        "sweep",
        str(sizes),
        "--results",
        str(results),
        "--seeds",
        "4",
    ]
    for _ in range(ATTEMPTS):
        results.unlink(missing_ok=True)
        returncode, stdout, stderr = _stopped([*command, "--jobs", "2"], results, signal_number)
        done = _lines(results) - 1
        if done < 4 * CASES:
            break
    assert 3 <= done < 4 * CASES
    if signal_number == signal.SIGINT:
        assert returncode == 130
        assert (stdout, "Traceback" in stderr) == ("", False)
        assert "--resume" in stderr
    with results.open("a") as file:
        file.write('{"case": 99, "half of a li')
    arguments = [*command[3:], "--resume", "--jobs", "1", "--output-format", "json"]
    again = CliRunner().invoke(app, arguments)
    assert (again.exit_code, again.stderr) == (0, "")
    cases = json.loads(again.stdout)["cases"]
    assert [{**each, "seconds": 0} for each in cases] == with_seeds
    assert _lines(results) == 1 + done + 1 + (4 * CASES - done)


ATTEMPTS = 5
"""On a busy machine the whole sweep may be over before this process is run again."""


def _stopped(command: list[str], results: Path, signal_number: int) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a sweep that is stopped after a few cases."""
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while _lines(results) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal_number)
    stdout, stderr = child.communicate(timeout=60)
    return child.returncode, stdout, stderr


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0
