"""`lstmcheck inputs`, and `run --gradients`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_runner import invoke

from lstmcheck.arrays.fingerprint import NAME
from lstmcheck.arrays.make_case import make_case
from lstmcheck.arrays.open_file import members
from lstmcheck.arrays.write_arrays import write_arrays
from lstmcheck.config import load

CONFIG = "lstm: {input_size: 2, hidden_size: 3}\nsequence: {length: 2, batch: 2}\n"


def configuration(folder: Path) -> str:
    path = folder / "small.yaml"
    path.write_text(CONFIG)
    return str(path)


def test_the_command_that_it_prints_judges_what_was_computed(tmp_path: Path) -> None:
    config, out = configuration(tmp_path), tmp_path / "given.npz"
    result = invoke("inputs", config, str(out))
    assert result.exit_code == 0
    assert f"lstmcheck run {config} --gradients MINE.npz" in result.stdout
    mine = tmp_path / "mine.npz"
    write_arrays(mine, make_case(load(config)).gradients())
    passed = invoke("run", config, "--gradients", str(mine))
    assert passed.exit_code == 0
    assert "Conformance: not asked: the file has none of y, h_T, c_T." in passed.stdout
    assert "Purity" not in passed.stdout
    report = json.loads(invoke("run", config, "--gradients", str(mine), "--output-format", "json").stdout)
    assert (report["target"]["protocol"], report["purity"]) == ("gradients", None)


def test_json_goes_to_stdout_alone(tmp_path: Path) -> None:
    result = invoke("inputs", configuration(tmp_path), "-", "--convention", "torch")
    assert set(json.loads(result.stdout)) == {
        "weight_ih",
        "weight_hh",
        "b",
        "x",
        "h0",
        "c0",
        "d_y",
        "d_h",
        "d_c",
        "fingerprint",
    }
    assert "--gradients MINE.npz" in result.stderr


def test_what_is_mistyped_is_told(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    assert "Did you mean '.npz'?" in invoke("inputs", config, str(tmp_path / "a.npx")).stderr
    assert "Did you mean 'torch'?" in invoke("inputs", config, "-", "--convention", "troch").stderr
    both = invoke("run", config, "--gradients", "a.npz", "--target", "b.py")
    assert (both.exit_code, "Leave out --target" in both.stderr) == (2, True)
    own = invoke("inputs", config, config)
    assert (own.exit_code, Path(config).read_text()) == (2, CONFIG)


@pytest.mark.parametrize("file", ["given.npz", "given.json", "given.safetensors"])
def test_gradients_of_another_seed_are_told_by_the_fingerprint(file: str, tmp_path: Path) -> None:
    config, out = configuration(tmp_path), tmp_path / file
    result = invoke("inputs", config, str(out))
    assert "fingerprint, copied over as it is, tells gradients of other inputs" in result.stdout
    mark = next(each for each in members(out.read_bytes()) if each.name == NAME).numbers()
    mine = tmp_path / "mine.npz"
    write_arrays(mine, make_case(load(config)).gradients() | {NAME: mark})
    assert invoke("run", config, "--gradients", str(mine), "--quiet").exit_code == 0
    other = invoke("run", config, "--gradients", str(mine), "--seed", "3")
    assert (other.exit_code, "by its fingerprint other parameters, inputs, upstreams." in other.stderr) == (
        2,
        True,
    )


def test_what_it_writes_may_be_read_as_arrays(tmp_path: Path) -> None:
    config, out = configuration(tmp_path), tmp_path / "given.npz"
    invoke("inputs", config, str(out), "--seed", "3")
    assert invoke("run", config, "--set", f"arrays.file={out}", "--quiet").exit_code == 0
