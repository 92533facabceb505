"""The loss of one sequence of any number of layers and directions, from the equations alone.

Nothing of the package's forward or backward pass is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from independent import sigmoid

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Numbers

Moved = Mapping[tuple[int, bool, int], Numbers]
"""What is added to what a cell (layer, whether backward) reads at a step."""


def loss_of(case: Case, b: int, moved: Moved, *, cut: int | None = None) -> Any:
    """Plain cells with one bias or two, and a projection for a loss.

    What stands before step `cut` has no part in the imaginary numbers after it.
    """
    assert case.loss.kind == "projection"
    assert not case.loss.mean
    arrays, targets = case.arrays, case.loss.targets
    T = len(arrays["x"]) if case.lengths is None else int(case.lengths[b])
    reads, loss = list(arrays["x"][:T, b]), 0
    for position, (layer, backward) in enumerate(case.spec.cells):
        if not backward:
            outputs: list[list[Any]] = [[] for _ in range(T)]
        name = f"l{layer}_reverse" if backward else f"l{layer}"
        W, U = arrays[f"W_{name}"], arrays[f"U_{name}"]
        bias = sum(
            arrays[f"{block}_{name}"] for block in ("b", "b_ih", "b_hh") if f"{block}_{name}" in arrays
        )
        h, c = arrays["h0"][position, b], arrays["c0"][position, b]
        for t in reversed(range(T)) if backward else range(T):
            if t == cut:
                h, c = h.real, c.real
            x = reads[t] + moved.get((layer, backward, t), 0)
            i, f, g, o = W @ x + U @ h + bias
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            outputs[t].append(h)
        if cut is not None and cut >= T:
            h, c = h.real, c.real
        loss += sum(
            targets[part][position, b] @ state for part, state in (("h", h), ("c", c)) if part in targets
        )
        if backward or not case.spec.bidirectional:
            reads = [np.concatenate(each) for each in outputs]
    if "y" in targets:
        loss += sum(targets["y"][t, b] @ y for t, y in enumerate(reads))
    return loss * case.loss.scale
