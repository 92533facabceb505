"""The numbers on the roads of one cell at one step: what flows forward, and the gradient that flows back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.blocks import plain
from lstmcheck.explain.focus import make_focus
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.notation import NOTATIONS
from lstmcheck.explain.step import step_numbers
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.gates import F, G, I, O


@dataclass(frozen=True)
class CellNumbers:
    """Of the first unit. Quantities are called `c_prev`, `f`, `i`, `g`, `o`, `c`, `out` (the squashed cell
    state) and `h`."""

    step: int
    """From 1."""
    letters: Mapping[str, str]
    """Of each quantity, in the notation that is told."""
    gradient: str
    """What stands before a quantity's letter for its gradient."""
    values: Mapping[str, float]
    gradients: Mapping[str, float]
    """Of `c_prev` what the carousel alone passes back."""
    coupled: bool
    squashed_by: tuple[str, str]
    """Names of the activations of the candidate and of the cell state."""


def _small(tex: str) -> str:
    """In letters alone, with the time below the line."""
    return plain(tex).replace("_{t−1}", "ₜ₋₁").replace("_t", "ₜ")


@np.errstate(all="ignore")
def cell_numbers(case: Case, time: int | None, notation: str) -> CellNumbers:
    """The numbers of a step. Raises LstmcheckError where `time` is not one of the sequence."""
    narration = Narration(make_focus(case, time), NOTATIONS[notation])
    n, found = narration.notation, step_numbers(narration.focus)
    gates = {name: _small(f"{n.gate(k)}_{{t}}") for name, k in zip("ifgo", (I, F, G, O), strict=True)}
    projected = narration.spec.proj_size is not None
    letters = {
        **gates,
        "c_prev": _small("c_{t-1}"),
        "c": _small("c_{t}"),
        "out": f"{plain(narration.output)}({_small('c_{t}')})",
        "h": "m" if projected else _small("h_{t}"),
    }
    values = {name: float(found.forward[name][0]) for name in ("i", "f", "g", "o", "c_prev", "c")}
    values |= {"out": float(found.output[0]), "h": float(found.forward["m"][0])}
    analytic = {name: float(pair.analytic[0]) for name, pair in found.gradients.items()}
    gradients = {name: analytic[name] for name in ("i", "f", "g", "o", "c")}
    gradients |= {
        "h": analytic["m"],
        "out": analytic["m"] * values["o"],
        "c_prev": analytic["c"] * values["f"],
    }
    squashed_by = plain(narration.function(G)), plain(narration.output)
    coupled = narration.spec.coupled
    return CellNumbers(narration.time, letters, plain(n.gradient), values, gradients, coupled, squashed_by)
