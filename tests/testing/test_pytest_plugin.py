"""pytest collects configurations: a test for each block."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "configs" / "targets"
OURS = """\
lstm: {input_size: 3, hidden_size: 4}
sequence: {length: 2, batch: 2}
"""
PYTEST = [sys.executable, "-m", "pytest", "-q", "-rsf"]
OTHERS = ("cacheprovider", "hypothesispytest", "_hypothesis_pytestplugin", "jaxtyping", "xdist")
"""Plugins that have no part in this, and import more than ours does."""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    without = [f"-pno:{plugin}" for plugin in OTHERS]
    command = [*PYTEST, *without, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def target(folder: Path, example: str, protocol: str) -> None:
    (folder / "mine.py").write_text((EXAMPLES / example).read_text())
    text = f"{OURS}target: {{file: mine.py, protocol: {protocol}}}\n"
    (folder / "mine.lstmcheck.yaml").write_text(text)


def test_a_configuration_is_a_test_for_each_block(tmp_path: Path) -> None:
    (tmp_path / "small.lstmcheck.yaml").write_text(OURS)
    found = run(tmp_path, "--collect-only")
    blocks = ["W_l0", "U_l0", "b_l0", "x", "h0", "c0"]
    assert [line for line in found.stdout.splitlines() if "::" in line] == [
        f"small.lstmcheck.yaml::{block}" for block in blocks
    ]
    assert "6 passed" in run(tmp_path).stdout


def test_a_wrong_target_fails_with_its_diagnosis_and_no_traceback(tmp_path: Path) -> None:
    target(tmp_path, "plain_wrong.py", "plain")
    shutil.copy(EXAMPLES / "plain.py", tmp_path)  # it imports the right one
    found = run(tmp_path)
    assert "Diagnosis: cell-carry-without-forget" in found.stdout
    assert "FAILED mine.lstmcheck.yaml::W_l0 - cell-carry-without-forget (mine" in found.stdout
    assert "Traceback" not in found.stdout
    assert "pytest_plugin.py" not in found.stdout
    assert found.returncode == 1
    answers = run(tmp_path, "mine.lstmcheck.yaml::conformance", "mine.lstmcheck.yaml::purity")
    assert "2 passed" in answers.stdout


def test_what_a_protocol_has_no_place_for_is_skipped(tmp_path: Path) -> None:
    target(tmp_path, "cs231n_sequence.py", "cs231n-sequence")
    found = run(tmp_path)
    assert "11 passed, 1 skipped" in found.stdout
    assert "not covered" in found.stdout


def test_what_was_asked_for_and_did_not_come_back_fails(tmp_path: Path) -> None:
    target(tmp_path, "plain.py", "plain")
    whole = (tmp_path / "mine.py").read_text()
    (tmp_path / "mine.py").write_text(whole.replace('"x": d_x, ', ""))
    found = run(tmp_path)
    assert "1 failed, 11 passed" in found.stdout
    assert "x was asked for and did not come back. --blocks W,U,b,h0,c0 (check.blocks)" in found.stdout


@pytest.mark.parametrize("text", ["lstm: {hiden_size: 3}\n", "lstm: [\n"])
def test_a_bad_configuration_is_told_with_its_place(text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.lstmcheck.yaml").write_text(text)
    found = run(tmp_path)
    assert "bad.lstmcheck.yaml:" in found.stdout
    assert "Traceback" not in found.stdout
    assert found.returncode == 2


def test_a_target_that_cannot_be_run_is_told_with_its_line(tmp_path: Path) -> None:
    target(tmp_path, "plain.py", "plain")
    (tmp_path / "mine.py").write_text("\nimport no_such_library\n")
    found = run(tmp_path)
    assert "mine.py:2: importing it raised ModuleNotFoundError" in found.stdout
    assert "Traceback" not in found.stdout


def test_nothing_heavy_is_imported_without_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import sys\n"
        "def test_it():\n"
        "    assert 'lstmcheck.pytest_plugin' in sys.modules\n"
        "    assert not {'numpy', 'pydantic', 'ruamel.yaml', 'lstmcheck.config'} & set(sys.modules)\n"
    )
    found = run(tmp_path)
    assert "1 passed" in found.stdout, found.stdout
