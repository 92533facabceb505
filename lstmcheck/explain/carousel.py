"""Question 4 in numbers: the paths of a gradient to each cell state, and what the carousel alone keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstmcheck.explain.focus import Focus, Truncated, shown_steps
from lstmcheck.explain.nudges import FrozenNudges, Nudges, units
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.types import Numbers


@dataclass(frozen=True)
class Path:
    """What one path brings to a cell state, and its share of the sizes of all paths."""

    value: float
    measured: float
    share: float


@dataclass(frozen=True)
class PathsAt:
    """δc_t of unit 0 at step t (from 0): the sum of what three paths bring.

    `direct`: c_{t+1} reads c_t, f (and the peepholes of the next step); `through_h`: h_t is read by the
    gates of the next step; `own`: the loss reads h_t. After the last step the first two come from the loss.
    """

    t: int
    direct: Path
    through_h: Path
    own: Path
    total: float
    measured: float


@dataclass(frozen=True)
class Survival:
    """Unit 0 at step t: f_{t+1} and Πf from there to the last step, and δc_t full and truncated.

    `alone` is Πf times the last step's δc: what the carousel alone keeps of it.
    """

    t: int
    forget: float
    product: float
    alone: float
    truncated: float
    measured_truncated: float
    full: float


@dataclass(frozen=True)
class Truncation:
    """The gradient of W_k[0,0], full and without what left the cell through the gates, each beside nudges."""

    gate: int
    truncated: float
    measured_truncated: float
    full: float
    measured: float


@dataclass(frozen=True)
class CarouselNumbers:
    """Last step first; of long sequences the last few and the first steps."""

    paths: tuple[PathsAt, ...]
    survival: tuple[Survival, ...]
    truncation: tuple[Truncation, ...]
    peephole: bool


def carousel_numbers(focus: Focus) -> CarouselNumbers:
    """The numbers of the focus's sequence, at all its steps."""
    cut = Truncated(focus.trace)
    gradients = cut.gradients(focus.case.loss.gradient(focus.trace.outputs))
    return CarouselNumbers(
        paths=tuple(_paths(focus, t) for t in shown_steps(focus.end)),
        survival=tuple(_survival(focus, cut, t) for t in shown_steps(focus.end)),
        truncation=_truncation(focus, gradients),
        peephole=focus.trace.spec.peephole,
    )


def _paths(focus: Focus, t: int) -> PathsAt:
    direct, through_h, own = _analytic(focus, t)
    measured = _measured(focus, t)
    size = abs(direct) + abs(through_h) + abs(own)

    def path(value: float, found: float) -> Path:
        return Path(value, found, abs(value) / size if size else 0.0)

    return PathsAt(
        t,
        path(direct, measured[0]),
        path(through_h, measured[1]),
        path(own, measured[2]),
        total=direct + through_h + own,
        measured=measured[3],
    )


def _analytic(focus: Focus, t: int) -> tuple[float, float, float]:
    full, s, b = focus.full, focus.steps[t], focus.b
    direct = full.d_c_carried[t][b, 0]
    through_h = _to_cell(focus, s, full.d_h_carried[t])[b, 0]
    own = _to_cell(focus, s, full.d_y[t])[b, 0]
    return float(direct), float(through_h), float(own)


def _to_cell(focus: Focus, s: Step, d_h: Numbers) -> Numbers:
    """What a gradient of h_t brings to c_t, (B, H): through m, and through the output gate's peephole."""
    d_m = focus.full.d_m(s, d_h)
    return focus.full.d_c(s, d_m, focus.full.d_z_o(s, d_m), np.zeros_like(s.c))


def _measured(focus: Focus, t: int) -> tuple[float, float, float, float]:
    nudges, last = Nudges(focus), len(focus.steps) - 1
    cell = units(focus.step.c.shape[-1], np.array([0]))
    moved_h = nudges.new_h(t, {("c_new", t): cell})
    at_end = t == focus.end - 1
    read_c, read_h = (("c_T", last), ("h_T", last)) if at_end else (("c", t + 1), ("h", t + 1))
    pushes = ({read_c: cell}, {read_h: moved_h}, {("y", t): moved_h}, {("c_new", t): cell})
    direct, through_h, own, total = (float(nudges.derivative(push)[0, focus.b]) for push in pushes)
    return direct, through_h, own, total


def _truncation(focus: Focus, truncated: dict[str, Numbers]) -> tuple[Truncation, ...]:
    name = array_name("W", 0, False)
    push = np.zeros((4, *focus.step.cell.W.shape))
    push[(I, F, G, O), (I, F, G, O), 0, 0] = 1
    tied = {("W", s.t): push for s in focus.steps}
    frozen, free = (nudge(focus).derivative(tied).sum(1) for nudge in (FrozenNudges, Nudges))
    return tuple(
        Truncation(k, *map(float, found))
        for k, found in enumerate(
            zip(truncated[name][:, 0, 0], frozen, focus.gradients[name][:, 0, 0], free, strict=True)
        )
    )


def _survival(focus: Focus, cut: Truncated, t: int) -> Survival:
    b, end = focus.b, focus.end
    forgets = [float(focus.steps[later].f[b, 0]) for later in range(t + 1, end)]
    product = float(np.prod(forgets))
    cell = units(focus.step.c.shape[-1], np.array([0]))
    return Survival(
        t=t,
        forget=forgets[0] if forgets else 1.0,
        product=product,
        alone=product * float(focus.full.at[end - 1].c[b, 0]),
        truncated=float(cut.at[t].c[b, 0]),
        measured_truncated=float(FrozenNudges(focus).derivative({("c_new", t): cell})[0, b]),
        full=float(focus.full.at[t].c[b, 0]),
    )
