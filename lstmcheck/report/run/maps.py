"""Where errors are: every array as a map by gate, unit and column, in levels of its tolerance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple

import numpy as np

from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import flat_shape
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.report.chart import Map, Maps, Panel
from lstmcheck.report.run import words, wrong_entries

WITHIN = (1e-4, 1e-2, 1.0)
"""Shares of the tolerance up to which an entry that agrees has each of the first levels."""
BEYOND = (1e2, 1e4)
"""Times the tolerance up to which an entry that is off has each of the last levels but one."""
FIRST_WRONG = len(WITHIN) + 2
UNKNOWN, UNDECIDED = 0, len(WITHIN) + 1
LEGEND = (
    (UNKNOWN, "not measured by itself"),
    (1, "within 1/10,000 of the tolerance"),
    (2, "within 1/100 of the tolerance"),
    (3, "within the tolerance"),
    (UNDECIDED, "undecided"),
    (FIRST_WRONG, "off by up to 100 tolerances"),
    (FIRST_WRONG + 1, "off by up to 10,000 tolerances"),
    (FIRST_WRONG + 2, "off by more, or not finite"),
)
ROWS, COLUMNS = 48, 64
"""Of a panel at most: one that is larger joins entries, and shows the worst of each part."""


def maps(report: Report) -> Maps:
    """A map of each array, a panel of each gate."""
    arrays = groupby(report.blocks, lambda gate: gate.info)
    drawn = tuple(_map(report, list(gates)) for _, gates in arrays)
    present = {level for each in drawn for panel in each.panels for row in panel.fields for level in row}
    note = " ".join(_notes(report))
    legend = tuple((level, name) for level, name in LEGEND if level in present)
    return Maps("Error of every entry, in units of its tolerance", legend, drawn, note)


def _notes(report: Report) -> Iterator[str]:
    if any(gate.directions for gate in report.blocks):
        yield "A gate that was judged as a whole has the colour of its bound, which no entry exceeds."
    if any(max(_part_shape(gate.shape)) > 1 for gate in report.blocks if not gate.directions):
        yield "Large gates join entries: each field has the colour of its worst."


def _map(report: Report, gates: Sequence[GateResult]) -> Map:
    axes = zip(wrong_entries.axes_of(gates[0]), gates[0].shape, strict=True)
    names = [f"{name}s" for name, length in axes if length > 1] or ["one entry"]
    told = " × ".join(names) if len(names) < 3 else f"{names[0]} × {' and '.join(names[1:])}"
    return Map(gates[0].info.name, told, tuple(_panel(report, gate) for gate in gates))


def _panel(report: Report, gate: GateResult) -> Panel:
    levels = _joined(_levels(report, gate).reshape(flat_shape(gate.shape)))
    told = f"{gate.label}: {words.verdict(gate)}; worst {words.error(gate)} at {words.place(gate)}"
    fields = tuple(tuple(map(int, row)) for row in levels)
    marked = None if gate.directions else _field(gate)
    return Panel(gate.gate or gate.info.name, told, fields, gate.verdict, words.error(gate), marked)


def _levels(report: Report, gate: GateResult) -> Numbers:
    """Of every entry, in the shape of the gate; of a gate that was judged as a whole that of its bound."""
    if gate.directions:
        share = np.full(gate.shape, gate.rel_error / gate.tolerance if gate.tolerance else np.inf)
        return _judged(gate, _level(share, np.zeros(gate.shape)))
    values = report.values
    analytic = _of_gate(values.analytic[gate.info.name], gate)
    reference, uncertainty, tolerance = (
        _of_gate(arrays[gate.info.name], gate)
        for arrays in (values.reference, values.uncertainty, values.tolerance)
    )
    if gate.methods.get("known"):  # forget rows of coupled cells: zero without measuring
        reference, uncertainty, tolerance = np.zeros((3, *gate.shape))
    with np.errstate(all="ignore"):
        error = np.where(np.isfinite(analytic), np.abs(analytic - reference), np.inf)
        return _judged(gate, _level(_share(error, tolerance), _share(uncertainty, tolerance)))


def _judged(gate: GateResult, levels: Numbers) -> Numbers:
    """Differences may be confident and wrong: what is off in a gate that does not fail is no proof."""
    return levels if gate.verdict == Verdict.FAIL else np.minimum(levels, UNDECIDED)


def _of_gate(array: Numbers, gate: GateResult) -> Floats:
    part = array if gate.gate is None else array[gate.info.row(gate.gate)]
    return np.asarray(part, float)


def _share(values: Floats, tolerance: Floats) -> Floats:
    """Zeros beside zeros agree."""
    return np.where(values == 0, 0.0, values / tolerance)


def _level(error: Floats, uncertainty: Floats) -> Numbers:
    """From both in units of the tolerance."""
    agrees = 1 + np.searchsorted(WITHIN, error)
    off = FIRST_WRONG + np.searchsorted(BEYOND, error)
    levels = np.where(error + uncertainty <= 1, agrees, UNDECIDED)
    levels = np.where(error - uncertainty > 1, off, levels)
    return np.where(np.isnan(error), UNKNOWN, levels)


def _part_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = flat_shape(shape)
    return ceil(rows / ROWS), ceil(columns / COLUMNS)


def _joined(levels: Numbers) -> Numbers:
    """The highest level of each part: worse is higher."""
    height, width = ceil(levels.shape[0] / ROWS), ceil(levels.shape[1] / COLUMNS)
    levels = np.maximum.reduceat(levels, np.arange(0, levels.shape[0], height), axis=0)
    return np.asarray(np.maximum.reduceat(levels, np.arange(0, levels.shape[1], width), axis=1))


def _field(gate: GateResult) -> tuple[int, int]:
    """Where the worst entry lies."""
    flat = int(np.ravel_multi_index(gate.worst.index, gate.shape))
    (_, columns), (height, width) = flat_shape(gate.shape), _part_shape(gate.shape)
    row, column = divmod(flat, columns)
    return row // height, column // width


class AtStep(NamedTuple):
    """The largest of each at one step of x, from 0."""

    t: int
    gradient: float
    error: float
    uncertainty: float
    tolerance: float


def errors_over_time(report: Report) -> Iterator[AtStep]:
    """Of the steps of x that were measured."""
    gate = next((gate for gate in report.blocks if gate.info.block == "x"), None)
    if gate is None or gate.directions:
        return
    values = report.values
    analytic, reference, uncertainty, tolerance = (
        np.asarray(arrays["x"], float)
        for arrays in (values.analytic, values.reference, values.uncertainty, values.tolerance)
    )
    for t in range(len(reference)):
        known = np.isfinite(reference[t])
        if known.any():
            error = np.abs(analytic[t] - reference[t])[known]
            sizes = np.abs(reference[t][known]), error, uncertainty[t][known], tolerance[t][known]
            yield AtStep(t, *(float(each.max()) for each in sizes))
