"""Names of a file in another convention: which parameters of this network they stand for.

A name is a prefix that all parameters of a network share, the name itself, and a cell where there are
several, as in `decoder.lstm.weight_ih_l1_reverse`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lstmcheck.arrays.archive import Shape
from lstmcheck.arrays.validation import What
from lstmcheck.arrays.wanted import Wanted, switch_for_loss, switch_for_parameter, wanted_arrays
from lstmcheck.config.config import Config, spec
from lstmcheck.config.convention import SPELLED_OUT, convention_of
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.names import DIRECTION_AXIS, Blocks, spellings
from lstmcheck.conventions.shapes import letters
from lstmcheck.errors import did_you_mean
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import Bias

Cell = tuple[int, bool]
"""Layer, and whether it is the reverse direction."""

NUMBERED = re.compile(r"(.*?)(?:_l([0-9]{1,6})(_reverse)?)?", re.DOTALL)
GATE = re.compile("_[ifgo]$")
"""At the end of a name of `Layout` where every gate has arrays of its own."""
CLOSE = 0.75
"""How alike two names are before one is taken for the other; a layer of another kind is less."""
TENSOR_NUMBER = re.compile(r":[0-9]+$")


@dataclass(frozen=True)
class Held(Wanted):
    """What one array of the file holds."""

    blocks: Blocks = ()
    """One of `Layout`'s names; or both biases, one after the other."""
    cells: tuple[Cell, ...] = ()
    """One; or several along a first axis, which is there if `by_direction`."""
    by_direction: bool = False
    own: bool = False
    """Whether the name is the framework's own."""
    prefix: str = ""
    told: str = ""
    similar: tuple[tuple[Shape, str], ...] = ()
    """Other shapes that it might have, and what would help then."""

    @property
    def letters(self) -> str:
        return f", which is {self.told}"

    def fits(self, shape: Shape) -> bool:
        """A bias may be a row or a column too."""
        n = self.shape[0]
        return shape == self.shape or (len(self.shape) == 1 and shape in ((n, 1), (1, n)))

    def hint(self, got: Shape) -> str | None:
        return next((remedy for shape, remedy in self.similar if shape == got), None)


