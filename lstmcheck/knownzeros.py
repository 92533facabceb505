"""Gradients that are known without measuring: of the forget rows of coupled cells, which have no effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Floats
from lstmcheck.results import Entry, GateResult, Note, NoteCode
from lstmcheck.subject import Subject
from lstmcheck.verdict import Verdict

FORGET = "f"


def with_known_zeros(
    subject: Subject, infos: Sequence[ArrayInfo], gates: Sequence[GateResult]
) -> tuple[GateResult, ...]:
    """The gates, and beside them each forget row of `infos` that is not zero, or should not be."""
    rows = [info for info in infos if subject.config.lstm.coupled and FORGET in info.gates]
    if not rows:
        return tuple(gates)
    code = _effect(subject, rows)
    extra = [gate for info in rows for gate in _refuted(subject, info, gates, code)]
    order = [info.name for info in infos]
    return tuple(
        sorted(
            [*gates, *extra],
            key=lambda gate: (order.index(gate.info.name), gate.info.gates.find(gate.gate or "")),
        )
    )


def _effect(subject: Subject, infos: Sequence[ArrayInfo]) -> NoteCode:
    """Whether the loss changes with the forget rows, by a single bit: what a note says of it."""
    function = subject.function
    changed = dict(function.arrays)
    for info in infos:
        changed[info.name] = function.arrays[info.name].copy()
        changed[info.name][info.gates.index(FORGET)] += 1
    with np.errstate(all="ignore"):
        apart = function.difference(function.at(changed), function.at(function.arrays))
    if not np.isfinite(apart).all():
        return "overflow"
    return "has effect" if apart.any() else "no effect"


def _refuted(
    subject: Subject, info: ArrayInfo, gates: Sequence[GateResult], code: NoteCode
) -> Iterator[GateResult]:
    row = subject.analytic[info.name][info.gates.index(FORGET)]
    if FORGET in subject.missing_gates.get(info.name, "") or not (row.any() or code == "has effect"):
        return
    scale = max((gate.scale for gate in gates if gate.info.name == info.name), default=0.0)
    yield _result(info, row, scale, code, gates[0])


def _result(info: ArrayInfo, row: Floats, scale: float, code: NoteCode, pattern: GateResult) -> GateResult:
    """`pattern` has what does not depend on the gate."""
    known = code == "no effect"
    wrong = int(np.count_nonzero(row)) if known else 0
    size = np.where(np.isfinite(row), np.abs(row), np.inf)
    worst = np.unravel_index(int(size.argmax()), row.shape)
    largest = float(size.max())
    return replace(
        pattern,
        info=info,
        gate=FORGET,
        shape=row.shape,
        entries=row.size,
        passed=row.size - wrong if known else 0,
        failed=wrong,
        inconclusive=0 if known else row.size,
        unmeasurable=0,
        resolved=row.size if known else 0,
        max_abs_error=largest,
        rel_error=largest / scale if scale else float("inf"),
        uncertainty=0.0,
        tolerance=0.0,
        scale=scale,
        smallest_detectable_error=0.0,
        verdict=Verdict.FAIL if known else Verdict.INCONCLUSIVE,
        worst=Entry(tuple(map(int, worst)), float(row[worst]), 0.0, 0.0),
        methods={"known": row.size},
        notes=(Note(code, row.size),),
        imprecise=False,
    )
