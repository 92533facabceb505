"""A sweep over somebody else's LSTM: from the command line to the smallest configuration that still fails."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner, Result

from lstmcheck.cli.app import app

CONFIGS = Path(__file__).parents[2] / "configs"
EXAMPLES = CONFIGS / "targets"
SMALL = str(CONFIGS / "small.yaml")
pytestmark = pytest.mark.usefixtures("targets_of_this_module_run_here")

FEW = ("--set", "check.entries=1", "-j", "1")
LENGTHS = ("--axis", "sequence.length=2,3")


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


class Swept(NamedTuple):
    stdout: str
    results: Path
    target: Path

    @property
    def command(self) -> list[str]:
        """The command that the sweep says reproduces the failure, without `lstmcheck`."""
        line = next(line for line in self.stdout.splitlines() if line.startswith("Reproduce: "))
        return shlex.split(line)[2:]

    @property
    def yaml(self) -> str:
        found = re.search(r"^version: 1\n(?:.+\n)+", self.stdout, re.MULTILINE)
        assert found is not None
        return found[0]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, targets_of_this_module_run_here: None) -> Swept:
    """A carry that is lost at the third step from the end, in a folder whose name needs quotes."""
    folder = tmp_path_factory.mktemp("a folder")
    source = (EXAMPLES / "plain.py").read_text()
    target = folder / "mine.py"
    target.write_text(source.replace("d_h = d_z @ U", "d_h = d_z @ U * (t != len(x) - 3)"))
    assert target.read_text() != source
    options = ("--target", str(target), "--protocol", "plain", "--timeout", "60")
    results = folder / "results.jsonl"
    found = invoke("sweep", SMALL, *options, *LENGTHS, *FEW, "--results", str(results))
    assert found.exit_code == 1
    return Swept(found.stdout, results, target)


def test_the_smallest_configuration_of_a_target_fails_as_printed(swept: Swept, tmp_path: Path) -> None:
    path = tmp_path / "smallest.yaml"
    path.write_text(swept.yaml)
    found = invoke("run", str(path), "-q", "--output-format", "json")
    report = json.loads(found.stdout)
    assert (found.exit_code, report["verdict"]) == (1, "fail")
    assert report["target"]["protocol"] == "plain"
    assert report["config"]["sequence"]["length"] == 3


def test_the_command_of_a_target_fails_as_printed(swept: Swept) -> None:
    assert swept.command[:4] == ["run", SMALL, "--target", str(swept.target)]
    assert not any("target.options" in word for word in swept.command)
    found = invoke(*swept.command, "--output-format", "json")
    report = json.loads(found.stdout)
    assert (found.exit_code, report["verdict"]) == (1, "fail")
    assert report["config"]["target"]["timeout"] == 60


def test_merged_results_say_what_to_run(swept: Swept) -> None:
    merged = invoke("merge", str(swept.results))
    assert merged.exit_code == 1
    again = Swept(merged.stdout, swept.results, swept.target)
    assert again.command == ["run", "-", "<", "smallest.yaml"]
    assert CliRunner().invoke(app, ["run", "-", "-q"], input=again.yaml).exit_code == 1


def test_a_convention_that_is_spelled_out_is_in_the_command(tmp_path: Path) -> None:
    declared = "target.convention={gates: igfo, weights: rows}"
    options = ("--target", str(EXAMPLES / "plain_wrong.py"), "--set", declared)
    found = invoke("sweep", SMALL, *options, "--axis", "sequence.length=1", *FEW)
    command = Swept(found.stdout, tmp_path, tmp_path).command
    report = json.loads(invoke(*command, "--output-format", "json").stdout)
    assert report["verdict"] == "fail"
    assert report["conformance"]["declared"]["gates"] == "igfo"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--target", "no_such_file.py"), "there is no file"),
        (("--target", str(EXAMPLES)), "is a folder"),
        (("--target", str(EXAMPLES / "cs231n_sequence.py")), "its functions fit several protocols"),
        (("--target", str(EXAMPLES / "plain.py"), "--protocol", "karpathy"), "there is no LSTM.forward"),
        (("--target", str(EXAMPLES / "plain.py"), "--mistake", "no-recurrence"), "Leave out one of the two"),
        (
            ("--axis", f"target.file={EXAMPLES / 'plain.py'}", "--mistake", "no-recurrence"),
            "this is a target",
        ),
    ],
)
def test_what_no_case_can_run_exits_with_2_and_says_why(options: tuple[str, ...], told: str) -> None:
    found = invoke("sweep", SMALL, *LENGTHS, *FEW, *options)
    assert found.exit_code == 2
    assert told in found.stderr
