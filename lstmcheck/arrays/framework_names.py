"""Names of a file in another convention: which parameters of this network they stand for.

A name is a prefix that all parameters of a network share, the name itself, and a cell where there are
several, as in `decoder.lstm.weight_ih_l1_reverse`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lstmcheck.arrays.allowed_arrays import (
    ExpectedArray,
    expected_arrays,
    switch_for_loss,
    switch_for_parameter,
    unread,
)
from lstmcheck.config.config import Config, spec
from lstmcheck.config.convention import SPELLED_OUT, convention_of
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.names import DIRECTION_AXIS, Blocks, Spelling, spellings, split_name
from lstmcheck.conventions.shapes import Shape, letters
from lstmcheck.errors import LstmcheckError, Problem, did_you_mean
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import Bias

GATE = re.compile(f"_[{GATES}]$")
"""At the end of a name of `Layout` where every gate has arrays of its own."""
CLOSE = 0.75
"""How alike two names are before one is taken for the other; a layer of another kind is less."""
TENSOR_NUMBER = re.compile(r":[0-9]+$")


@dataclass(frozen=True)
class ForeignArray(ExpectedArray):
    """What one array of the file holds."""

    blocks: Blocks = ()
    """One of `Layout`'s names; or both biases, one after the other."""
    cells: tuple[CellKey, ...] = ()
    """One; or several along a first axis, which is there if `by_direction`."""
    by_direction: bool = False
    of_framework: bool = False
    """Whether its name is the framework's own."""
    prefix: str = ""
    similar: tuple[tuple[Shape, str], ...] = ()
    """Other shapes that it might have, and what would help then."""

    def fits(self, shape: Shape) -> bool:
        """A bias may be a row or a column too."""
        n = self.shape[0]
        return shape == self.shape or (len(self.shape) == 1 and shape in ((n, 1), (1, n)))

    def hint(self, got: Shape) -> str | None:
        return next((remedy for shape, remedy in self.similar if shape == got), None)


