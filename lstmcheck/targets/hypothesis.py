"""A network that a target may be instead of ours, and what that puts out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import Convention
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.cell import Cell, CellKey
from lstmcheck.lstm.forward import (
    CellRun,
    Outputs,
    Step,
    Trace,
    Valid,
    collect,
    make_cells,
    step,
    valid_steps,
)
from lstmcheck.lstm.types import Numbers

States = tuple[Numbers, Numbers, Numbers]
"""h and c (B, ·) with which a cell goes on after a step, and what of h it puts out."""
Mask = Callable[[Step], States]
"""What becomes of a step where some sequences have ended."""
Turn = Callable[[CellKey, CellRun], CellRun]
"""What a network makes of one cell's outputs and last states."""


@dataclass(frozen=True)
class Hypothesis:
    """Numbers and equations, how the parameters are read, and what is done beside the equations."""

    case: Case
    convention: Convention
    returned: str = "yhc"
    """Letters of our outputs in the places of y, h_T and c_T."""
    backwards: bool = False
    """Whether it reads x, and writes y, from the last step to the first."""
    where: frozenset[CellKey] | None = None
    """Cells in which parameters and equations are others than declared; None: in all of them."""
    masks: Mapping[CellKey, Mask] | None = None
    turn: Turn | None = None
    cell: type[Cell] | None = None
    """Another kind of cell than ours."""
    reverse_runs_forwards: bool = False
    arranged: Callable[[Outputs], Outputs] | None = None
    """In another order than ours."""


def outputs_of(hypothesis: Hypothesis, declared: Hypothesis) -> Outputs | None:
    """What it puts out, where `declared` is what was said of it; None where the arrays do not fit."""
    case = _as_read(hypothesis, declared.convention)
    if case is None:
        return None
    if hypothesis.backwards:
        case = replace(case, arrays={**case.arrays, "x": case.arrays["x"][::-1]})
    with np.errstate(all="ignore"):
        outputs = _run(case, _cells(hypothesis, case, declared.case), hypothesis)
    if hypothesis.arranged:
        outputs = hypothesis.arranged(outputs)
    found = dict(zip("yhc", outputs, strict=True))
    if hypothesis.backwards:
        found["y"] = found["y"][::-1]
    return Outputs(*(found[letter] for letter in hypothesis.returned))


def _as_read(hypothesis: Hypothesis, declared: Convention) -> Case | None:
    """Its case, with the parameters as another convention reads what the declared one has written."""
    case = hypothesis.case
    if hypothesis.convention == declared:
        return case
    writes, reads = (NetworkLayout(each, case.spec) for each in (declared, hypothesis.convention))
    shapes, theirs = reads.shapes, writes.write(case.arrays)
    if {name: prod(shape) for name, shape in shapes.items()} != {n: a.size for n, a in theirs.items()}:
        return None
    read = {name: np.reshape(array, shapes[name]) for name, array in theirs.items()}
    return replace(case, arrays={**case.arrays, **reads.read(read)})


def _cells(hypothesis: Hypothesis, case: Case, declared: Case) -> dict[CellKey, Cell]:
    cells: dict[CellKey, Cell] = make_cells(case.spec, case.arrays)
    if hypothesis.cell:
        cells = {key: hypothesis.cell(case.spec, case.arrays, key) for key in cells}
    if hypothesis.where is not None:
        right = make_cells(declared.spec, declared.arrays)
        cells = {key: cell if key in hypothesis.where else right[key] for key, cell in cells.items()}
    if hypothesis.reverse_runs_forwards:
        for (layer, _), cell in cells.items():
            cell.key = (layer, False)
    return cells


def _run(case: Case, cells: Mapping[CellKey, Cell], hypothesis: Hypothesis) -> Outputs:
    """The cells one after the other, what each puts out changed as the hypothesis says."""
    arrays, valid = case.arrays, valid_steps(case.lengths, len(case.arrays["x"]))
    runs: dict[CellKey, CellRun] = {}
    trace = Trace(case.spec, arrays["x"], valid, cells, runs)
    for position, (key, cell) in enumerate(cells.items()):
        x, h, c = trace.layer_input(key[0]), arrays["h0"][position], arrays["c0"][position]
        mask = (hypothesis.masks or {}).get(key)
        run = _masked(cell, x, h, c, valid, mask) if mask else collect(cell, x, h, c, valid)
        runs[key] = hypothesis.turn(key, run) if hypothesis.turn else run
    return trace.outputs


def _masked(cell: Cell, x: Numbers, h: Numbers, c: Numbers, valid: Valid, mask: Mask) -> CellRun:
    """One cell in which a mask says what becomes of each step."""
    y, steps = np.zeros((len(x), *h.shape)), []
    for t in reversed(range(len(x))) if cell.key[1] else range(len(x)):
        steps.append(step(cell, t, x[t], h, c, None if valid is None else valid[t]))
        h, c, y[t] = mask(steps[-1])
    return CellRun(y, h, c, tuple(steps))
