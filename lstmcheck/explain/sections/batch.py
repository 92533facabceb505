"""Why sums over the batch."""

from __future__ import annotations

from lstmcheck.explain.batch import batch_numbers
from lstmcheck.explain.blocks import Block, Cell, Table
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.lstm.gates import G


def batch_section(narration: Narration) -> list[Block]:
    """Each sequence's part of one weight's gradient, their sum, and what a mean would be."""
    found, n = batch_numbers(narration.focus), narration.notation
    gradient = f"${n.d(n.of('W', G))}$[0,0]"
    rows: list[tuple[Cell, ...]] = [
        (f"sequence {b}", part, measured)
        for b, (part, measured) in enumerate(zip(found.parts, found.measured, strict=True))
    ]
    rows.append(("sum", found.total, sum(found.measured)))
    table = Table("batch", ("", gradient, "measured"), tuple(rows))
    B = len(found.parts)
    names = {"B": B, "weight": f"${n.of('W', G)}$[0,0]", "mean": f"{found.total / B:.6g}", "L": "$L$"}
    return fill("batch", narration.names | names, {"batch": table})
