"""linear: a backward pass is linear in its upstream. One that clips is right until gradients are large."""

from __future__ import annotations

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays
from lstmcheck.targets.behaviour.asking import Asking, Found, NotAskedError, listed, said, times
from lstmcheck.targets.behaviour.clipping import describe_limit
from lstmcheck.tolerances.behaviour import LARGE_UPSTREAM, SMALL_UPSTREAM, UPSTREAM_ROOM

FACTORS = {SMALL_UPSTREAM: "a thousandth of", LARGE_UPSTREAM: "a thousand times"}
"""Of the upstream."""


def ask(asking: Asking) -> Found:
    """Gradients at a thousandth and at a thousand times the upstream, in units of it.

    Raises NotAskedError where no upstream is taken, or where the numbers have no room for larger ones.
    """
    first = asking.first
    if first.ran.outputs is None:
        raise NotAskedError("it takes no upstream gradients")
    largest = max((float(np.abs(a).max(initial=0)) for a in first.gradients.values()), default=0.0)
    if not largest * UPSTREAM_ROOM < first.ran.precision.largest:
        raise NotAskedError("its numbers have no room for larger gradients")
    found = Found("a thousandth and a thousand times the upstream give as much of every gradient")
    off = {}
    for factor, words in FACTORS.items():
        try:
            scaled = scaled_back(asking, factor)
        except LstmcheckError as error:
            found.warnings.append(f"at {words} the upstream it fails: {said(error)}")
            continue
        # Below the smallest normal number digits are lost.
        floor = first.ran.precision.tiny / factor
        if differing := asking.differing(scaled, first.gradients, floor=floor):
            off[words] = differing
    if off:
        found.problems.append(_describe(asking, off))
    return found


def scaled_back(asking: Asking, factor: float) -> Arrays:
    """B(s·d) / s, which for a right backward pass is B(d)."""
    upstream = Outputs(*(factor * d for d in asking.first.upstream))
    return times(1 / factor, asking.run(upstream=upstream).gradients)


def _describe(asking: Asking, off: dict[str, dict[str, float]]) -> str:
    """What it does instead, or at least where it shows."""
    try:
        if constant := _constant(asking):
            return f"it adds what does not depend on the upstream (weight decay?): {constant}"
        if off.keys() != {FACTORS[SMALL_UPSTREAM]} and (limit := describe_limit(asking, scaled_back)):
            return limit
    except LstmcheckError:
        pass  # it cannot be asked more closely
    where = "; ".join(f"at {words} the upstream {listed(names)}" for words, names in off.items())
    return f"its gradients do not grow and shrink with the upstream: {where}"


def _constant(asking: Asking) -> str:
    """Gradients that are there without any upstream."""
    none = asking.run(upstream=Outputs(*(np.zeros_like(d) for d in asking.first.upstream))).gradients
    zeros = times(0, asking.first.gradients)
    return ", ".join(asking.differing(none, zeros, times(SMALL_UPSTREAM, asking.first.gradients)))
