"""How a derivative is measured: differences of one weight at steps of every size, and a complex step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.nudges import Nudges
from lstmcheck.lstm.gates import G
from lstmcheck.lstm.types import Numbers
from lstmcheck.tolerances.precision import COMPLEX_STEP

STEPS = tuple(10.0**-k for k in range(1, 14, 2))


@dataclass(frozen=True)
class DifferenceNumbers:
    """Of W_g[0,0]: the loss, its analytic derivative, and what each difference finds, by STEPS."""

    loss: float
    analytic: float
    forward: tuple[float, ...]
    central: tuple[float, ...]
    complex: float


def difference_numbers(focus: Focus) -> DifferenceNumbers:
    """The loss is the whole batch's; the weight is moved at all steps of the sequence at once."""
    steps = np.array(STEPS)
    (loss,) = _losses(focus, np.zeros(1))
    plus, minus = _losses(focus, steps), _losses(focus, -steps)
    return DifferenceNumbers(
        loss=float(loss.real),
        analytic=float(focus.gradients["W_l0"][G, 0, 0]),
        forward=tuple(((plus - loss) / steps).real.tolist()),
        central=tuple(((plus - minus) / (2 * steps)).real.tolist()),
        complex=float(_losses(focus, np.array([1j * COMPLEX_STEP]))[0].imag / COMPLEX_STEP),
    )


def _losses(focus: Focus, amounts: Numbers) -> Numbers:
    """The loss where W_g[0,0] is moved by each amount, (N,)."""
    push = np.zeros((len(amounts), *focus.step.cell.W.shape), amounts.dtype)
    push[:, G, 0, 0] = amounts
    return np.asarray(Nudges(focus).losses({("W", t): push for t in range(len(focus.steps))}).sum(-1))