class ForeignNames:
    """Every name that may stand in the file of a configuration, with one bias or with two."""

    def __init__(self, config: Config) -> None:
        assert config.arrays is not None, "without a file there are no names"
        key = config.arrays.convention
        assert key is not None, "a file in our layout has our names"
        self.config, self.net = config, spec(config)
        self.convention = convention_of(key, bias=config.lstm.bias)
        self.ours = expected_arrays(config)
        self.table: dict[str, list[ForeignArray]] = defaultdict(list)
        for layer in range(self.net.num_layers):
            self._add_layer(layer)

    def layout(self, layer: int, bias: Bias) -> Layout:
        """Of a cell that has these biases in the file."""
        width = self.net.layer_input_size(layer)
        return Layout(self.convention, replace(self.net, bias=bias), input_size=width)

    @property
    def blocks(self) -> list[str]:
        """All names of `Layout`."""
        arrays = [array for entries in self.table.values() for array in entries]
        return list(dict.fromkeys(block for array in arrays for block in array.blocks))

    def identify(self, written: str, shape: Shape) -> ForeignArray:
        """What an array stands for, by its name, and by its number of axes where a name has two meanings.

        Raises LstmcheckError for a name that stands for nothing in this network.
        """
        for inner, prefix in endings(written):
            if inner in self.table:
                meanings = self.table[inner]
                fitting = [each for each in meanings if len(each.shape) == len(shape)]
                return replace((fitting or meanings)[0], name=written, prefix=prefix)
        raise LstmcheckError(self._unexpected(written))

    def spell(self, block: str, like: ForeignArray) -> str:
        """How the file that has `like` would call another parameter of its cell."""
        wanted = like.of_framework, like.cells, (block,)
        numbered = _numbered(like.name)
        names = [
            name
            for name, meanings in self.table.items()
            if any((each.of_framework, each.cells, each.blocks) == wanted for each in meanings)
        ]
        return like.prefix + min(names, key=lambda name: _numbered(name) != numbered, default=block)

    def _unexpected(self, written: str) -> Problem:
        """What is wrong with a name that stands for nothing in this network."""
        known = {name: blocks[0] for name, blocks, _ in reversed([*self._of_any_network()])}
        for inner, _ in endings(written):
            base, layer, reverse = split_name(inner)
            if base not in known:
                continue
            if layer is None and len(self.net.cells) > 1:
                what = f"'{written}' names no layer, and there are several."
                return Problem(what, remedy=f"Write {base}_l0, and so on.")
            ours = array_name(GATE.sub("", known[base]), layer or 0, reverse)
            if ours not in self.ours and (remedy := switch_for_parameter(ours, self.config)):
                return unread(written, remedy)
        if remedy := switch_for_loss(written, self.config):
            return unread(written, remedy)
        return Problem(f"unknown array '{written}'.", remedy=self._near(written))

    def _near(self, written: str) -> str:
        theirs = [name for name, meanings in self.table.items() if meanings[0].of_framework]
        known = theirs or list(self.table)
        plain = [name for name, each in self.ours.items() if each.layer is None]
        if hint := did_you_mean(written, known + plain, cutoff=CLOSE):
            return hint
        shown = [name for name in known if len(self.net.cells) > 1 or not _numbered(name)]
        return f"Read here: {', '.join(shown + plain)}."

    def _of_any_network(self) -> Iterator[Spelling]:
        large = replace(self.net, peephole=True, proj_size=self.net.output_size)
        shapes = _shapes(Layout(self.convention, replace(large, bias=bias)) for bias in self._biases)
        return spellings(self.convention.name, shapes)

    @property
    def _biases(self) -> Sequence[Bias]:
        return ("one",) if self.convention.joined == "bxh" else ("one", "two")

    def _add_layer(self, layer: int) -> None:
        cells = tuple(cell for cell in self.net.cells if cell[0] == layer)
        shapes = _shapes(self.layout(layer, bias) for bias in self._biases)
        for spelling in spellings(self.convention.name, shapes):
            by_direction = spelling.of_framework and self.convention.name in DIRECTION_AXIS
            groups = (cells,) if by_direction else tuple((cell,) for cell in cells)
            for group in groups:
                array = self._array(spelling, group, shapes, by_direction)
                reverse = not by_direction and group[0][1]
                self.table[array_name(spelling.name, layer, reverse)].append(array)
                if len(groups) * self.net.num_layers == 1:
                    self.table[spelling.name].append(array)

    def _array(
        self, spelling: Spelling, cells: tuple[CellKey, ...], shapes: Mapping[str, Shape], by_direction: bool
    ) -> ForeignArray:
        block, shape = spelling.blocks[0], shapes[spelling.blocks[0]]
        shown = letters(self.convention, block, projected=self.net.proj_size is not None)
        if len(spelling.blocks) == 2:
            shape, shown = (2 * shape[0],), shown.replace("4H", "8H")
        if by_direction:
            shape, shown = (len(cells), *shape), shown.replace("(", "(directions, ").replace(",)", ")")
        convention = self.convention.name
        where = "this convention" if convention == SPELLED_OUT else f"convention {convention}"
        return ForeignArray(
            name="",
            shape=shape,
            block=block,
            letters=f"{shown} in {where}",
            layer=cells[0][0],
            blocks=spelling.blocks,
            cells=cells,
            by_direction=by_direction,
            of_framework=spelling.of_framework,
            similar=tuple(self._similar(block, shape, shapes[block], cells[0])),
        )

    def _similar(self, block: str, shape: Shape, one: Shape, cell: CellKey) -> Iterator[tuple[Shape, str]]:
        if len(shape) == 2 and shape == one:
            gates = self.convention.weights
            yield shape[::-1], f"It looks transposed: the gates are {gates} here. Save array.T."
        if len(shape) == 3:
            yield (shape[0], *shape[:0:-1]), "It looks transposed: save array.transpose(0, 2, 1)."
        if shape != one and len(shape) > 1:
            yield shape[1:], f"The axis of directions is missing: save array.reshape{shape}."
        if block[0] == "W":
            yield self._otherwise_joined(block, cell)
        if ours := self.ours.get(array_name(block, *cell)):
            yield ours.shape, "This is our own layout: leave arrays.convention out."

    def _otherwise_joined(self, block: str, cell: CellKey) -> tuple[Shape, str]:
        joined = self.convention.joined
        other = replace(self.convention, joined="xh" if joined == "none" else "none")
        width = self.net.layer_input_size(cell[0])
        shape = Layout(other, replace(self.net, bias="one"), input_size=width).shapes[block]
        if joined == "none":
            return shape, "Are W and U side by side in it? A convention with joined: xh or hx says so."
        return shape, f"W and U are one matrix here (joined: {joined}): save them side by side."


def _shapes(layouts: Iterator[Layout]) -> dict[str, Shape]:
    return {name: shape for layout in layouts for name, shape in layout.shapes.items()}


def endings(written: str) -> Iterator[tuple[str, str]]:
    """What may be the name itself, the longest first, and the prefix before it: of `lstm.weight_ih_l0` both
    that and `weight_ih_l0`."""
    path = TENSOR_NUMBER.sub("", written).replace(".", "/")
    parts = path.split("/")
    for start in range(len(parts)):
        inner = "/".join(parts[start:])
        yield inner, written[: len(path) - len(inner)]


def _numbered(name: str) -> bool:
    return split_name(name)[1] is not None
