"""The arrays behind a report: what went in, what came out, each gradient beside its reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from lstmcheck.judge.measurement import Given, Measurement
from lstmcheck.judge.results import Values
from lstmcheck.judge.subject import Subject
from lstmcheck.lstm.types import Floats, Numbers


def values_of(subject: Subject, measurements: list[Measurement]) -> Values:
    """What a report hands on: parameters and inputs as they went in, gradients in units of the loss."""
    inputs, case = ("x", "h0", "c0"), subject.case
    prefix = "d" if case.loss.kind == "projection" else "target"
    unit = subject.unit
    return Values(
        parameters={name: a for name, a in case.arrays.items() if name not in inputs},
        inputs={name: case.arrays[name] for name in inputs}
        | {f"{prefix}_{part}": _as_in_files(target) for part, target in case.loss.targets.items()},
        outputs=subject.outputs,
        analytic=subject.analytic,
        reference=_spread_out(measurements, lambda found: unit * found.value),
        uncertainty=_spread_out(measurements, lambda found: abs(unit) * found.uncertainty),
        tolerance=_spread_out(measurements, lambda found: abs(unit) * found.tolerances()),
        step=_spread_out(measurements, lambda found: found.steps),
    )


def _spread_out(measurements: list[Measurement], of: Callable[[Measurement], Floats]) -> _SpreadOut:
    return _SpreadOut({found.given.info.name: (found.given, of(found)) for found in measurements})


def _as_in_files(target: Numbers) -> Numbers:
    """Class labels lose the last axis that the loss gives them."""
    return target[..., 0] if np.issubdtype(target.dtype, np.integer) else target


class _SpreadOut(Mapping[str, Floats]):
    """Values of the checked entries in the shape of their arrays, NaN elsewhere; an array is made when it is
    asked for: of a large network few entries were measured."""

    def __init__(self, found: Mapping[str, tuple[Given, Floats]]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> Floats:
        given, values = self._found[name]
        array = np.full(given.info.shape, np.nan)
        array.ravel()[given.entries] = values
        return array

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
