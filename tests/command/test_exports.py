"""`--export` and `--output-format`: files that other programs read."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import command_runner
import jsonschema
import numpy as np
import pytest
from command_runner import CONFIGS, SMALL, DoubledInputWeights, NotANumber, invoke, plant

from lstmcheck import check, load
from lstmcheck.lstm.backward import Backward
from lstmcheck.report.schema import schema


@pytest.mark.parametrize("backward", [Backward, DoubledInputWeights, NotANumber])
def test_json_is_valid_against_its_schema(backward: type[Backward], monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, backward)
    result = invoke("run", SMALL, "--output-format", "json")
    jsonschema.validate(json.loads(result.stdout, parse_constant=pytest.fail), schema())


def test_the_schema_is_strict() -> None:
    document = json.loads(invoke("run", SMALL, "--output-format", "json").stdout)
    document["blocks"][0]["verdict"] = "maybe"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_json_says_what_the_report_says() -> None:
    report = check(load(SMALL))
    document = json.loads(invoke("run", SMALL, "--output-format", "json").stdout)
    assert document["summary"]["entries"] == report.entries
    for block, gate in zip(document["blocks"], report.blocks, strict=True):
        assert (block["array"], block["gate"]) == (gate.info.name, gate.gate)
        assert block["worst"]["reference"] == gate.worst.reference
        assert block["rel_error"] == gate.rel_error


def test_several_reports_are_one_document_with_the_worst_verdict() -> None:
    result = invoke("run", SMALL, str(CONFIGS / "coupled.yaml"), "--output-format", "json")
    document = json.loads(result.stdout)
    jsonschema.validate(document, schema())
    assert [report["name"] for report in document["reports"]] == ["small", "coupled"]
    assert document["verdict"] == "pass"


def test_npz_holds_every_array_and_needs_no_pickle(tmp_path: Path) -> None:
    assert invoke("run", SMALL, "--export", f"npz={tmp_path / 'all.npz'}").exit_code == 0
    report = check(load(SMALL))
    with np.load(tmp_path / "all.npz", allow_pickle=False) as arrays:
        groups = {name.split("/")[0] for name in arrays.files}
        assert groups == {"parameters", "inputs", "outputs", "analytic", "reference", "uncertainty"}
        assert {"outputs/y", "outputs/h_T", "outputs/c_T", "outputs/loss"} <= set(arrays.files)
        assert {"inputs/x", "inputs/h0", "inputs/c0", "inputs/d_y", "inputs/d_h", "inputs/d_c"} <= set(
            arrays.files
        )
        for name, gradient in report.values.analytic.items():
            np.testing.assert_array_equal(arrays[f"analytic/{name}"], gradient)
            assert arrays[f"reference/{name}"].shape == gradient.shape


def test_an_exported_network_can_be_checked_again(tmp_path: Path) -> None:
    invoke("run", SMALL, "--seed", "3", "--export", f"npz={tmp_path / 'all.npz'}")
    with np.load(tmp_path / "all.npz") as arrays:
        given = {
            name.split("/")[1]: arrays[name] for name in arrays.files if name[:6] in ("parame", "inputs")
        }
    np.savez(tmp_path / "given.npz", allow_pickle=False, **given)
    config = load(SMALL, overrides=[f"arrays={{file: {tmp_path / 'given.npz'}}}"])
    again, first = check(config), check(load(SMALL, seed=3))
    for name, gradient in first.values.analytic.items():
        np.testing.assert_array_equal(again.values.analytic[name], gradient)


def test_an_export_to_stdout_takes_the_place_of_the_table() -> None:
    result = invoke("run", SMALL, "--export", "json=-")
    assert json.loads(result.stdout)["verdict"] == "pass"
    binary = invoke("run", SMALL, "--export", "npz=-").stdout_bytes
    with np.load(io.BytesIO(binary)) as arrays:
        assert "analytic/W_l0" in arrays.files


def test_each_configuration_has_its_own_file_by_name(tmp_path: Path) -> None:
    target = tmp_path / "{name}.npz"
    assert invoke("run", SMALL, str(CONFIGS / "coupled.yaml"), "--export", f"npz={target}").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coupled.npz", "small.npz"]


@pytest.mark.parametrize(
    ("export", "told"),
    [
        ("json", "FORMAT=FILE"),
        ("xml=a.xml", "FORMAT=FILE"),
        ("json=", "FORMAT=FILE"),
        ("json=missing/folder/a.json", "no such file or directory"),
        ("json=.", "is a directory"),
        ("npz=both.npz", "{name}"),
    ],
)
def test_an_export_that_cannot_be_written_is_told_before_the_work(
    export: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command_runner.forbid_checks(monkeypatch)
    result = invoke("run", SMALL, SMALL, "--export", export)
    assert result.exit_code == 2
    assert f"--export {export}" in result.stderr
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_two_exports_to_one_file_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "a"
    result = invoke("run", SMALL, "--export", f"json={target}", "--export", f"npz={target}")
    assert result.exit_code == 2
    assert "written already" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="permissions")
def test_an_export_replaces_the_file_and_keeps_links_and_permissions(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert invoke("run", SMALL, "--export", f"json={link}").exit_code == 0
    assert link.is_symlink()
    assert json.loads(real.read_text())["name"] == "small"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_new_export_has_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").write_text("")
    invoke("run", SMALL, "--export", f"json={tmp_path / 'new.json'}")
    assert (tmp_path / "new.json").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("format_name", ["junit", "markdown", "sarif", "gitlab"])
def test_the_name_of_the_mistake_is_in_every_report(format_name: str) -> None:
    result = invoke("run", SMALL, "--mistake", "hidden-carry-dropped", "--export", f"{format_name}=-")
    assert result.exit_code == 1
    assert "Diagnosis: hidden-carry-dropped" in result.stdout


def test_code_quality_has_an_issue_for_each_thing_that_does_not_pass() -> None:
    exported = ["--export", "gitlab=-"]
    assert json.loads(invoke("run", SMALL, *exported).stdout) == []
    first, again = (
        json.loads(invoke("run", SMALL, "--mistake", "cell-carry-dropped", "--seed", seed, *exported).stdout)
        for seed in "01"
    )
    assert {issue["severity"] for issue in first} == {"major"}
    assert all(issue["location"]["path"] == SMALL for issue in first)
    assert all(issue["location"]["lines"]["begin"] > 0 for issue in first)
    prints = [issue["fingerprint"] for issue in first]
    assert prints == [issue["fingerprint"] for issue in again]
    assert len(set(prints)) == len(prints) > 0
