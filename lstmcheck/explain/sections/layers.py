"""Layers and directions."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Table
from lstmcheck.explain.layers import layer_numbers
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill


def layers_section(narration: Narration) -> list[Block]:
    """What each direction of a layer gives to what it reads, and their sum."""
    found, n = layer_numbers(narration.focus), narration.notation
    deep, both = narration.spec.num_layers > 1, len(found.readers) > 1
    whole = f"${n.d('y_{t}')}$[0] below" if deep else f"${n.d('x_{t}')}$[0]"
    parts = ("from forward", "measured", "from backward", "measured") if both else ()
    rows: list[tuple[Cell, ...]] = []
    for at in found.steps:
        pairs = zip(at.parts, at.measured_parts, strict=True)
        apart = [number for pair in pairs for number in pair] if both else []
        rows.append((f"{at.t + 1}", *apart, at.whole, at.measured))
    table = Table("layers", ("t", *parts, whole, "measured"), tuple(rows))
    return fill("layers", narration.names | {"deep": deep, "both": both}, {"steps": table})
