"""`--export csv`: a row for each gate of a run or case of a sweep, for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from command_runner import TINY, invoke

from lstmcheck.report.content import Content
from lstmcheck.report.formats.csv import export

FEW = ("--set", "check.entries=1")


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_a_run_has_a_row_for_each_gate_and_for_what_could_not_be_run(tmp_path: Path) -> None:
    (tmp_path / "right.yaml").write_text(TINY)
    (tmp_path / "misspelt.yaml").write_text(f"{TINY}chek: 1\n")
    paths = [str(tmp_path / name) for name in ("right.yaml", "misspelt.yaml")]
    found = invoke("run", *paths, *FEW, "--mistake", "bias-batch-mean", "--export", "csv=-")
    *gates, misspelt = rows_of(found.stdout)
    assert [(row["array"], row["gate"]) for row in gates[:5]] == [
        *(("W_l0", letter) for letter in "ifgo"),
        ("U_l0", "i"),
    ]
    assert {row["verdict"] for row in gates if row["array"] == "b_l0"} == {"fail"}
    assert {row["verdict"] for row in gates if row["array"] != "b_l0"} == {"pass"}
    assert all(float(row["analytic"]) and float(row["scale"]) > 0 for row in gates)
    assert (misspelt["configuration"], misspelt["verdict"]) == ("misspelt", "error")
    assert misspelt["message"] == "unknown key 'chek'."


def test_a_sweep_has_a_row_for_each_case(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY)
    axes = ("--axis", "lstm.proj_size=null,2,3", "-j", "1")
    found = invoke("sweep", str(tmp_path / "tiny.yaml"), *FEW, *axes, "--export", "csv=-")
    rows = rows_of(found.stdout)
    assert [(row["lstm.proj_size"], row["verdict"]) for row in rows] == [
        ("null", "pass"),
        ("2", "pass"),
        ("3", "skipped"),
    ]


class Foreign(Content):
    """What a target may be called and say."""

    def rows(self) -> Iterator[Mapping[str, Any]]:
        yield {"name": "=1+1", "message": '@SUM(A1)\nand more, "quoted"', "number": -1.5, "none": None}


def test_foreign_text_is_no_formula_and_numbers_stay() -> None:
    (row,) = csv.DictReader("".join(export(Foreign())).splitlines(keepends=True))
    assert row == {
        "name": "'=1+1",
        "message": '\'@SUM(A1)\nand more, "quoted"',
        "number": "-1.5",
        "none": "",
    }
