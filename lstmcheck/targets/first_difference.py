"""Which output of a target is the first that is not ours, and of a network in which cells that begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lstmcheck.lstm.cell_names import place_of
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Indices
from lstmcheck.targets.protocols import Pass


def first_difference(ran: Pass, ours: Outputs, allowed: Sequence[float], spec: LstmSpec) -> str:
    """`y[0, 1, 2] is 0.31, ours 0.27`; of a network first of all where among its cells that is.

    `allowed`: how far y, h_T and c_T may be off.
    """
    assert ran.outputs is not None
    wrong = {
        name: np.argwhere(~(np.abs(theirs - own) <= bound))
        for name, theirs, own, bound in zip(Outputs._fields, ran.outputs, ours, allowed, strict=True)
        if name[0] in ran.shown
    }
    if len(spec.cells) == 1:
        return _first_of(wrong, ran.outputs, ours)
    states = {name: indices for name, indices in wrong.items() if name != "y"}
    cells = {spec.cells[k] for indices in states.values() for k in indices[:, 0]}
    if not cells:
        return f"the last states of all cells are, but {_first_of(wrong, ran.outputs, ours, cell=True)}"
    # What is wrong in one layer makes all above it differ.
    lowest = frozenset(key for key in cells if key[0] == min(cells)[0])
    here = [k for k, key in enumerate(spec.cells) if key in lowest]
    states = {name: indices[np.isin(indices[:, 0], here)] for name, indices in states.items()}
    return f"first in {place_of(spec, lowest)}, where {_first_of(states, ran.outputs, ours, cell=True)}"


def _first_of(wrong: dict[str, Indices], theirs: Outputs, ours: Outputs, *, cell: bool = False) -> str:
    """The first of some entries; states with their cell in front if there are several."""
    name = next(name for name in wrong if len(wrong[name]))
    at = tuple(map(int, wrong[name][0]))
    shown = at if cell or name == "y" else at[1:]
    given, wanted = getattr(theirs, name)[at], getattr(ours, name)[at]
    return f"{name}[{', '.join(map(str, shown))}] is {given:.6g}, ours {wanted:.6g}"
