"""Parameters of a whole network from our layout to another and back, cell by cell.

Theirs are called as in `Layout`. Of a network with several cells the cell stands behind that: `W_l0`,
`U_l1_reverse`, or `W_i_l1` where each gate has arrays of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.conventions.layout import Gradients, Layout
from lstmcheck.conventions.names import DIRECTION_AXIS, Spelling, spellings
from lstmcheck.conventions.shapes import Shape
from lstmcheck.conventions.table import Convention
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.parameters import PARAMETER_BLOCKS, array_name
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.lstm.types import Arrays, Numbers


class NetworkLayout:
    """One convention for every cell of a network. Ours go by array name: `W_l0`, of one cell, too."""

    def __init__(self, convention: Convention, spec: LstmSpec) -> None:
        self.convention, self.spec = convention, spec
        self.cells = {
            key: Layout(convention, spec, input_size=spec.layer_input_size(key[0])) for key in spec.cells
        }

    def name(self, key: CellKey, block: str) -> str:
        """What one of a cell's arrays is called, by its name in `Layout`."""
        return block if len(self.cells) == 1 else array_name(block, *key)

    def spellings(self) -> Iterator[tuple[CellKey, Spelling]]:
        """Every name that a cell's arrays have in files, as far as each stands for one array of one cell."""
        own_names = self.convention.name not in DIRECTION_AXIS
        for key, cell in self.cells.items():
            for spelling in spellings(self.convention.name, cell.shapes):
                if len(spelling.blocks) == 1 and (own_names or not spelling.of_framework):
                    yield key, spelling

    @property
    def shapes(self) -> dict[str, Shape]:
        """What shape each of their arrays has, by their names."""
        return {
            self.name(key, block): shape
            for key, cell in self.cells.items()
            for block, shape in cell.shapes.items()
        }

    def write(self, ours: Arrays) -> dict[str, Numbers]:
        """Our parameters as they have them, by their names; other arrays are left out. Copies."""
        return {
            self.name(key, block): array
            for key, cell in self.cells.items()
            for block, array in cell.write(of_cell(ours, key)).items()
        }

    def read(self, theirs: Arrays) -> dict[str, Numbers]:
        """Their parameters in our layout, by our names; each that is there must be so with all its gates."""
        return {
            array_name(block, *key): array
            for key, cell in self.cells.items()
            for block, array in cell.read(self._of_theirs(theirs, key)).items()
        }

    def read_gradients(self, theirs: Arrays) -> Gradients:
        """As many of their gradients as there are, in our layout, by our names."""
        found = Gradients({})
        for key, cell in self.cells.items():
            of_cell = cell.read_gradients(self._of_theirs(theirs, key))
            for block, array in of_cell.blocks.items():
                found.blocks[array_name(block, *key)] = array
            for block, gates in of_cell.missing_gates.items():
                found.missing_gates[array_name(block, *key)] = gates
        return found

    def _of_theirs(self, theirs: Arrays, key: CellKey) -> dict[str, Numbers]:
        """A cell's own, by their names in `Layout`."""
        blocks = self.cells[key].shapes
        return {block: theirs[name] for block in blocks if (name := self.name(key, block)) in theirs}


def of_cell(ours: Arrays, key: CellKey) -> dict[str, Numbers]:
    """A cell's own, by block."""
    return {block: ours[name] for block in PARAMETER_BLOCKS if (name := array_name(block, *key)) in ours}
