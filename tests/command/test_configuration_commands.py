"""`show`, `schema`, `init`, `--help`, and the face for Python."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from command_runner import CONFIGS, SMALL, invoke

import lstmcheck as package
from lstmcheck import load
from lstmcheck.config import c_header


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], ["show", "--help"]])
def test_help_imports_no_numpy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom lstmcheck.cli import main\n"
        f"sys.argv = ['lstmcheck', *{arguments}]\n"
        "try:\n    main()\nfinally:\n    assert 'numpy' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout


def test_show_prints_every_default_and_can_be_run(tmp_path: Path) -> None:
    shown = invoke("show", SMALL, "--set", "lstm.hidden_size=3").stdout
    assert "rtol: 1.0e-06" in shown
    (tmp_path / "small.yaml").write_text(shown)
    assert load(tmp_path / "small.yaml") == load(SMALL, overrides=["lstm.hidden_size=3"])


def test_init_writes_a_configuration_that_passes_and_never_overwrites(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert invoke("init").exit_code == 0
    assert invoke("run", "lstmcheck.yaml", "-q").exit_code == 0
    Path("lstmcheck.yaml").write_text("mine")
    result = invoke("init")
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert Path("lstmcheck.yaml").read_text() == "mine"


def test_init_to_stdout_prints_the_same(tmp_path: Path) -> None:
    invoke("init", str(tmp_path / "new.yaml"))
    assert invoke("init", "-").stdout == (tmp_path / "new.yaml").read_text()


def test_init_into_a_missing_folder_is_told(tmp_path: Path) -> None:
    result = invoke("init", str(tmp_path / "no" / "new.yaml"))
    assert result.exit_code == 2
    assert "No such file" in result.stderr


@pytest.mark.parametrize("of", ["config", "report", "process"])
def test_schemas_are_schemas(of: str) -> None:
    printed = json.loads(invoke("schema", of).stdout)
    jsonschema.Draft202012Validator.check_schema(printed)


def test_the_header_is_printed() -> None:
    assert invoke("schema", "c").stdout == c_header()


def test_the_shipped_schema_is_the_printed_one() -> None:
    assert json.loads((CONFIGS / "lstmcheck.schema.json").read_text()) == json.loads(invoke("schema").stdout)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["run"], ["run", SMALL, "--seed", "-1"], ["run", SMALL, "-z"]]
)
def test_usage_errors_exit_2(arguments: list[str]) -> None:
    assert invoke(*arguments).exit_code == 2


def test_the_package_says_what_it_has() -> None:
    for name in package.__all__:
        assert getattr(package, name)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = package.nonsense
