"""The registry of formats: what is in it can be asked for, and a new format is one module and one line."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from command_runner import SMALL, invoke

from lstmcheck.report import formats
from lstmcheck.report.content import Content
from lstmcheck.report.formats import FORMATS, Format

MODULES = sorted(path.stem for path in Path(str(formats.__file__)).parent.glob("[a-z]*.py"))


def export(content: Content) -> Iterator[str]:
    """A format of these tests: the names and verdicts of what was checked."""
    for finding in content.findings():
        yield f"{finding.name};{finding.verdict}\n"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMATS, "names", Format("names", exports=("run", "sweep"), module=__name__))


def test_every_module_of_formats_is_registered_and_exports() -> None:
    assert sorted(FORMATS) == MODULES
    for name in FORMATS:
        assert callable(import_module(f"lstmcheck.report.formats.{name}").export)


@pytest.mark.usefixtures("names")
def test_a_registered_format_can_be_exported_from_a_run() -> None:
    result = invoke("run", SMALL, "--export", "names=-")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "W_l0[i];pass"


@pytest.mark.usefixtures("names")
def test_a_registered_format_can_be_exported_from_a_sweep(tmp_path: Path) -> None:
    axis = ["--jobs", "1", "--axis", "lstm.hidden_size=1,2"]
    assert invoke("sweep", SMALL, *axis, "--export", f"names={tmp_path / 'a.txt'}").exit_code == 0
    lines = (tmp_path / "a.txt").read_text().splitlines()
    assert lines == [f"lstm.hidden_size={size} seed=0;pass" for size in (1, 2)]


def test_a_command_refuses_what_it_does_not_export() -> None:
    result = invoke("sweep", SMALL, "--export", "npz=a.npz")
    assert result.exit_code == 2
    assert "json, jsonl, junit, markdown, sarif, gitlab, html." in result.stderr
