"""Where a backward pass begins: what the loss gives to the outputs, beside nudges of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges, units


@dataclass(frozen=True)
class LossNumbers:
    """By step of the sequence: y[0], what the loss compares it with, its gradient, and a nudge of it."""

    steps: tuple[tuple[float, float, float, float], ...]
    shows_targets: bool
    """Whether the loss reads this y, so that it has something to compare it with."""


def loss_numbers(focus: Focus) -> LossNumbers:
    """Of the first entry of y. In deeper networks what the layers above leave of it."""
    targets = focus.case.loss.targets.get("y")
    shows = targets is not None and len(focus.trace.spec.cells) == 1
    return LossNumbers(tuple(_at(focus, t, shows=shows) for t in range(focus.end)), shows)


def _at(focus: Focus, t: int, *, shows: bool) -> tuple[float, float, float, float]:
    y = focus.steps[t].h
    push = units(y.shape[-1], np.array([0])) * np.eye(focus.batch)[focus.b][:, None]
    measured = Nudges(focus).derivative({("y", t): push})[0, focus.b]
    target = float(focus.case.loss.targets["y"][t, focus.b, 0]) if shows else 0.0
    return float(y[focus.b, 0]), target, float(focus.full.d_y[t][focus.b, 0]), float(measured)
