"""One step in numbers: what it computes, and the gradient of each of those, beside nudges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges, gate_units, units
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.gates import GATES, F, G, I, O
from lstmcheck.lstm.types import Floats

SHOWN_UNITS = 3


@dataclass(frozen=True)
class Pair:
    """A gradient from the equations and the same from nudges."""

    analytic: Floats
    measured: Floats


@dataclass(frozen=True)
class StepNumbers:
    """Forward values and gradients of one sequence at one step, each for the first few units.

    `forward` has z_k (4, n) under `z` and the rest (n,) by letter; `slopes` the derivatives of the
    activations: those of the gates (4, n), of the output (n,). `gradients` is by name: `h`, `h_carried`,
    `y`, `m`, `c`, `c_carried`, `i`, `f`, `g`, `o` and `z_i` … `z_o`. With a projection h is not m, and
    `h`, `y` and `h_carried` have entries of their own.
    """

    forward: dict[str, Floats]
    slopes: Floats
    output_slope: Floats
    output: Floats
    gradients: dict[str, Pair]
    units: int
    states: int


def step_numbers(focus: Focus) -> StepNumbers:
    """The numbers of the focus."""
    s, b = focus.step, focus.b
    n, p = min(s.m.shape[-1], SHOWN_UNITS), min(s.h.shape[-1], SHOWN_UNITS)
    forward = {letter: getattr(s, letter)[b, :n] for letter in ("i", "f", "g", "o", "c_prev", "c", "m")}
    forward |= {"z": s.z[:, b, :n], "h": s.h[b, :p]}
    gates = [s.cell.gate, s.cell.gate, s.cell.candidate, s.cell.gate]
    slopes = np.stack([gate.derivative(z)[b, :n] for gate, z in zip(gates, s.z, strict=True)])
    output_slope = s.cell.output.derivative(s.c)[b, :n]
    output = Backward(focus.trace).output_of_cell(s)[b, :n]
    analytic, measured = _analytic(focus, n, p), _measured(focus, n, p)
    pairs = {name: Pair(analytic[name], measured[name]) for name in analytic}
    return StepNumbers(forward, slopes, output_slope, output, pairs, n, p)


def _analytic(focus: Focus, n: int, p: int) -> dict[str, Floats]:
    s, t, b = focus.step, focus.t, focus.b
    d = focus.full.at[t]
    found = {
        "y": focus.full.d_y[t][b, :p],
        "h_carried": focus.full.d_h_carried[t][b, :p],
        "h": d.h[b, :p],
        "m": d.m[b, :n],
        "o": (d.m * focus.full.output_of_cell(s))[b, :n],
        "c_carried": focus.full.d_c_carried[t][b, :n],
        "c": d.c[b, :n],
        "i": (d.c * (s.g - s.c_prev if focus.trace.spec.coupled else s.g))[b, :n],
        "f": (d.c * s.c_prev)[b, :n],
        "g": (d.c * s.i)[b, :n],
    }
    found |= {f"z_{letter}": d.z[gate][b, :n] for letter, gate in zip(GATES, (I, F, G, O), strict=True)}
    return found


def _measured(focus: Focus, n: int, p: int) -> dict[str, Floats]:
    s, t, nudges = focus.step, focus.t, Nudges(focus)
    of_m, of_h = units(s.m.shape[-1], np.arange(n)), units(s.h.shape[-1], np.arange(p))
    h_next, c_next = (("h_T", len(focus.steps) - 1), ("c_T", len(focus.steps) - 1))
    if not focus.is_last:
        h_next, c_next = ("h", t + 1), ("c", t + 1)
    pushed = {
        "y": {("y", t): of_h},
        "h_carried": {h_next: of_h},
        "h": {("h_new", t): of_h},
        "m": {("m", t): of_m},
        "c_carried": {c_next: of_m},
        "c": {("c_new", t): of_m},
    }
    pushed |= {letter: {(letter, t): of_m} for letter in GATES}
    pushed |= {f"z_{letter}": {("z", t): gate_units(k, of_m)} for k, letter in enumerate(GATES)}
    return {name: nudges.derivative(push)[:, focus.b] for name, push in pushed.items()}
