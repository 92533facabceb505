"""Which parameter of a torch module is which of an LSTM's: by its name, its path, and its shape.

A name is torch's (`weight_ih`), or the layout's (`W`, `W_i`), with or without the cell behind it
(`_l1_reverse`). Where a module keeps its cells in parts of their own, as `layers.1.cell.weight_ih` or
`backward_cells.0.weight_ih`, the cells are told apart by the numbers on the way, and by a word for the
reverse direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.names import FRAMEWORK_NAMES, split_name
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.gates import GATES
from lstmcheck.lstm.spec import BIAS_BLOCKS, Bias, LstmSpec
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Function
from lstmcheck.targets.protocols.torch_building import OF_OTHERS

BLOCKS = {name: blocks[0] for name, blocks in FRAMEWORK_NAMES["torch"].items()} | {"bias": "b"}
"""torch's names → the layout's."""
KNOWN = re.compile(rf"(W|U|b|b_ih|b_hh)(_[{GATES}])?|R")
"""Names of a layout, of the arrays of one cell."""
CANDIDATE = re.compile(r"_[caj]$")
"""The candidate's gate, as others call it."""
NUMBER = re.compile(r"[0-9]+$")
REVERSE = re.compile(r"(^|_)(reversed?|rev|backwards?|back|bwd?|bw)(_|$|[0-9])", re.IGNORECASE)

Place = tuple[tuple[int, ...], bool]
"""Of a cell: the numbers on the way to it, and whether it is of the reverse direction."""


class Own(NamedTuple):
    """One parameter of a module."""

    path: str
    """Its own name."""
    block: str
    """Its name in the layout of a cell."""
    place: Place


