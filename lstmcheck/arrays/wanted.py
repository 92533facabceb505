"""Which arrays a file may hold for a configuration, and what is meant by names and shapes it should not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from lstmcheck.config.config import Config, spec
from lstmcheck.errors import did_you_mean
from lstmcheck.lstm.loss import PARTS
from lstmcheck.lstm.parameters import input_arrays, parameter_arrays

Shape = tuple[int, ...]

PARAMETER = re.compile(r"(W|U|b|b_ih|b_hh|p|R)_l([0-9]{1,6})(_reverse)?")
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
TORCH_NAMES = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b_ih", "bias_hh": "b_hh", "weight_hr": "R"}


@dataclass(frozen=True)
class Wanted:
    """One array that a configuration reads."""

    name: str
    shape: Shape
    block: str = ""
    classes: int | None = None
    """For class labels: they are below this."""
    layer: int | None = None
    """Of a parameter."""

    @property
    def letters(self) -> str:
        return f", which is {LETTERS[self.block]}" if self.block else ""

    def fits(self, shape: Shape) -> bool:
        return shape == self.shape

    def hint(self, got: Shape) -> str | None:
        """The step that probably turns an array of shape `got` into the wanted one."""
        return _shape_hint(self, got)


def wanted_arrays(config: Config) -> dict[str, Wanted]:
    """Every array that the file of a configuration may hold, by name."""
    net, sequence = spec(config), config.sequence
    infos = parameter_arrays(net) + input_arrays(net, sequence.length, sequence.batch)
    arrays = [Wanted(info.name, info.shape, info.block, layer=info.layer) for info in infos]
    return {array.name: array for array in [*arrays, *_loss_arrays(config)]}


def _loss_arrays(config: Config) -> list[Wanted]:
    net, batch = spec(config), config.sequence.batch
    shapes = {
        "y": (config.sequence.length, batch, net.directions * net.output_size),
        "h": (len(net.cells), batch, net.output_size),
        "c": (len(net.cells), batch, net.hidden_size),
    }
    chosen = {letter: shape for letter, shape in shapes.items() if PART_OF[letter] in config.loss.on}
    if config.loss.kind == "cross_entropy":
        return [Wanted(f"target_{q}", shape[:-1], classes=shape[-1]) for q, shape in chosen.items()]
    return [Wanted(f"{_loss_prefix(config)}_{q}", shape, q) for q, shape in chosen.items()]


def _loss_prefix(config: Config) -> str:
    return "d" if config.loss.kind == "projection" else "target"


def why_unknown(name: str, config: Config) -> tuple[str, str]:
    """What is wrong with a name that the configuration does not read, and the remedy."""
    if remedy := switch_for_parameter(name, config) or switch_for_loss(name, config):
        return f"'{name}' is not read by this configuration.", remedy
    return f"unknown array '{name}'.", _near_name(name, list(wanted_arrays(config)))


def switch_for_parameter(name: str, config: Config) -> str | None:
    """The key that would give the network a parameter it lacks; None for names of no parameter."""
    found = PARAMETER.fullmatch(name)
    if not found:
        return None
    block, layer, reverse = found[1], int(found[2]), bool(found[3])
    if reverse and not config.lstm.bidirectional:
        return "lstm.bidirectional: true switches it on."
    if layer >= config.lstm.num_layers:
        return f"lstm.num_layers: {layer + 1} or more switches it on."
    return f"lstm.{_SWITCHES[block]} switches it on."


_SWITCHES = {
    "b": "bias: one",
    "b_ih": "bias: two",
    "b_hh": "bias: two",
    "p": "peephole: true",
    "R": "proj_size",
}


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
    ours = f"{TORCH_NAMES.get(head, head)}{mark}{tail}"
    return did_you_mean(ours, known) or f"Read here: {', '.join(known)}."


def _shape_hint(wanted: Wanted, got: Shape) -> str | None:
    want = wanted.shape
    if wanted.block in GATED and (hint := _stacked(wanted, got)):
        return hint
    for order in permutations(range(len(want))):
        if len(got) == len(want) and tuple(got[axis] for axis in order) == want:
            return f"The axes look exchanged: save array.transpose{order}."
    if [n for n in got if n > 1] == [n for n in want if n > 1]:
        return f"Save array.reshape{want}."
    return None


def _stacked(wanted: Wanted, got: Shape) -> str | None:
    gates, *rest = wanted.shape
    order = "i, f, o" if gates == 3 else "i, f, g, o"
    rows = gates * rest[0]
    if got == (rows, *rest[1:]):
        return f"The gates look stacked: save array.reshape{wanted.shape}, the gates in the order {order}."
    if len(rest) == 2 and got == (rest[1], rows):
        return f"It looks transposed, with stacked gates: save array.T.reshape{wanted.shape}."
    if len(rest) == 2 and got[:-1] in ((rows,), (gates, rest[0])) and got[-1] > rest[1]:
        return "Are W and U side by side in it? Save the columns of x as W, those of h as U."
    return None
