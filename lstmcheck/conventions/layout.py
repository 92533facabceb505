"""Parameters of one cell from our layout to another and back.

Ours has the gate as an axis: W (4, H, D), U (4, H, P), b (4, H), p (3, H), R (P, H). Theirs are called
W, U, b (or b_ih, b_hh), p and R too, laid out as their convention says; W alone where W and U are joined,
and W_i, W_f, … where each gate has arrays of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from lstmcheck.conventions.shapes import Shape
from lstmcheck.conventions.table import Convention
from lstmcheck.lstm.gates import GATES, PEEPHOLE_GATES
from lstmcheck.lstm.spec import BIAS_BLOCKS, LstmSpec
from lstmcheck.lstm.types import Arrays, Numbers


@dataclass(frozen=True)
class Gradients:
    """Gradients by our block names, in our layout; gates that were not there are zero, and named."""

    blocks: dict[str, Numbers]
    missing_gates: dict[str, str] = field(default_factory=dict)


class Layout:
    """One convention for a cell of given sizes; bias, peepholes and projection are those of the spec."""

    def __init__(self, convention: Convention, spec: LstmSpec, *, input_size: int | None = None) -> None:
        self.convention, self.spec = convention, spec
        self.input_size = spec.input_size if input_size is None else input_size

    def write(self, blocks: Arrays) -> dict[str, Numbers]:
        """Our parameters, by block name, as they have them. The values do not share memory with ours."""
        blocks = self._joined(self._without_offset(blocks))
        theirs: dict[str, Numbers] = {}
        for block, array in blocks.items():
            if block == "R":
                theirs[block] = self._turned(array).copy()
            elif self.convention.split == "separate":
                for gate, part in zip(self._letters(block), array, strict=True):
                    theirs[f"{block}_{gate}"] = self._turned(part).copy()
            else:
                theirs[block] = np.array(self._stacked(block, array))
        return theirs

    def read(self, theirs: Arrays) -> dict[str, Numbers]:
        """Their parameters in our layout, by block name; blocks that are not there are not there either.

        Each that is there must be so with all its gates.
        """
        blocks = self.read_gradients(theirs).blocks
        if self.convention.forget_offset:
            block = BIAS_BLOCKS[self.spec.bias][0]
            if block in blocks:
                blocks[block][GATES.index("f")] += self.convention.forget_offset
        return blocks

    def read_gradients(self, theirs: Arrays) -> Gradients:
        """As many of their gradients as there are, in our layout: an offset has none."""
        gradients = Gradients({})
        for block in self._blocks():
            if block == "R":
                if block in theirs:
                    gradients.blocks[block] = self._turned(theirs[block])
            elif self.convention.split == "separate":
                self._gather(block, theirs, gradients)
            elif block in theirs:
                gradients.blocks.update(self._apart(block, self._unstacked(block, theirs[block])))
        return gradients

    @property
    def shapes(self) -> dict[str, Shape]:
        """What shape each of their arrays has; nothing of that size is made."""
        shapes: dict[str, Shape] = {}
        for block, (rows, *others) in self._blocks().items():
            if block == "R":
                shapes[block] = self._turned_shape((rows, *others))
            elif self.convention.split == "separate":
                one = self._turned_shape(tuple(others))
                shapes |= {f"{block}_{gate}": one for gate in self._letters(block)}
            else:
                shapes[block] = self._turned_shape((rows * others[0], *others[1:]))
        return shapes

    def _blocks(self) -> dict[str, Shape]:
        """Names of theirs, before gates are told apart, with the gate as an axis."""
        H, P = self.spec.hidden_size, self.spec.output_size
        shapes: dict[str, Shape] = {"W": (4, H, sum(self._widths())), "U": (4, H, P)}
        shapes |= dict.fromkeys(BIAS_BLOCKS[self.spec.bias], (4, H))
        if self.spec.peephole:
            shapes["p"] = (3, H)
        if self.spec.proj_size is not None:
            shapes["R"] = (P, H)
        return {name: shape for name, shape in shapes.items() if name == "W" or name not in self._parts()}

    def _widths(self) -> list[int]:
        """Of what their W holds."""
        return [{"W": self.input_size, "U": self.spec.output_size, "b": 1}[part] for part in self._parts()]

    def _without_offset(self, blocks: Arrays) -> dict[str, Numbers]:
        changed = dict(blocks)
        if self.convention.forget_offset:
            block = BIAS_BLOCKS[self.spec.bias][0]
            changed[block] = blocks[block].copy()
            changed[block][GATES.index("f")] -= self.convention.forget_offset
        return changed

    def _joined(self, blocks: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """W, U (and b) as one array W (4, H, ·), if they are joined."""
        order = self._parts()
        if len(order) == 1:
            return dict(blocks)
        columns = [blocks[part] if part != "b" else blocks[part][..., None] for part in order]
        others = {name: array for name, array in blocks.items() if name not in order}
        return {"W": np.concatenate(columns, axis=-1)} | others

    def _apart(self, block: str, array: Numbers) -> dict[str, Numbers]:
        """The reverse: (4, H, ·) → W, U (and b)."""
        order = self._parts()
        if block != "W" or len(order) == 1:
            return {block: array}
        parts = np.split(array, np.cumsum(self._widths())[:-1], axis=-1)
        return {part: cut[..., 0] if part == "b" else cut for part, cut in zip(order, parts, strict=True)}

    def _parts(self) -> tuple[str, ...]:
        """What their W holds, in order."""
        return {"none": ("W",), "xh": ("W", "U"), "hx": ("U", "W"), "bxh": ("b", "W", "U")}[
            self.convention.joined
        ]

    def _letters(self, block: str) -> str:
        return PEEPHOLE_GATES if block == "p" else GATES

    def _order(self, block: str) -> list[int]:
        """Positions on our gate axis in their order; peepholes have no g."""
        letters = self._letters(block)
        return [letters.index(gate) for gate in self.convention.gates if gate in letters]

    def _stacked(self, block: str, array: Numbers) -> Numbers:
        """(4, H, …) → (4H, …) or its transpose."""
        ordered = array[self._order(block)]
        if self.convention.split == "interleaved":
            ordered = ordered.swapaxes(0, 1)
        return self._turned(ordered.reshape(-1, *array.shape[2:]))

    def _unstacked(self, block: str, array: Numbers) -> Numbers:
        """(4H, …) or its transpose → (4, H, …)."""
        rows = self._turned(array)
        order, rest = self._order(block), rows.shape[1:]
        if self.convention.split == "interleaved":
            ordered = rows.reshape(-1, len(order), *rest).swapaxes(0, 1)
        else:
            ordered = rows.reshape(len(order), -1, *rest)
        return np.asarray(ordered[np.argsort(order)])

    def _turned_shape(self, shape: Shape) -> Shape:
        return shape[::-1] if self.convention.weights == "columns" else shape

    def _turned(self, array: Numbers) -> Numbers:
        """Rows are columns to those who write x W; biases have neither."""
        return array.T if self.convention.weights == "columns" else array

    def _gather(self, block: str, theirs: Arrays, gradients: Gradients) -> None:
        """Gates with arrays of their own: those that are there."""
        letters = self._letters(block)
        there = {
            gate: self._turned(theirs[f"{block}_{gate}"]) for gate in letters if f"{block}_{gate}" in theirs
        }
        if not there:
            return
        nothing = np.zeros_like(next(iter(there.values())))
        whole = self._apart(block, np.stack([there.get(gate, nothing) for gate in letters]))
        gradients.blocks.update(whole)
        missing = "".join(gate for gate in letters if gate not in there)
        if missing:
            gradients.missing_gates.update(dict.fromkeys(whole, missing))
