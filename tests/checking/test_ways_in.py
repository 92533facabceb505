"""Gradients of whole networks, two layers in both directions with lengths, from files and from programs."""

from __future__ import annotations

from pathlib import Path

import pytest
from gradient_files import configuration, judged
from ways_in import by_file, by_program

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.precision import PRECISIONS
from lstmcheck.mistakes.catalogue import find
from lstmcheck.reference.low_precision import Run, rounding_to, run_in


def named(report: Report) -> set[str]:
    assert report.diagnosis is not None
    return {suspect.mistake for suspect in report.diagnosis.suspects}


def test_what_a_right_program_answers_passes() -> None:
    report = by_program(Backward)
    assert set(report.answers.values()) == {Verdict.PASS}


@pytest.mark.parametrize("mistake", ["upper-layer-bias-zero", "reverse-direction-not-added"])
def test_what_a_wrong_program_answers_fails_and_is_named(mistake: str) -> None:
    report = by_program(find(mistake).backward, explain=True)
    assert report.gradient == Verdict.FAIL
    assert mistake in named(report)


@pytest.mark.parametrize(
    ("dtype", "mistake"),
    [("float16", "upper-layer-bias-zero"), ("bfloat16", "mask-not-on-hidden-gradient")],
)
def test_a_file_in_sixteen_bits_is_judged_by_what_these_lose(
    dtype: str, mistake: str, tmp_path: Path
) -> None:
    right = by_file(tmp_path, Backward, target__dtype=dtype)
    # A small gate of so small a network may lose a quarter in bfloat16: then nothing is said of it.
    assert right.count("failed") == 0
    assert {note.code for gate in right.blocks for note in gate.notes} <= {"few digits"}
    assert right.gradient == Verdict.PASS or dtype == "bfloat16"
    assert by_file(tmp_path, find(mistake).backward, target__dtype=dtype).gradient == Verdict.FAIL


LONG = """
lstm: {input_size: 1, hidden_size: 1}
sequence: {length: 100, batch: 1, initial_state: random}
target: {dtype: bfloat16, protocol: gradients, file: none}
check: {entries: 2, blocks: [W, U, b]}
seed: 3
"""


def in_bfloat16() -> Run:
    kind = PRECISIONS["bfloat16"]
    return run_in(make_case(configuration(LONG)).rounded(kind), rounding_to(kind))


def test_sums_in_sixteen_bits_are_told_from_storage_in_them(tmp_path: Path) -> None:
    """Both are right: neither fails, and what only the sums explain is said to be imprecise."""
    run = in_bfloat16()
    assert judged(tmp_path, run.gradients, LONG).gradient == Verdict.PASS
    summed = judged(tmp_path, run.added, LONG)
    assert summed.gradient == Verdict.INCONCLUSIVE
    assert {note.code for gate in summed.blocks for note in gate.notes} == {"low sums"}
    assert all(gate.imprecise for gate in summed.blocks if gate.notes)
