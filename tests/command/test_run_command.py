"""`lstmcheck run`: what a user at a terminal, in a pipe or in CI meets."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_runner import (
    CONFIGS,
    SMALL,
    TINY,
    DoubledInputWeights,
    NotANumber,
    invoke,
    invoke_process,
    plant,
)

import lstmcheck.judge.judging
from lstmcheck import Verdict, check, load
from lstmcheck.report.run import words

SHIPPED = sorted(CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize("config", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_configuration_passes(config: Path) -> None:
    report = check(load(config))
    assert report.verdict == Verdict.PASS
    assert report.count("passed") == report.entries > 0


def test_a_pass_exits_0_and_tells_every_gate_with_all_digits() -> None:
    result = invoke_process("run", SMALL, "-v")
    assert (result.returncode, result.stderr) == (0, "")
    report = check(load(SMALL))
    for gate in report.blocks:
        line = next(line for line in result.stdout.splitlines() if gate.where in line)
        for cell in (
            gate.info.name,
            words.entries(gate),
            words.error(gate),
            words.gradient(gate.worst.analytic),
            words.gradient(gate.worst.reference),
            gate.verdict.value,
        ):
            assert cell in line
    assert result.stdout.splitlines()[-1].startswith("pass: 360 entries, 360 passed")


def test_the_same_seed_gives_the_same_report_and_another_seed_another() -> None:
    first, again, other = (_without_times(invoke("run", SMALL, "--seed", s).stdout) for s in "778")
    assert first == again != other


def _without_times(text: str) -> str:
    return re.sub(r"[\d.]+ s$", "", text, flags=re.MULTILINE)


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = []
    for cores in (1, 2, 5):
        monkeypatch.setattr(lstmcheck.api, "available_cores", lambda cores=cores: cores)
        reports.append(check(load(CONFIGS / "deep-bidirectional.yaml")))
    assert reports[0].blocks == reports[1].blocks == reports[2].blocks


def test_a_wrong_gradient_exits_1_and_is_named_in_the_right_block(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, DoubledInputWeights)
    result = invoke("run", SMALL, "--set", "check.rtol=1e-5")
    assert result.exit_code == 1
    failing = [line for line in result.stdout.splitlines() if re.search(r" fail( |$)", line)]
    assert [line.split()[:2] for line in failing] == [["W_l0", gate] for gate in "ifgo"]
    assert "4 of 15 gates disagree: W_l0 (i f g o). The uncertainty does not explain it" in result.stdout
    assert f"Reproduce: lstmcheck run {SMALL} --set check.rtol=1e-5" in result.stdout


def test_nan_exits_1_and_is_null_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, NotANumber)
    result = invoke("run", SMALL, "--output-format", "json")
    assert result.exit_code == 1
    blocks = {(b["array"], b["gate"]): b for b in json.loads(result.stdout)["blocks"]}
    wrong = blocks["U_l0", "f"]
    assert (wrong["verdict"], wrong["rel_error"], wrong["worst"]["analytic"]) == ("fail", None, None)
    assert wrong["worst"]["index"] == [2, 0]
    assert "not finite" in invoke("run", SMALL).stdout


def test_an_unsuitable_step_is_inconclusive_exits_1_and_says_the_remedy() -> None:
    result = invoke("run", SMALL, "--set", "check.step=0.3")
    assert result.exit_code == 1
    assert "inconclusive" in result.stdout
    assert "--set check.step=auto" in result.stdout
    assert " fail" not in result.stdout.replace("0 failed", "")


def test_several_configurations_all_run_and_the_worst_verdict_counts(tmp_path: Path) -> None:
    hopeless = tmp_path / "hopeless.yaml"
    hopeless.write_text(TINY + "check: {step: 0.5}\n")
    result = invoke("run", SMALL, str(hopeless), "-q")
    assert result.exit_code == 1
    *each, total = result.stdout.splitlines()
    assert [line.split(":")[0] for line in each] == ["small", "hopeless"]
    assert total == "2 configurations: 1 passed, 1 inconclusive"


def test_all_problems_of_all_configurations_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("lstm: {hidden_size: 2.5}\n")
    result = invoke("run", str(tmp_path / "a.yaml"), str(tmp_path / "missing.yaml"))
    assert result.exit_code == 2
    assert result.stdout == "2 configurations: 2 could not be run\n"
    for told in ("a.yaml:1:", "hidden_size", "input_size", "missing.yaml"):
        assert told in result.stderr


def test_standard_input_is_a_configuration() -> None:
    result = invoke("run", "-", "-q", stdin=TINY)
    assert result.exit_code == 0
    assert result.stdout.startswith("stdin: pass")


def test_some_entries_are_told_as_some_of_all() -> None:
    result = invoke("run", SMALL, "--set", "check.entries=5")
    assert result.exit_code == 0
    assert "20 of 96" in result.stdout
    assert "5 of 24" in invoke("run", SMALL, "--set", "check.entries=5", "-v").stdout


def test_what_is_left_out_is_told() -> None:
    result = invoke("run", SMALL, "--set", "check.blocks=[W, x]", "-v")
    assert "Not covered: U_l0, b_l0, h0, c0." in result.stdout


def test_sizes_that_do_not_fit_are_refused_before_anything_is_allocated() -> None:
    started = time.monotonic()
    result = invoke_process("run", SMALL, "--set", "lstm.hidden_size=2000000")
    assert result.returncode == 2
    assert re.search(r"need about [\d.e+]+ [PTG]iB of memory", result.stderr)
    assert time.monotonic() - started < 20


def test_a_bug_exits_3_with_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(lstmcheck.api, "check", broken)
    result = invoke("run", SMALL)
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "bug in lstmcheck" in result.stderr


def test_running_out_of_memory_is_no_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(lstmcheck.api, "check", greedy)
    assert invoke("run", SMALL).exit_code == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_exits_130_without_traceback_or_half_written_file(tmp_path: Path) -> None:
    config = tmp_path / "large.yaml"
    sizes = "lstm: {input_size: 64, hidden_size: 256}\nsequence: {length: 20, batch: 8}\n"
    config.write_text(f"{sizes}check: {{method: entries}}\n")
    command = [sys.executable, "-m", "lstmcheck", "run", str(config)]
    exports = ["--export", f"json={tmp_path / 'out.json'}", "--export", f"npz={tmp_path / 'out.npz'}"]
    child = subprocess.Popen([*command, *exports], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    try:
        while not list(tmp_path.glob(".out.npz.*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        stdout, stderr = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 130
    assert (stdout, stderr) == ("", "interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["large.yaml"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes")
def test_a_reader_that_stops_early_is_no_error() -> None:
    line = f"{sys.executable} -m lstmcheck run {SMALL} {SMALL} {SMALL} | head -n 1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("small: ")


def test_an_old_terminal_encoding_gets_the_table_all_the_same() -> None:
    result = invoke_process("run", SMALL, env={"PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0
    assert re.search(r"W_l0 +\| *i f g o", result.stdout)
    assert "\nPASS  all 15 gates agree" in result.stdout
