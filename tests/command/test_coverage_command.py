"""What did not come back is told in every format, with the option that asks for less; so is what failed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from command_runner import CONFIGS, SMALL, invoke

from lstmcheck import check, load
from lstmcheck.report.schema import schema

pytestmark = pytest.mark.usefixtures("targets_run_here")

PLAIN = (CONFIGS / "targets" / "plain.py").read_text()
FEW = ("--set", "check.entries=1")
MISSING = ["U_l0", "h0"]
LESS = "--blocks W,b,x,c0"


def written(folder: Path, change: str) -> str:
    """A target whose gradients g, cache included, are changed before they are returned."""
    path = folder / "mine.py"
    wrapper = f"    g = right(d_y, d_h, d_c, cache)\n    {change}\n    return g\n"
    path.write_text(f"{PLAIN}\nright = backward\ndef backward(d_y, d_h, d_c, cache):\n{wrapper}")
    return str(path)


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("incomplete"), "del g['U'], g['h0']")


@pytest.mark.parametrize("options", [(), ("-q",), ("--output-format", "markdown")])
def test_people_read_what_is_missing_and_which_option_asks_for_less(
    options: tuple[str, ...], incomplete: str
) -> None:
    found = invoke("run", SMALL, "--target", incomplete, *FEW, *options)
    assert found.exit_code == 1
    assert "U_l0, h0" in found.stdout
    assert LESS in found.stdout
    assert re.search("inconclusive: coverage", found.stdout)


def test_programs_read_it_too(incomplete: str, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    exports = ("--output-format", "json", "--export", f"junit={junit}")
    report = json.loads(invoke("run", SMALL, "--target", incomplete, *FEW, *exports).stdout)
    jsonschema.validate(report, schema())
    assert report["verdict"] == report["coverage"]["verdict"] == "inconclusive"
    assert report["coverage"]["missing"] == MISSING
    assert report["summary"]["total"] == 24 * 4 + 6 * 4 + 60 + 18
    (case,) = ElementTree.parse(junit).iterfind(".//testcase[@name='coverage']")
    error = case.find("error")
    assert error is not None
    assert LESS in error.attrib["message"]


def test_github_gets_a_warning(incomplete: str) -> None:
    found = invoke("run", SMALL, "--target", incomplete, *FEW, "--output-format", "github")
    (line,) = found.stdout.splitlines()
    assert line.startswith("::warning ")
    assert LESS in line


def test_a_notebook_shows_it(incomplete: str) -> None:
    overrides = [f"target.file='{incomplete}'", "check.entries=1"]
    assert "coverage: U_l0, h0 did not come back" in check(load(SMALL, overrides=overrides))._repr_html_()


def test_the_short_option_asks_for_less(incomplete: str) -> None:
    found = invoke("run", SMALL, "--target", incomplete, *FEW, "-q", "--blocks", "W,b,x,c0")
    assert (found.exit_code, "small: pass: " in found.stdout) == (0, True)
    wrong = invoke("run", SMALL, "--blocks", "W,Q")
    assert wrong.exit_code == 2
    assert "got 'Q'" in wrong.stderr


def test_a_sweep_tells_it_as_well(incomplete: str) -> None:
    target = ("--set", f"target.file={incomplete}", *FEW, "--jobs", "1", "--axis", "sequence.length=1")
    found = invoke("sweep", SMALL, *target, "-q")
    assert found.exit_code == 1
    assert f"inconclusive: coverage in 1 case (U_l0, h0 did not come back, {LESS}" in found.stdout
    assert invoke("sweep", SMALL, *target, "-q", "--blocks", "W,x").exit_code == 0
    report = json.loads(invoke("sweep", SMALL, *target, "--output-format", "json").stdout)
    jsonschema.validate(report, schema())
    assert report["cases"][0]["coverage"]["missing"] == MISSING


def test_nothing_of_our_own_network_is_missing() -> None:
    report = json.loads(invoke("run", SMALL, *FEW, "--output-format", "json").stdout)
    assert (report["coverage"]["missing"], report["coverage"]["verdict"]) == ([], "pass")


IMPURE = "calls.append(0); g['x'] = g['x'] * (1 + 5e-7 * np.sin(len(calls)))"


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (
            "g['x'] = 2 * g['x']",
            (),
            "fail: gradient: 1 of 15 gates disagree; 15 entries of 360, 14 passed, 1 f",
        ),
        (
            "",
            ("--set", "target.convention={gates: igfo, weights: rows}"),
            "fail: conformance: y[0, 0, 0] is ",
        ),
        (IMPURE, (), "fail: purity: "),
        ("del g['x']", (), "inconclusive: coverage: x did not come back, "),
        (
            "g['U'] = 2 * g['U']; del g['x']",
            (),
            "fail: gradient: 4 of 14 gates disagree; coverage (inconclusive): x ",
        ),
    ],
)
def test_the_last_line_says_what_did_not_pass(
    change: str, options: tuple[str, ...], reason: str, tmp_path: Path
) -> None:
    path = written(tmp_path, f"pass; {change}" if change else "pass")
    Path(path).write_text("calls = []\n" + Path(path).read_text())
    quiet = invoke("run", SMALL, "--target", path, *FEW, *options, "-q").stdout
    assert quiet.startswith(f"small: {reason}")
    assert invoke("run", SMALL, "--target", path, *FEW, *options).stdout.splitlines()[-1].startswith(reason)


def test_a_sample_is_told_with_what_it_is_a_sample_of() -> None:
    quiet = invoke("run", SMALL, *FEW, "-q").stdout
    assert quiet.startswith("small: pass: 15 entries of 360, 15 passed")
    assert "15 entries of 360" in invoke("run", SMALL, *FEW, "--output-format", "markdown").stdout
    assert "small: pass: 360 entries, 360 passed" in invoke("run", SMALL, "-q").stdout
