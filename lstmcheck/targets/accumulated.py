"""Gradients that each backward pass adds to what earlier ones left."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.protocols import Returned
from lstmcheck.targets.same_numbers import all_equal, close


def added_up(passes: list[Returned], name: str) -> Numbers | None:
    """One call's own gradient, where each pass has added it to what was there; None for anything else."""
    own = _last_step(passes, name)
    if all_equal(own):
        return None
    times = [_multiple(array, own[0]) for array in own[1:]]
    if all(times) and max(times) > 1:
        return own[0]
    # Used before, it begins at a whole number of them; what begins at anything else is wrong.
    step = _increment(own)
    return step if step is not None and _multiple(own[0], step) else None


def adds_each_time(passes: list[Returned], name: str) -> bool:
    """Whether each call's numbers differ by as much from those before, whatever they began with."""
    return _increment(_last_step(passes, name)) is not None


def _last_step(passes: list[Returned], name: str) -> list[Numbers]:
    """What the last step of each pass returned: of steps that add up, all of it."""
    return [each.last.get(name, each.arrays[name]) for each in passes]


def _increment(own: list[Numbers]) -> Numbers | None:
    """By how much each call's numbers differ from those before, if that is always the same."""
    first, *others = (b - a for a, b in pairwise(own))
    return first if others and first.any() and all(close(each, first) for each in others) else None


def _multiple(array: Numbers, unit: Numbers) -> int:
    """How many times another an array is, 1, 2, 3 …; 0 where it is no such multiple."""
    size, share = float(np.vdot(unit, unit)), float(np.vdot(unit, array))
    if not (0 < size < np.inf and np.isfinite(share / size)):
        return 0
    times = round(share / size)
    return times if times >= 1 and close(array, times * unit) else 0
