"""Question 1 in numbers: δI = Wᵀ δz, beside nudges of I and beside what a division would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges, units
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.perturbed_cells import Pushes
from lstmcheck.lstm.types import Floats, Indices, Numbers

ALL_SHOWN = 8
SHOWN_EACH = 3
SMALL_GRAM = 2
BY_HAND = 1e-3
"""Large enough to see the loss move in seven digits."""


@dataclass(frozen=True)
class ByHand:
    """One component moved by ± `step`: the loss each time, and the difference over 2 steps."""

    component: int
    step: float
    plus: float
    minus: float
    slope: float


@dataclass(frozen=True)
class InputNumbers:
    """I (n,), W (4, H, n) and δz (4, H) of one sequence; W is the input and recurrent weights side by side.

    `shown` are the components that are told; `terms` (4, H, shown) are W_kj δz_k, `sums` and `measured`
    (shown,). `inverse` (shown,) is W⁺δz, W having the rows of live gates only; `independent` tells whether
    its columns are, and `gram` is WᵀW (n, n) or None where n is not small.
    """

    inputs: Floats
    weights: Floats
    dz: Floats
    shown: Indices
    terms: Floats
    sums: Floats
    measured: Floats
    inverse: Floats
    independent: bool
    gram: Floats | None
    by_hand: ByHand
    x_width: int


def input_numbers(focus: Focus) -> InputNumbers:
    """The numbers of the focus."""
    s, b = focus.step, focus.b
    weights = np.concatenate([s.cell.W, s.cell.U], axis=-1)
    inputs = np.concatenate([s.x[b], s.h_prev[b]])
    dz = focus.full.at[focus.t].z[:, b]
    shown = _shown(s.x.shape[-1], s.h.shape[-1])
    terms = weights[..., shown] * dz[..., None]
    live = [gate for gate in (I, F, G, O) if not (gate == F and focus.trace.spec.coupled)]
    rows = weights[live].reshape(-1, weights.shape[-1])
    return InputNumbers(
        inputs=inputs,
        weights=weights,
        dz=dz,
        shown=shown,
        terms=terms,
        sums=terms.sum((0, 1)),
        measured=Nudges(focus).derivative(_pushed(focus, units(len(inputs), shown)))[:, b],
        inverse=(np.linalg.pinv(rows) @ dz[live].ravel())[shown],
        independent=bool(np.linalg.matrix_rank(rows) == rows.shape[-1]),
        gram=rows.T @ rows if rows.shape[-1] <= SMALL_GRAM else None,
        by_hand=_by_hand(focus, len(inputs), int(shown[0])),
        x_width=s.x.shape[-1],
    )


def _shown(x_width: int, h_width: int) -> Indices:
    if x_width + h_width <= ALL_SHOWN:
        return np.arange(x_width + h_width)
    of_x, of_h = min(x_width, SHOWN_EACH), min(h_width, SHOWN_EACH)
    return np.concatenate([np.arange(of_x), x_width + np.arange(of_h)])


def _pushed(focus: Focus, directions: Numbers) -> Pushes:
    """Directions of I (N, 1, n) as pushes of what the step reads."""
    width = focus.step.x.shape[-1]
    return {("x", focus.t): directions[..., :width], ("h", focus.t): directions[..., width:]}


def _by_hand(focus: Focus, width: int, component: int) -> ByHand:
    direction = units(width, np.array([component]))
    both = BY_HAND * np.concatenate([direction, -direction])
    plus, minus = Nudges(focus).losses(_pushed(focus, both))[:, focus.b]
    slope = (plus - minus) / (2 * BY_HAND)
    return ByHand(component, BY_HAND, float(plus), float(minus), float(slope))
