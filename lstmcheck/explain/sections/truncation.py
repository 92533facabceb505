"""Truncated backpropagation through time."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Precise, Table
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.explain.truncation import TruncationNumbers, WholeAndPieces, truncation_numbers

COLUMNS = ("whole", "measured", "pieces", "measured")


def truncation_section(narration: Narration) -> list[Block]:
    """The gradients of the whole sequence and of two pieces; without numbers where it cannot be cut."""
    focus, names = narration.focus, narration.names
    names |= {"both": narration.spec.bidirectional, "short": focus.end < 2}
    if names["both"] or names["short"]:
        return fill("truncation", names | {"cut": 0}, {})
    found = truncation_numbers(focus)
    return fill("truncation", names | {"cut": found.cut}, _tables(narration, found))


def _tables(narration: Narration, found: TruncationNumbers) -> dict[str, Block]:
    n = narration.notation
    inputs = tuple((f"{t + 1}", *_row(each)) for t, each in found.inputs.items())
    weights = tuple(
        (f"${n.of('W', k)}$[0,0]", *_row(each), Precise(each.pieces - each.whole, 3))
        for k in narration.live
        for each in [found.weights[k]]
    )
    of_x = Table("inputs", (f"t, of ${n.d('x_{t}')}$[0]", *COLUMNS), inputs)
    return {"inputs": of_x, "weights": Table("weights", ("entry", *COLUMNS, "off by"), weights)}


def _row(each: WholeAndPieces) -> tuple[Cell, ...]:
    return each.whole, each.measured, each.pieces, each.measured_pieces
