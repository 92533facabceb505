"""Which arrays a file may hold for a configuration, and what is meant by names and shapes it should not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from lstmcheck.config.config import Config, spec
from lstmcheck.conventions.names import FRAMEWORK_NAMES, split_name
from lstmcheck.conventions.shapes import Shape
from lstmcheck.errors import Problem, did_you_mean
from lstmcheck.lstm.loss import PARTS
from lstmcheck.lstm.parameters import PARAMETER_BLOCKS, input_arrays, parameter_arrays

GATED = ("W", "U", "b", "b_ih", "b_hh", "p")
PART_OF = {letter: part for part, letter in PARTS.items()}
LETTERS = {
    "W": "(4, H, D)",
    "U": "(4, H, P)",
    "b": "(4, H)",
    "b_ih": "(4, H)",
    "b_hh": "(4, H)",
    "p": "(3, H)",
    "R": "(P, H)",
    "x": "(T, B, D)",
    "h0": "(layers·directions, B, P)",
    "c0": "(layers·directions, B, H)",
    "y": "(T, B, directions·P)",
    "h": "(layers·directions, B, P)",
    "c": "(layers·directions, B, H)",
}


SWITCHES = {
    "b": "bias: one",
    "b_ih": "bias: two",
    "b_hh": "bias: two",
    "p": "peephole: true",
    "R": "proj_size",
}
"""What gives the network a block that it lacks."""


@dataclass(frozen=True)
class ExpectedArray:
    """One array that a configuration reads."""

    name: str
    shape: Shape
    block: str = ""
    letters: str = ""
    """The shape in letters."""
    classes: int | None = None
    """For class labels: they are below this."""
    layer: int | None = None
    """Of a parameter."""

    def fits(self, shape: Shape) -> bool:
        return shape == self.shape

    def hint(self, got: Shape) -> str | None:
        """The step that probably turns an array of shape `got` into the wanted one."""
        return _shape_hint(self, got)


def expected_arrays(config: Config) -> dict[str, ExpectedArray]:
    """Every array that the file of a configuration may hold, by name."""
    net, sequence = spec(config), config.sequence
    infos = parameter_arrays(net) + input_arrays(net, sequence.length, sequence.batch)
    arrays = [
        ExpectedArray(info.name, info.shape, info.block, LETTERS[info.block], layer=info.layer)
        for info in infos
    ]
    return {array.name: array for array in [*arrays, *_loss_arrays(config)]}


def output_shapes(config: Config) -> dict[str, Shape]:
    """Of y, and of the last h and c, by letter."""
    net, batch = spec(config), config.sequence.batch
    return {
        "y": (config.sequence.length, batch, net.directions * net.output_size),
        "h": (len(net.cells), batch, net.output_size),
        "c": (len(net.cells), batch, net.hidden_size),
    }


def _loss_arrays(config: Config) -> list[ExpectedArray]:
    shapes = output_shapes(config).items()
    chosen = {letter: shape for letter, shape in shapes if PART_OF[letter] in config.loss.on}
    if config.loss.kind == "cross_entropy":
        return [ExpectedArray(f"target_{q}", shape[:-1], classes=shape[-1]) for q, shape in chosen.items()]
    return [ExpectedArray(f"{_loss_prefix(config)}_{q}", shape, q, LETTERS[q]) for q, shape in chosen.items()]


def _loss_prefix(config: Config) -> str:
    return "d" if config.loss.kind == "projection" else "target"


def unexpected(name: str, config: Config) -> Problem:
    """What is wrong with a name that the configuration does not read."""
    if remedy := switch_for_parameter(name, config) or switch_for_loss(name, config):
        return unread(name, remedy)
    return Problem(f"unknown array '{name}'.", remedy=_near_name(name, list(expected_arrays(config))))


def unread(name: str, remedy: str) -> Problem:
    return Problem(f"'{name}' is not read by this configuration.", remedy=remedy)


def switch_for_parameter(name: str, config: Config) -> str | None:
    """The key that would give the network a parameter it lacks; None for names of no parameter."""
    block, layer, reverse = split_name(name)
    if block not in PARAMETER_BLOCKS or layer is None:
        return None
    if reverse and not config.lstm.bidirectional:
        return "lstm.bidirectional: true switches it on."
    if layer >= config.lstm.num_layers:
        return f"lstm.num_layers: {layer + 1} or more switches it on."
    return f"lstm.{SWITCHES[block]} switches it on."


def switch_for_loss(name: str, config: Config) -> str | None:
    """The key that would have an upstream or a target read; None for other names."""
    prefix, _, letter = name.partition("_")
    if prefix not in ("d", "target") or letter not in PART_OF:
        return None
    if prefix != _loss_prefix(config):
        kinds = "loss.kind: projection" if prefix == "d" else "loss.kind: squared_error or cross_entropy"
        return f"{kinds} reads it; this loss reads {_loss_prefix(config)}_{letter}."
    return f"Add {PART_OF[letter]} to loss.on to have it read."


def _near_name(name: str, known: Sequence[str]) -> str:
    head, mark, tail = name.rpartition("/")[2].partition("_l")
    (block,) = FRAMEWORK_NAMES["torch"].get(head, (head,))
    return did_you_mean(f"{block}{mark}{tail}", known) or f"Read here: {', '.join(known)}."


def _shape_hint(expected: ExpectedArray, got: Shape) -> str | None:
    want = expected.shape
    if expected.block in GATED and (hint := _stacked_hint(expected, got)):
        return hint
    for order in permutations(range(len(want))):
        if len(got) == len(want) and tuple(got[axis] for axis in order) == want:
            return f"The axes look exchanged: save array.transpose{order}."
    if [n for n in got if n > 1] == [n for n in want if n > 1]:
        return f"Save array.reshape{want}."
    return None


def _stacked_hint(expected: ExpectedArray, got: Shape) -> str | None:
    gates, *rest = expected.shape
    order = "i, f, o" if gates == 3 else "i, f, g, o"
    rows = gates * rest[0]
    if got == (rows, *rest[1:]):
        return f"The gates look stacked: save array.reshape{expected.shape}, the gates in the order {order}."
    if len(rest) == 2 and got == (rest[1], rows):
        return f"It looks transposed, with stacked gates: save array.T.reshape{expected.shape}."
    if len(rest) == 2 and got[:-1] in ((rows,), (gates, rest[0])) and got[-1] > rest[1]:
        return "Are W and U side by side in it? Save the columns of x as W, those of h as U."
    return None
