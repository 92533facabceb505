"""The V: how far each kind of difference is from the gradient, against its step."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

import numpy as np

from lstmcheck.judge.step_curves import StepCurves
from lstmcheck.lstm.types import Floats
from lstmcheck.report.chart import Axis, Level, Plot, Role, Series
from lstmcheck.report.steps.words import is_wrong
from lstmcheck.tolerances.differences import NOISE_FACTOR
from lstmcheck.tolerances.precision import EPS

Points = tuple[tuple[float, float], ...]


def chart(curves: StepCurves) -> Plot:
    """In shares of the gate's scale, where it has one."""
    unit = curves.scale or 1.0
    across = [Level(curves.tolerance / unit, "tolerance", "good")] if curves.tolerance else []
    if is_wrong(curves):
        across.append(Level(abs(curves.analytic - curves.reference) / unit, "plateau", "bad"))
    upright = [] if curves.chosen is None else [Level(curves.chosen, "step taken")]
    share = " / the gate's scale" if curves.scale else ""
    middle = "the gradient" if isfinite(curves.analytic) else "the best measured derivative"
    return Plot(
        f"{curves.direction.name}: error against step size",
        f"The best measured derivative is {curves.reference:.3e}, the gradient {curves.analytic:.3e}.",
        Axis("step s", logarithmic=True),
        Axis(f"distance from {middle}{share}", logarithmic=True),
        tuple(_series(curves, unit)),
        tuple(across),
        tuple(upright),
    )


def _series(curves: StepCurves, unit: float) -> Iterator[Series]:
    noise = NOISE_FACTOR * curves.noise / curves.steps / unit
    top = _top(curves, unit)
    yield Series(
        "noise 4η/s", _points(curves.steps, np.where(noise <= top, noise, np.nan)), "faint", "dotted", "·"
    )
    if isfinite(curves.twist):
        twist = abs(curves.twist) * curves.steps**2 / unit
        kept = np.where(twist >= EPS * EPS, twist, np.nan)
        yield Series(
            "truncation t·s²", _points(curves.steps, _above_floor(kept, curves, unit)), "faint", "dashed", ":"
        )
    yield _curve("forward", curves.forward, curves, unit, "faint", "f")
    yield _curve("Richardson", curves.richardson, curves, unit, "good", "r")
    if np.isfinite(curves.complex).any():
        known = np.isfinite(curves.complex)
        points = _points(curves.steps[known], _off(curves.complex[known], curves) / unit)
        yield Series("complex", points, "good", "dashed", "i", dots=True)
    # Last, on top: where a gradient is wrong all curves are one.
    yield _curve("central", curves.central, curves, unit, "plain", "c")


def _curve(name: str, found: Floats, curves: StepCurves, unit: float, role: Role, mark: str) -> Series:
    return Series(name, _points(curves.steps, _off(found, curves) / unit), role, mark=mark)


def _top(curves: StepCurves, unit: float) -> float:
    found = np.concatenate([curves.forward, curves.central, curves.richardson])
    off = _off(found, curves) / unit
    return float(np.max(off[np.isfinite(off)], initial=1.0))


def _above_floor(values: Floats, curves: StepCurves, unit: float) -> Floats:
    """Without what lies below everything that could be measured."""
    floor = EPS / 4 * max(curves.scale, abs(curves.reference)) / unit
    return np.where(values >= floor, values, np.nan)


def _off(found: Floats, curves: StepCurves) -> Floats:
    """Distances; those of which no digit is left stand at half a unit in the last place."""
    middle = curves.analytic if isfinite(curves.analytic) else curves.reference
    floor = EPS / 2 * max(curves.scale, abs(curves.reference))
    return np.asarray(np.where(np.isfinite(found), np.maximum(np.abs(found - middle), floor), np.nan))


def _points(steps: Floats, values: Floats) -> Points:
    return tuple(zip(steps.tolist(), values.tolist(), strict=True))
