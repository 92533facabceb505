"""Losses: one number from the outputs, its gradient, and its difference between two outputs.

Every loss is a sum of parts, one each for the outputs y, the last h and the last c. All functions keep the
batch axis: sequences do not touch each other, so one evaluation tells each sequence's share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lstmcheck.lstm.forward import Outputs, Valid
from lstmcheck.lstm.types import Floats, Numbers

PARTS = {"outputs": "y", "hidden": "h", "cell": "c"}
"""Names of the parts in a configuration → their letters."""


class LossFormula(Protocol):
    """A loss of one vector q (…, n) with its target; sums and means over the rest happen outside."""

    def value(self, q: Numbers, target: Numbers) -> Numbers:
        """(…,)."""

    def difference(self, plus: Numbers, minus: Numbers, target: Numbers) -> Numbers:
        """value(plus) − value(minus) from plus − minus, which keeps the digits that both share."""

    def gradient(self, q: Numbers, target: Numbers) -> Numbers:
        """(…, n)."""


class Projection:
    """Σ target ∘ q: linear, so its gradient is the target itself."""

    def value(self, q: Numbers, target: Numbers) -> Numbers:
        return np.asarray(np.einsum("...n,...n->...", q, target))

    def difference(self, plus: Numbers, minus: Numbers, target: Numbers) -> Numbers:
        return self.value(plus - minus, target)

    def gradient(self, q: Numbers, target: Numbers) -> Numbers:
        return target


class SquaredError:
    """½ Σ (q − target)²."""

    def value(self, q: Numbers, target: Numbers) -> Numbers:
        return np.asarray(0.5 * ((q - target) ** 2).sum(-1))

    def difference(self, plus: Numbers, minus: Numbers, target: Numbers) -> Numbers:
        return np.asarray(((plus - minus) * ((plus + minus) / 2 - target)).sum(-1))

    def gradient(self, q: Numbers, target: Numbers) -> Numbers:
        return np.asarray(q - target)


class CrossEntropy:
    """−log softmax(q)[target], the target being a class index with a last axis of one.

    In terms of r = q − q[target]: log Σ exp(r). The target's own term is then exactly 1, and what is
    left over keeps its digits where the softmax is nearly one.
    """

    def value(self, q: Numbers, target: Numbers) -> Numbers:
        r = _beside_target(q, target)
        largest = r.real.max(-1, keepdims=True)
        return np.asarray(np.log(np.exp(r - largest).sum(-1)) + largest[..., 0])

    def difference(self, plus: Numbers, minus: Numbers, target: Numbers) -> Numbers:
        r = _beside_target(minus, target)
        moved = _beside_target(plus - minus, target)
        near = np.abs(moved).max(-1) < 1
        small = np.where(near[..., None], moved, 0)
        close = np.log1p((_softmax(r) * np.expm1(small)).sum(-1))
        return np.asarray(np.where(near, close, self.value(plus, target) - self.value(minus, target)))

    def gradient(self, q: Numbers, target: Numbers) -> Numbers:
        softmax = _softmax(q)
        is_target = np.arange(q.shape[-1]) == target
        others = np.where(is_target, 0, softmax).sum(-1, keepdims=True)
        return np.where(is_target, -others, softmax)


def _beside_target(q: Numbers, target: Numbers) -> Numbers:
    """q − q[target]."""
    index = np.broadcast_to(target, (*q.shape[:-1], 1))
    return np.asarray(q - np.take_along_axis(q, index, axis=-1))


def _softmax(q: Numbers) -> Numbers:
    e = np.exp(q - q.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


KINDS: dict[str, LossFormula] = {
    "projection": Projection(),
    "squared_error": SquaredError(),
    "cross_entropy": CrossEntropy(),
}


@dataclass(frozen=True)
class Loss:
    """scale · Σ over the parts.

    `targets` maps the letters y, h, c of the parts in use to their upstream (projection), target
    (squared error), or class indices with a last axis of one (cross entropy); shapes as the outputs.
    With `mean`, each part is divided by the number of its terms within the sequences: elements, or class
    decisions for the cross entropy.
    """

    kind: str
    targets: Mapping[str, Numbers]
    mean: bool = False
    scale: float = 1.0
    valid: Valid = None

    def value(self, outputs: Outputs) -> Numbers:
        """Each sequence's share of the loss, (…, B)."""
        kind = KINDS[self.kind]
        shares = [
            self._over_time(part, kind.value(q, _room_for_copies(target, q)))
            for part, target, q in self._parts(outputs)
        ]
        return np.asarray(sum(shares))

    def difference(self, plus: Outputs, minus: Outputs) -> Numbers:
        """value(plus) − value(minus), (…, B), without the cancellation between two large sums."""
        kind = KINDS[self.kind]
        shares = [
            self._over_time(part, kind.difference(p, m, _room_for_copies(target, p)))
            for (part, target, p), (_, _, m) in zip(self._parts(plus), self._parts(minus), strict=True)
        ]
        return np.asarray(sum(shares))

    def gradient(self, outputs: Outputs) -> Outputs:
        """d_y, d_h, d_c: zeros for the parts that the loss does not read."""
        kind = KINDS[self.kind]
        found = dict(zip("yhc", (np.zeros_like(q) for q in outputs), strict=True))
        for part, target, q in self._parts(outputs):
            found[part] = kind.gradient(q, target) * self._weight(part)[..., None]
        return Outputs(*(found[part] for part in "yhc"))

    def _parts(self, outputs: Outputs) -> list[tuple[str, Numbers, Numbers]]:
        named = zip("yhc", outputs, strict=True)
        return [(part, self.targets[part], q) for part, q in named if part in self.targets]

    def _over_time(self, part: str, values: Numbers) -> Numbers:
        weight = self._weight(part)
        return np.asarray((values * (weight[:, None] if values.ndim == 3 else weight)).sum(0))

    def _weight(self, part: str) -> Floats:
        """(T or cells, B): the factor of each vector's value; 0 past a sequence's end."""
        target = self.targets[part]
        inside = np.ones(target.shape[:2])
        if part == "y" and self.valid is not None:
            inside = self.valid[..., 0].astype(float)
        # A class index has a last axis of one: it counts as one term.
        terms = inside.sum() * target.shape[-1] if self.mean else 1
        return np.asarray(inside * (self.scale / terms))


def _room_for_copies(target: Numbers, q: Numbers) -> Numbers:
    return target[:, None] if q.ndim == 4 else target
