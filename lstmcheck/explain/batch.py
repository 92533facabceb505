"""Why gradients of weights are sums over the batch: what each sequence gives, beside its share of a nudge."""

from __future__ import annotations

from dataclasses import dataclass

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.weights import by_sequence
from lstmcheck.lstm.gates import G


@dataclass(frozen=True)
class BatchNumbers:
    """Of W_g[0,0], by sequence: from the backward pass, and where the one weight of all is nudged."""

    parts: tuple[float, ...]
    measured: tuple[float, ...]
    total: float


def batch_numbers(focus: Focus) -> BatchNumbers:
    """One part for each sequence; `total` is the gradient as the backward pass returns it."""
    parts, measured = by_sequence(focus, "W", G)
    total = float(focus.gradients["W_l0"][G, 0, 0])
    return BatchNumbers(tuple(parts.tolist()), tuple(measured.tolist()), total)
