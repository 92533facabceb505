"""Parameters of a file in another framework's layout, under its names → ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from lstmcheck.arrays.archive import AnyArray, DamagedError, Member
from lstmcheck.arrays.foreign_names import GATE, Cell, Held, Names
from lstmcheck.arrays.validation import What, checked, damaged
from lstmcheck.config.config import Config
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import Bias

Parts = dict[tuple[Cell, str], tuple[Held, AnyArray]]
"""By cell and name of `Layout`: where it comes from, and its numbers."""


def theirs_as_ours(members: Sequence[Member], config: Config) -> tuple[dict[str, AnyArray], list[What]]:
    """Parameters by our names in our layout, and everything that is wrong with them.

    Two biases become one, their sum, where the network has one: it is the same network.
    """
    names = Names(config)
    meant, wrong = _meant(members, names)
    held = [each for _, each in meant]
    wrong += [*_networks(held), *_biases(held, config.lstm.bias)]
    parts: Parts = {}
    for member, each in meant:
        array, problems = checked(member, each)
        wrong += problems or _put(parts, each, array)
    wrong = wrong or list(_halves(parts, names, config))
    return ({}, wrong) if wrong else (_ours(parts, names, config), [])


def _meant(members: Sequence[Member], names: Names) -> tuple[list[tuple[Member, Held]], list[What]]:
    meant: list[tuple[Member, Held]] = []
    wrong: list[What] = []
    for member in members:
        try:
            held = names.meant(member.name, member.header().shape)
        except DamagedError:
            wrong.append(damaged(member))
            continue
        if held is None:
            wrong.append(names.why_absent(member.name))
        else:
            meant.append((member, held))
    return meant, wrong


def _networks(held: Sequence[Held]) -> Iterator[What]:
    """One file holds one network: all its names have one prefix."""
    first = {each.prefix: each.name for each in reversed(held)}
    if len(first) > 1:
        told = " and ".join(f"'{name}'" for name in [*first.values()][:-3:-1])
        yield (
            f"{told} are of different networks.",
            "Save those of one; cells are told apart by _l1 and _l0_reverse behind the name.",
        )


def _biases(held: Sequence[Held], wanted: Bias) -> Iterator[What]:
    """A bias that the network has no place for, or one bias beside two."""
    kinds = {_bias_of(each): each.name for each in held}
    if "one" in kinds and "two" in kinds:
        yield f"'{kinds['one']}' is one bias, but '{kinds['two']}' is one of two.", "Save either."
    for each in held:
        has = _bias_of(each)
        if has is None or has == wanted or (has, wanted) == ("two", "one"):
            continue
        if wanted == "none":
            yield f"'{each.name}' is a bias, but lstm.bias is none.", f"Set lstm.bias to {has}."
        else:
            yield f"'{each.name}' is the one bias of its cell, but lstm.bias is two.", "Set lstm.bias to one."


def _bias_of(held: Held) -> Bias | None:
    block = held.blocks[0]
    if block.startswith(("b_ih", "b_hh")):
        return "two"
    return "one" if block.startswith("b") else None


def _put(parts: Parts, held: Held, array: AnyArray) -> list[What]:
    """Adds what one array of the file holds; tells what is there already."""
    twice: list[What] = []
    for position, cell in enumerate(held.cells):
        of_cell = array[position] if held.by_direction else array
        for block, part in zip(held.blocks, np.split(of_cell, len(held.blocks)), strict=True):
            if (cell, block) in parts:
                both = f"'{parts[cell, block][0].name}' and '{held.name}'"
                twice.append((f"{both} are the same parameter.", "Save one."))
            parts[cell, block] = held, part
    return twice


def _halves(parts: Parts, names: Names, config: Config) -> Iterator[What]:
    """Parameters of which some gates are there and others are not, or one bias of a sum."""
    groups: dict[tuple[Cell, str], list[str]] = defaultdict(list)
    for cell, block in parts:
        groups[cell, _whole(block, config)].append(block)
    for (cell, whole), there in groups.items():
        wanted = [block for block in names.blocks if _whole(block, config) == whole]
        held = parts[cell, there[0]][0]
        missing = [
            names.called(block, held) for block in wanted if _matters(block, config) and block not in there
        ]
        if missing:
            told = ", ".join(f"'{name}'" for name in missing)
            yield f"'{held.name}' is there, but not {told}.", "Save all, or none to have them drawn."


def _whole(block: str, config: Config) -> str:
    """What a file holds as a whole or not at all: all gates; both biases if they are to be added."""
    block = GATE.sub("", block)
    return "b_ih + b_hh" if config.lstm.bias == "one" and block in ("b_ih", "b_hh") else block


def _matters(block: str, config: Config) -> bool:
    return not (config.lstm.coupled and block.endswith("_f"))


def _ours(parts: Parts, names: Names, config: Config) -> dict[str, AnyArray]:
    by_cell: dict[Cell, dict[str, AnyArray]] = defaultdict(dict)
    for (cell, block), (_, array) in parts.items():
        by_cell[cell][block] = array
    found: dict[str, AnyArray] = {}
    for (layer, reverse), arrays in by_cell.items():
        two = any(block.startswith(("b_ih", "b_hh")) for block in arrays)
        blocks = names.layout(layer, "two" if two else "one").ours(arrays)
        if two and config.lstm.bias == "one":
            blocks["b"] = blocks.pop("b_ih") + blocks.pop("b_hh")
        found |= {array_name(block, layer, reverse): np.ascontiguousarray(blocks[block]) for block in blocks}
    return found
