"""Pages from the command line: written beside what a terminal shows, or in its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from page_reader import Page
from typer.testing import CliRunner, Result

from lstmcheck.cli.app import app
from lstmcheck.report.formats import export_formats

CONFIG = "lstm: {input_size: 1, hidden_size: 1}\nsequence: {length: 2, batch: 1}\n"
COMMANDS = ("run", "sweep", "steps", "audit", "explain", "flow")
OPTIONS = {"sweep": ["--axis", "sequence.length=1,2", "--jobs", "1"]}


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return str(path)


def invoke(command: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [command, *arguments, *OPTIONS.get(command, [])])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_page_is_written_beside_what_the_terminal_shows(command: str, config: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    plain = invoke(command, config)
    both = invoke(command, config, "--export", f"html={page}")
    assert (plain.exit_code, both.exit_code) == (0, 0)
    assert both.stdout.splitlines()[0] == plain.stdout.splitlines()[0]
    assert len(Page(page.read_text()).all("h1")) == 1
    assert "tiny" in Page(page.read_text()).text
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("command", ["run", "explain"])
def test_a_page_goes_to_stdout_alone_where_it_is_asked_for(command: str, config: str) -> None:
    asked = invoke(command, config, "--output-format", "html")
    exported = invoke(command, config, "--export", "html=-")
    for result in (asked, exported):
        assert result.exit_code == 0
        assert result.stdout.startswith("<!DOCTYPE html>")
        assert result.stdout.count("</html>") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_what_cannot_be_written_is_told_before_the_work(command: str, config: str, tmp_path: Path) -> None:
    nowhere = invoke(command, config, "--export", f"html={tmp_path / 'no' / 'page.html'}")
    assert (nowhere.exit_code, nowhere.stdout) == (2, "")
    unknown = invoke(command, config, "--export", "pdf=a.pdf")
    assert unknown.exit_code == 2
    assert ", ".join(export_formats(command)) in " ".join(unknown.stderr.split())
