"""Where the backward pass begins."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Table
from lstmcheck.explain.loss import loss_numbers
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill

TARGETS = {"projection": "weight", "squared_error": "target", "cross_entropy": "class"}


def loss_section(narration: Narration) -> list[Block]:
    """What the loss gives to each output, beside a nudge of that output."""
    focus, n = narration.focus, narration.notation
    loss, found = focus.case.loss, loss_numbers(focus)
    target = (TARGETS[loss.kind],) if found.shows_targets else ()
    header = ("t", "$y_{t}$[0]", *target, f"${n.d('y_{t}')}$[0]", "measured")
    rows: list[tuple[Cell, ...]] = [
        (f"{t + 1}", y, *((at,) if target else ()), d_y, measured)
        for t, (y, at, d_y, measured) in enumerate(found.steps)
    ]
    names = {"kind": loss.kind, "mean": loss.mean, "above": len(narration.spec.cells) > 1}
    return fill("loss", narration.names | names, {"steps": Table("loss", header, tuple(rows))})
