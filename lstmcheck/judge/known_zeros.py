"""Gradients that are known without measuring: of the forget rows of coupled cells, which have no effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import Enum

import numpy as np

from lstmcheck.judge.results import Entry, GateResult, Note
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import wrong_entries
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Floats

FORGET = "f"


class Effect(Enum):
    """What the forget rows do to the loss of a network that is declared as coupled."""

    NONE = "none"
    """Their gradient is zero, to the last bit."""
    SOME = "some"
    """It is not coupled after all, or its loss reads the parameters themselves, or may do so."""
    NOT_COUPLED = "not coupled"


def effect_of_forget_rows(subject: Subject) -> Effect:
    """Change all of them at once, and see whether the loss changes by a single bit.

    A loss of its own may be too large for that bit to show what else it reads: there they are measured.
    """
    if not subject.config.lstm.coupled:
        return Effect.NOT_COUPLED
    if subject.one_number:
        return Effect.SOME
    function = subject.function
    changed = dict(function.arrays)
    for info in _with_forget_rows(subject.case.infos):
        changed[info.name] = function.arrays[info.name].copy()
        # Far beyond all last digits: what depends on them shows.
        changed[info.name][info.row(FORGET)] += 1
    with np.errstate(all="ignore"):
        apart = function.difference(function.at(changed), function.at(function.arrays))
    # Where the loss is not finite nothing is known: measured, they are found to overflow.
    return Effect.SOME if apart.any() else Effect.NONE


def _with_forget_rows(infos: Sequence[ArrayInfo]) -> list[ArrayInfo]:
    return [info for info in infos if FORGET in info.gates]


def with_known_zeros(
    subject: Subject, infos: Sequence[ArrayInfo], gates: Sequence[GateResult]
) -> tuple[GateResult, ...]:
    """The gates, and beside them each forget row of `infos` that came back and is not zero."""
    extra = [gate for info in _with_forget_rows(infos) for gate in _refuted(subject, info, gates)]
    order = [info.name for info in infos]
    return tuple(
        sorted(
            [*gates, *extra],
            key=lambda gate: (order.index(gate.info.name), gate.info.gates.find(gate.gate or "")),
        )
    )


def _refuted(subject: Subject, info: ArrayInfo, gates: Sequence[GateResult]) -> Iterator[GateResult]:
    row = subject.analytic[info.name][info.row(FORGET)]
    if FORGET not in subject.missing_gates.get(info.name, "") and row.any():
        scale = max((gate.scale for gate in gates if gate.info.name == info.name), default=0.0)
        yield _result(info, row, scale, gates[0])


def _result(info: ArrayInfo, row: Floats, scale: float, pattern: GateResult) -> GateResult:
    """`pattern` has what does not depend on the gate."""
    wrong = int(np.count_nonzero(row))
    # NaN would be the largest of nothing.
    size = np.where(np.isfinite(row), np.abs(row), np.inf)
    worst = np.unravel_index(int(size.argmax()), row.shape)
    largest = float(size.max())
    return replace(
        pattern,
        info=info,
        gate=FORGET,
        shape=row.shape,
        entries=row.size,
        passed=row.size - wrong,
        failed=wrong,
        inconclusive=0,
        unmeasurable=0,
        resolved=row.size,
        max_abs_error=largest,
        rel_error=largest / scale if scale else float("inf"),
        # Known without measuring: nothing is uncertain, and a zero needs no tolerance.
        uncertainty=0.0,
        tolerance=0.0,
        scale=scale,
        smallest_detectable_error=0.0,
        verdict=Verdict.FAIL,
        worst=Entry(tuple(map(int, worst)), float(row[worst]), 0.0, 0.0),
        methods={"known": row.size},
        notes=(Note("no effect", row.size),),
        imprecise=False,
        directions=0,
        miss_probability=None,
        wrong=wrong_entries(size / scale if scale else size),
    )
