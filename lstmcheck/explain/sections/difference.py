"""How a derivative is measured, and how far that can be trusted."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Precise, Table
from lstmcheck.explain.difference import STEPS, difference_numbers
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.lstm.gates import G


def difference_section(narration: Narration) -> list[Block]:
    """Forward and central differences of one weight beside its gradient."""
    found, n = difference_numbers(narration.focus), narration.notation
    header = ("step s", "forward", "off by", "central", "off by")
    rows: list[tuple[Cell, ...]] = []
    for s, forward, central in zip(STEPS, found.forward, found.central, strict=True):
        off = Precise(abs(forward - found.analytic), 2), Precise(abs(central - found.analytic), 2)
        rows.append((f"{s:.0e}", Precise(forward, 10), off[0], Precise(central, 10), off[1]))
    exact = Table(
        "exactly",
        ("", f"${n.d(n.of('W', G))}$[0,0]"),
        (("backward pass", Precise(found.analytic, 16)), ("imaginary step", Precise(found.complex, 16))),
    )
    names = {"weight": f"${n.of('W', G)}$[0,0]", "loss": f"{found.loss:.6g}"}
    blocks = {"steps": Table("steps", header, tuple(rows)), "exactly": exact}
    return fill("difference", narration.names | names, blocks)
