"""The total derivative of a cell state by the one before, and the partial one."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Table
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.explain.total import TotalNumbers, total_numbers


def total_section(narration: Narration) -> list[Block]:
    """Both derivatives with what lies between them; without numbers for a single step."""
    short = narration.focus.end < 2
    if short:
        return fill("total", narration.names | {"short": short, "at": 1}, {})
    found = total_numbers(narration.focus)
    return fill("total", narration.names | {"short": short, "at": found.t + 1}, {"both": _table(found)})


def _table(found: TotalNumbers) -> Table:
    header = ("", "h held", "measured", "through h", "measured", "in all", "measured")
    pairs = (found.partial, found.detour, found.total)
    rows: list[tuple[Cell, ...]] = [
        (
            f"$c_{{{found.t + 1}}}$[{k}]",
            *(float(side[k]) for pair in pairs for side in (pair.analytic, pair.measured)),
        )
        for k in range(len(found.partial.analytic))
    ]
    return Table("both", header, tuple(rows))