class Names:
    """Every name that may stand in the file of a configuration, with one bias or with two."""

    def __init__(self, config: Config) -> None:
        assert config.arrays is not None, "without a file there are no names"
        key = config.arrays.convention
        assert key is not None, "a file in our layout has our names"
        self.config, self.net = config, spec(config)
        self.convention = convention_of(key, bias=config.lstm.bias)
        self.ours = wanted_arrays(config)
        self.table: dict[str, list[Held]] = defaultdict(list)
        for layer in range(self.net.num_layers):
            self._add_layer(layer)

    def layout(self, layer: int, bias: Bias) -> Layout:
        """Of a cell that has these biases in the file."""
        width = self.net.layer_input_size(layer)
        return Layout(self.convention, replace(self.net, bias=bias), input_size=width)

    @property
    def blocks(self) -> list[str]:
        """All names of `Layout`."""
        held = [each for entries in self.table.values() for each in entries]
        return list(dict.fromkeys(block for each in held for block in each.blocks))

    def meant(self, written: str, shape: Shape) -> Held | None:
        """What an array stands for, by its name, and by its number of axes where a name has two meanings."""
        for inner, prefix in _endings(written):
            if inner in self.table:
                held = self.table[inner]
                fitting = [each for each in held if len(each.shape) == len(shape)]
                return replace((fitting or held)[0], name=written, prefix=prefix)
        return None

    def called(self, block: str, like: Held) -> str:
        """How the file that has `like` would call another parameter of its cell."""
        numbered = _numbered(like.name)
        names = [
            name
            for name, held in self.table.items()
            if any((each.own, each.cells, each.blocks) == (like.own, like.cells, (block,)) for each in held)
        ]
        return like.prefix + min(names, key=lambda name: _numbered(name) != numbered, default=block)

    def why_absent(self, written: str) -> What:
        """What is wrong with a name that stands for nothing in this network, and the remedy."""
        known = {name: blocks[0] for name, blocks, _ in reversed([*self._of_any_network()])}
        for inner, _ in _endings(written):
            base, layer, reverse = _parsed(inner)
            if base not in known:
                continue
            if layer is None and len(self.net.cells) > 1:
                return f"'{written}' names no layer, and there are several.", f"Write {base}_l0, and so on."
            ours = array_name(GATE.sub("", known[base]), layer or 0, reverse)
            if ours not in self.ours and (remedy := switch_for_parameter(ours, self.config)):
                return f"'{written}' is not read by this configuration.", remedy
        if remedy := switch_for_loss(written, self.config):
            return f"'{written}' is not read by this configuration.", remedy
        return f"unknown array '{written}'.", self._near(written)

    def _near(self, written: str) -> str:
        known = [name for name, held in self.table.items() if held[0].own] or list(self.table)
        plain = [name for name, each in self.ours.items() if each.layer is None]
        if hint := did_you_mean(written, known + plain, cutoff=CLOSE):
            return hint
        told = [name for name in known if len(self.net.cells) > 1 or not _numbered(name)]
        return f"Read here: {', '.join(told + plain)}."

    def _of_any_network(self) -> Iterator[tuple[str, Blocks, bool]]:
        large = replace(self.net, peephole=True, proj_size=self.net.output_size)
        shapes = _shapes(Layout(self.convention, replace(large, bias=bias)) for bias in self._biases)
        return spellings(self.convention.name, shapes)

    @property
    def _biases(self) -> Sequence[Bias]:
        return ("one",) if self.convention.joined == "bxh" else ("one", "two")

    def _add_layer(self, layer: int) -> None:
        cells = tuple(cell for cell in self.net.cells if cell[0] == layer)
        shapes = _shapes(self.layout(layer, bias) for bias in self._biases)
        for name, blocks, own in spellings(self.convention.name, shapes):
            by_direction = own and self.convention.name in DIRECTION_AXIS
            groups = (cells,) if by_direction else tuple((cell,) for cell in cells)
            for group in groups:
                held = self._held(blocks, group, shapes, by_direction, own)
                reverse = not by_direction and group[0][1]
                self.table[array_name(name, layer, reverse)].append(held)
                if len(groups) * self.net.num_layers == 1:
                    self.table[name].append(held)

    def _held(
        self,
        blocks: Blocks,
        cells: tuple[Cell, ...],
        shapes: Mapping[str, Shape],
        by_direction: bool,
        own: bool,
    ) -> Held:
        block = blocks[0]
        shape, told = shapes[block], letters(self.convention, block, projected=self.net.proj_size is not None)
        if len(blocks) == 2:
            shape, told = (2 * shape[0],), told.replace("4H", "8H")
        if by_direction:
            shape, told = (len(cells), *shape), told.replace("(", "(directions, ").replace(",)", ")")
        similar = tuple(self._similar(block, shape, shapes[block], cells[0]))
        named = self.convention.name
        told = f"{told} in {'this convention' if named == SPELLED_OUT else f'convention {named}'}"
        return Held(
            name="",
            shape=shape,
            block=block,
            layer=cells[0][0],
            blocks=blocks,
            cells=cells,
            by_direction=by_direction,
            own=own,
            told=told,
            similar=similar,
        )

    def _similar(self, block: str, shape: Shape, one: Shape, cell: Cell) -> Iterator[tuple[Shape, str]]:
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

    def _otherwise_joined(self, block: str, cell: Cell) -> tuple[Shape, str]:
        joined = self.convention.joined
        other = replace(self.convention, joined="xh" if joined == "none" else "none")
        width = self.net.layer_input_size(cell[0])
        shape = Layout(other, replace(self.net, bias="one"), input_size=width).shapes[block]
        if joined == "none":
            return shape, "Are W and U side by side in it? A convention with joined: xh or hx says so."
        return shape, f"W and U are one matrix here (joined: {joined}): save them side by side."


def _shapes(layouts: Iterator[Layout]) -> dict[str, Shape]:
    return {name: shape for layout in layouts for name, shape in layout.shapes.items()}


def _endings(written: str) -> Iterator[tuple[str, str]]:
    """What may be the name itself, the longest first, and the prefix before it."""
    path = TENSOR_NUMBER.sub("", written).replace(".", "/")
    parts = path.split("/")
    for start in range(len(parts)):
        inner = "/".join(parts[start:])
        yield inner, written[: len(path) - len(inner)]


def _parsed(inner: str) -> tuple[str, int | None, bool]:
    found = NUMBERED.fullmatch(inner)
    assert found is not None, "the pattern takes everything"
    return found[1], None if found[2] is None else int(found[2]), bool(found[3])


def _numbered(name: str) -> bool:
    return _parsed(name)[1] is not None
