"""Networks to compare with other implementations: every array drawn, nothing zero, no two sizes equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import valid_steps
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.parameters import draw_inputs, draw_parameters
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Floats, Numbers

EPS = float(np.finfo(float).eps)
LENGTH, BATCH = 5, 4
SMALL = LstmSpec(input_size=3, hidden_size=6)
"""T, B, D and H all differ: a swapped axis or a transpose does not fit."""
LENGTHS = (3, 5, 1, 4)


def drawn_arrays(
    spec: LstmSpec, seed: int, length: int = LENGTH, batch: int = BATCH, *, scale: float | None = None
) -> dict[str, Floats]:
    return draw_parameters(spec, seed, scale=scale) | draw_inputs(spec, seed, length, batch)


def drawn_case(
    spec: LstmSpec,
    seed: int = 0,
    *,
    kind: str = "projection",
    parts: str = "yhc",
    mean: bool = False,
    scale: float = 1.0,
    lengths: Sequence[int] | None = None,
    length: int = LENGTH,
    batch: int = BATCH,
) -> Case:
    """A case with drawn parameters, inputs and targets."""
    arrays = drawn_arrays(spec, seed, length, batch)
    cells = len(spec.cells)
    shapes = {
        "y": (length, batch, spec.directions * spec.output_size),
        "h": (cells, batch, spec.output_size),
        "c": (cells, batch, spec.hidden_size),
    }
    random = np.random.default_rng([seed, 1])
    targets = {part: _target(random, kind, shapes[part]) for part in parts}
    ends = None if lengths is None else np.array(lengths, np.int64)
    loss = Loss(kind, targets, mean=mean, scale=scale, valid=valid_steps(ends, length))
    return Case(spec, arrays, loss, ends)


def _target(random: np.random.Generator, kind: str, shape: tuple[int, ...]) -> Numbers:
    if kind == "cross_entropy":
        return random.integers(0, shape[-1], (*shape[:-1], 1))
    return random.standard_normal(shape)


def with_arrays(case: Case, **arrays: Floats) -> Case:
    return replace(case, arrays={**case.arrays, **arrays})


def rounding(spec: LstmSpec, length: int, batch: int) -> float:
    """What two correct gradients of one array may differ by, relative to its largest entry.

    The longest chain through time and layers rounds once per term of each of its products, and each
    end of it is a sum over time and batch; errors of both signs and the slopes along the chain, which are
    below or about one, leave the sum of all of these as the bound.
    """
    per_step = spec.directions * spec.output_size + spec.input_size + 4 * spec.hidden_size + 10
    return EPS * (spec.num_layers * length * per_step + length * batch)


def assert_close(ours: Numbers, theirs: Numbers, relative: float, name: str = "") -> None:
    """Every entry within `relative` of the array's largest."""
    assert ours.shape == theirs.shape, name
    difference, largest = np.abs(ours - theirs).max(), np.abs(theirs).max()
    assert difference <= relative * largest, f"{name}: {difference:.1e} apart, of {largest:.1e}"
