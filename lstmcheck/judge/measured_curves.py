"""Measures a gradient's neighbourhood: the forward pass at steps of every size along one direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.step_curves import Direction, StepCurves
from lstmcheck.judge.subject import Subject
from lstmcheck.lstm.parameters import generator
from lstmcheck.lstm.precision import DOUBLE
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.tolerances.differences import CAUTION, CURVE_POWERS, CURVE_WORK, NOISE_FACTOR
from lstmcheck.tolerances.precision import EPS

VISIBLE = 256
"""Times the noise, divided by the step, that two differences must be apart to tell what one leaves out: three
deviations of their noise, each of √(3/2) of that, are then below two percent."""
Choose = Callable[[Report], Direction]
"""Where to look, once it is known what is wrong."""


def worst_entry(report: Report) -> Direction:
    """Of the worst gate; a gate that was judged as a whole is moved as a whole."""
    gate = report.worst
    return Direction(gate.info, gate.gate, None if gate.directions else gate.worst.index)


def step_curves(subject: Subject, report: Report, direction: Direction) -> StepCurves:
    """Run the forward pass at every step on both sides. Raises LstmcheckError where it cannot be run."""
    along, steps = _Along(subject, report, direction), _steps(subject)
    unit, size = subject.unit, abs(subject.unit)
    noise = report.method.noise / size
    with np.errstate(all="ignore"):
        forward, central = along.differences(steps)
        richardson = _extrapolated(central, steps)
        exact, fault = along.complex_steps(steps)
        best, error = along.reference(report) or _best(central, noise, steps)
    return StepCurves(
        direction,
        steps,
        forward=unit * forward,
        central=unit * central,
        richardson=unit * richardson,
        complex=unit * exact,
        complex_fault=fault,
        analytic=along.project(report.values.analytic[direction.info.name]),
        reference=unit * best,
        uncertainty=size * error,
        tolerance=along.tolerance(report),
        scale=along.gate.scale,
        verdict=along.gate.verdict,
        noise=size * noise,
        bend=unit * _coefficient(steps, forward - central, noise, 1),
        twist=unit * _coefficient(steps, central - richardson, noise, 2),
        chosen=along.chosen(report),
    )


def _extrapolated(central: Floats, steps: Floats) -> Floats:
    """From a step and the next shorter one; NaN behind the last."""
    weight = (steps[0] / steps[1]) ** 2
    return np.append((weight * central[1:] - central[:-1]) / (weight - 1), np.nan)


def _steps(subject: Subject) -> Floats:
    """Powers of two, of a large network every second one."""
    case = subject.case
    work = case.arrays["x"].shape[0] * sum(info.size for info in case.infos if info.layer is not None)
    return np.array(CURVE_POWERS[:: 1 if work < CURVE_WORK else 2])


def _best(central: Floats, noise: float, steps: Floats) -> tuple[float, float]:
    """What differences that follow each other say where they differ least, and how sure that is."""
    apart = CAUTION * np.abs(np.diff(central)) + NOISE_FACTOR * noise / steps[1:]
    known = np.where(np.isfinite(apart), apart, np.inf)
    k = int(np.argmin(known))
    return float(central[k + 1]), float(known[k])


def _coefficient(steps: Floats, off: Floats, noise: float, order: int) -> float:
    """What a difference leaves out at the shortest step that still shows it above the noise."""
    hidden = np.flatnonzero(~(np.abs(off) > VISIBLE * noise / steps))
    # Down to the first that noise hides: below, it may stand out by chance.
    k = int(hidden[0]) - 1 if len(hidden) else len(off) - 1
    return float(off[k] / steps[k] ** order) if k >= 0 else float("nan")


def _gate(report: Report, direction: Direction) -> GateResult:
    return next(g for g in report.blocks if (g.info, g.gate) == (direction.info, direction.gate))


class _Along:
    """A line through the arrays, and the loss on it."""

    def __init__(self, subject: Subject, report: Report, direction: Direction) -> None:
        self.subject, self.index = subject, direction.index
        self.gate = _gate(report, direction)
        self.function = subject.function
        self.name = direction.info.name
        self.start = np.asarray(self.function.arrays[self.name], float)
        self.direction = self._unit()

    def _unit(self) -> Floats:
        unit = np.zeros(self.start.shape)
        part = self._part(unit)
        if self.index is not None:
            part[self.index] = 1.0
        else:
            drawn = generator(self.subject.config.seed, f"curve {self.gate.label}").standard_normal(
                part.shape
            )
            part[...] = drawn / np.linalg.norm(drawn)
        return unit

    def _part(self, array: Any) -> Any:
        return array if self.gate.gate is None else array[self.gate.info.row(self.gate.gate)]

    def project(self, gradient: Numbers) -> float:
        return float((self.direction * np.asarray(gradient, float)).sum())

    def differences(self, steps: Floats) -> tuple[Floats, Floats]:
        """Forward and central, each by the distance between the numbers that there really are."""
        base = self.function.at(self.function.arrays)

        @np.errstate(all="ignore")
        def both(step: float) -> tuple[float, float]:
            try:
                plus, minus = self._at(step), self._at(-step)
            except LstmcheckError:  # somebody's code, as far away as 1
                return np.nan, np.nan
            ahead = float(self.function.difference(plus, base).sum())
            across = float(self.function.difference(plus, minus).sum())
            return ahead / self._width(step, 0.0), across / self._width(step, -step)

        run = self.subject.pool.map if self.subject.pool else map
        found = np.array([*run(both, map(float, steps))])
        return found[:, 0], found[:, 1]

    def _width(self, high: float, low: float) -> float:
        """Of what moves: the numbers that are there stand on a grid of their own."""
        grid = self.subject.precision if self.subject.eps > EPS else DOUBLE
        moved = [grid.rounded(self.start + s * self.direction) for s in (high, low)]
        width = float(((moved[0] - moved[1]) * self.direction).sum())
        return width if width else float("nan")

    def complex_steps(self, steps: Floats) -> tuple[Floats, str | None]:
        """At every fourth: they have no noise to show."""
        found = np.full(len(steps), np.nan)
        try:
            for k in range(0, len(steps), 4):
                ran = self._at(1j * steps[k])
                found[k] = float(np.imag(np.sum(self.function.shares(ran)))) / steps[k]
        except LstmcheckError as error:
            return np.full(len(steps), np.nan), error.problems[0].what
        return found, None

    def _at(self, step: complex) -> Any:
        # A complex step makes every array complex.
        dtype = np.result_type(step, float)
        arrays = {
            name: np.asarray(array, dtype) if dtype.kind == "c" else array
            for name, array in self.function.arrays.items()
        }
        return self.function.at({**arrays, self.name: self.start + step * self.direction})

    def reference(self, report: Report) -> tuple[float, float] | None:
        """That the entry was judged by, at a loss scale of 1."""
        if self.index is None:
            return None
        value, uncertainty = (
            float(self._part(arrays[self.name])[self.index])
            for arrays in (report.values.reference, report.values.uncertainty)
        )
        if not np.isfinite([value, uncertainty]).all():
            return None
        return value / self.subject.unit, uncertainty / abs(self.subject.unit)

    def tolerance(self, report: Report) -> float:
        """τ, of a direction times the sum of its sizes: nothing within all tolerances is off by more."""
        if self.index is not None:
            own = float(self._part(report.values.tolerance[self.name])[self.index])
            if np.isfinite(own):
                return own
        return self.gate.tolerance * self.gate.scale * float(np.abs(self.direction).sum())

    def chosen(self, report: Report) -> float | None:
        """The step at the entry, or the median of its gate."""
        steps = np.asarray(self._part(report.values.step[self.name]))
        if self.index is not None and np.isfinite(steps[self.index]):
            steps = steps[self.index]
        known = steps[np.isfinite(steps) & (steps > 0)]
        return float(np.median(known)) if known.size else None
