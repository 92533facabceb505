"""Sequences of unequal lengths."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Table
from lstmcheck.explain.masks import MaskNumbers, mask_numbers
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill


def masks_section(narration: Narration) -> list[Block]:
    """One short sequence, its state standing still and running on; without numbers for a single step."""
    focus = narration.focus
    length = len(focus.steps)
    names = narration.names | {"T": length, "both": narration.spec.bidirectional, "one_step": length < 2}
    if length < 2:
        return fill("masks", names | {"found": None, "silent": False}, {})
    found = mask_numbers(focus)
    silent = all(step.d_x_on == 0 for step in found.steps if step.t >= found.end)
    return fill("masks", names | {"found": found, "silent": silent}, {"steps": _table(narration, found)})


def _table(narration: Narration, found: MaskNumbers) -> Table:
    one = ("$c_{t}$[0]", f"${narration.notation.d('x_{t}')}$[0]", "measured")
    header = ("t", *one, *(f"{name}, running on" for name in one[:2]), "measured")
    rows: list[tuple[Cell, ...]] = [
        (_label(step.t, found), step.c, step.d_x, step.measured, step.c_on, step.d_x_on, step.measured_on)
        for step in found.steps
    ]
    return Table("masks", header, tuple(rows))


def _label(t: int, found: MaskNumbers) -> str:
    return f"{t + 1} past the end" if t >= found.end else f"{t + 1}"