class Parameters:
    """The parameters of a module, each with its cell. Raises LstmcheckError where one cannot be placed."""

    def __init__(self, build: Function, module: Any, spec: LstmSpec, names: Mapping[str, str] | None) -> None:
        self.build, self.module, self.spec = build, module, spec
        self.shapes = {name: tuple(each.shape) for name, each in module.named_parameters()}
        self._own = list(self._identified(names or {}))
        self._refuse_twice()
        self._refuse_other_networks()

    @property
    def bias(self) -> Bias:
        """How many biases there are."""
        blocks = {KNOWN.sub(r"\1", own.block) for own in self._own}
        return next((bias for bias, names in BIAS_BLOCKS.items() if names and blocks & set(names)), "none")

    def by_cell(self, layouts: Mapping[CellKey, Layout]) -> dict[tuple[CellKey, str], str]:
        """Own names, by cell and name of its layout. Raises LstmcheckError for what is missing or has
        another shape."""
        self._refuse_other_projection()
        keys = dict(zip(self._places, layouts, strict=True))
        found = {(keys[own.place], own.block): own.path for own in self._own}
        for key, layout in layouts.items():
            for block, shape in layout.shapes.items():
                if (key, block) not in found:
                    raise self._fault(f"built a module without {_theirs(block)}.", self._has())
                self._refuse_other_shape(found[key, block], shape)
        known = {(key, block) for key, layout in layouts.items() for block in layout.shapes}
        for (key, block), path in found.items():
            if (key, block) not in known:
                raise self._fault(f"built a module with a parameter {path}.", _switch(block))
        return found

    def _identified(self, names: Mapping[str, str]) -> Iterator[Own]:
        unused = set(names)
        for path in self.shapes:
            written = next((key for key in names if f".{path}".endswith(f".{key}")), None)
            unused.discard(written or "")
            base, layer, reverse = split_name(names[written] if written else path.rpartition(".")[2])
            block = CANDIDATE.sub("_g", BLOCKS.get(base, base))
            if not KNOWN.fullmatch(block) or (not written and self._is_of_linear(path)):
                raise self._unknown(path, names[written] if written else None)
            numbers, backwards = _on_the_way(path)
            yield Own(path, block, ((*numbers, layer or 0), reverse or backwards))
        if unused:
            what = f"built a module without a parameter {min(unused)} (target.options.names)."
            raise self._fault(what, self._has())

    def _is_of_linear(self, path: str) -> bool:
        """Whether it is the bias of a layer that has one weight, as nn.Linear and nn.LayerNorm have."""
        owner, _, name = path.rpartition(".")
        return name == "bias" and f"{owner}.weight".lstrip(".") in self.shapes

    def _unknown(self, path: str, meant: str | None) -> Exception:
        if meant is not None:
            what = f"has a parameter {path}, which target.options.names calls '{meant}'."
            return self._fault(what, f"Known are {', '.join(dict.fromkeys(BLOCKS.values()))}.")
        known = [
            name
            for name in self.shapes
            if split_name(name.rpartition(".")[2])[0] in BLOCKS and not self._is_of_linear(name)
        ]
        parts = [owner for name in known if (owner := name.rpartition(".")[0])]
        what = f"built a module with a parameter {path}, which an LSTM does not have."
        if parts and path.rpartition(".")[0] not in parts:
            return self._fault(what, f"Is the LSTM a part of it? Set target.options.submodule: {parts[0]}.")
        remedy = (
            f"Say what it is: target.options.names: {{{path}: W}}, or U, b, b_ih, b_hh, R"
            " (with _l1 or _l0_reverse behind it, if there are several cells)."
        )
        return self._fault(what, remedy)

    def _refuse_twice(self) -> None:
        """Two parameters in one place are of two networks, or of cells that nothing tells apart."""
        seen: dict[tuple[Place, str], str] = {}
        for path, block, place in self._own:
            if (place, block) in seen:
                first = seen[place, block]
                what = f"built a module with two parameters for {_theirs(block)}: {first} and {path}."
                part = first.rpartition(".")[0]
                remedy = f"Check one of its parts: target.options.submodule: {part}." if part else None
                raise self._fault(what, remedy)
            seen[place, block] = path

    @property
    def _places(self) -> list[Place]:
        """Of its cells, in the order of layer, then direction."""
        return sorted({own.place for own in self._own})

    def _refuse_other_networks(self) -> None:
        """Other layers or directions than are declared; and what is no LSTM by its shapes."""
        self._refuse_other_kinds()
        if len(self._places) == len(self.spec.cells) and self._directions == self.spec.directions:
            return
        layers, both = len(self._places) // self._directions, self._directions == 2
        wanted = self.spec.num_layers, self.spec.bidirectional
        what = f"built an LSTM of {_network(layers, both)}; declared are {_network(*wanted)}."
        changes = [
            f"lstm.{key}: {str(value).lower()}"
            for key, value, declared in zip(
                ("num_layers", "bidirectional"), (layers, both), wanted, strict=True
            )
            if value != declared
        ]
        remedy = f"Set {' and '.join(changes)}; or build what is declared"
        raise self._fault(what, f"{remedy}: num_layers and bidirectional are handed over if it takes them.")

    def _refuse_other_projection(self) -> None:
        width = next((self.shapes[own.path][0] for own in self._own if own.block == "R"), None)
        if width != self.spec.proj_size:
            what = f"built an LSTM with {_projection(width)}; declared is {_projection(self.spec.proj_size)}."
            raise self._fault(what, f"Set lstm.proj_size: {width or 'null'}, or build what is declared.")

    @property
    def _directions(self) -> int:
        """Both, where a word says so; or as declared, where the number of cells agrees."""
        if any(reverse for _, reverse in self._places):
            return 2
        return self.spec.directions if len(self._places) == len(self.spec.cells) else 1

    def _refuse_other_kinds(self) -> None:
        H = self.spec.hidden_size
        for own in self._own:
            shape = self.shapes[own.path]
            if own.block not in ("W", "U") or 4 * H in shape:
                continue
            for kind, gates in (("a GRU", 3), ("an RNN", 1)):
                if shape == (gates * H, self._width(own)):
                    what = f"built {kind}: its {own.path} is {shape}, and an LSTM's has {4 * H} rows."
                    raise self._fault(what, OF_OTHERS[kind])

    def _width(self, own: Own) -> int:
        first = own.place == self._places[0]
        return self.spec.input_size if own.block == "W" and first else self.spec.output_size

    def _refuse_other_shape(self, path: str, wanted: tuple[int, ...]) -> None:
        got = self.shapes[path]
        if got == wanted:
            return
        what = f"built a module whose {path} is {got}; wanted {wanted}."
        if got == wanted[::-1]:
            raise self._fault(
                what, "It is the transpose: a target.convention with weights: columns has it so."
            )
        raise self._fault(
            what, "The sizes are those of the section lstm, laid out as target.convention says."
        )

    def _has(self) -> str:
        return f"It has {', '.join(self.shapes) or 'no parameters'}."

    def _fault(self, what: str, remedy: str | None = None) -> Exception:
        return returned.fault(self.build, what, remedy)


def _on_the_way(path: str) -> Place:
    """Numbers of the parts that a parameter is inside of, and whether one of them is called reverse."""
    parts = path.split(".")[:-1]
    numbers = tuple(int(found[0]) for part in parts if (found := NUMBER.search(part)))
    return numbers, any(REVERSE.search(part) for part in parts)


def _theirs(block: str) -> str:
    """As torch calls it."""
    return next((name for name, own in BLOCKS.items() if own == block), block)


def _network(layers: int, both: bool) -> str:
    return f"{layers} layer{'s' if layers > 1 else ''} in {'both directions' if both else 'one direction'}"


def _projection(width: int | None) -> str:
    return f"a projection of h to {width}" if width else "no projection"


def _switch(block: str) -> str:
    return "The declared network has none: lstm.bias and target.convention say what it has."
