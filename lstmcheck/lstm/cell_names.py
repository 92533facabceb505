"""Parts of a network in words: its layers, its directions, its cells."""

from __future__ import annotations

from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.spec import LstmSpec

Cells = frozenset[CellKey]


def places(spec: LstmSpec) -> dict[str, Cells]:
    """Parts that are not the whole, the larger ones first: `layer 1`, `the reverse direction`, `the reverse
    direction of layer 1`."""
    found: dict[str, Cells] = {}
    directions = {False: "the forward direction", True: "the reverse direction"}
    if spec.num_layers > 1:
        for layer in range(spec.num_layers):
            found[f"layer {layer}"] = frozenset(key for key in spec.cells if key[0] == layer)
    if spec.bidirectional:
        for reverse, name in directions.items():
            found[name] = frozenset(key for key in spec.cells if key[1] == reverse)
    if spec.bidirectional and spec.num_layers > 1:
        for layer, reverse in spec.cells:
            found[f"{directions[reverse]} of layer {layer}"] = frozenset({(layer, reverse)})
    return found


def place_of(spec: LstmSpec, cells: Cells) -> str:
    """What some cells are called, if they are one of those parts or all: `all cells`."""
    named = {part: name for name, part in places(spec).items()}
    return named.get(cells, "all cells")
