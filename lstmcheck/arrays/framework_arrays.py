"""Parameters of a file in another framework's layout, under its names → ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from lstmcheck.arrays.framework_names import GATE, ForeignArray, ForeignNames
from lstmcheck.arrays.open_file import AnyArray, Member
from lstmcheck.arrays.read_array import read_array
from lstmcheck.config.config import Config
from lstmcheck.errors import LstmcheckError, Problem, collecting
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.parameters import array_name
from lstmcheck.lstm.spec import Bias

Parts = dict[tuple[CellKey, str], tuple[ForeignArray, AnyArray]]
"""By cell and name of `Layout`: where it comes from, and its numbers."""


def read_foreign(members: Sequence[Member], config: Config) -> dict[str, AnyArray]:
    """Parameters by our names in our layout.

    Two biases become one, their sum, where the network has one: it is the same network. Raises LstmcheckError
    with everything that is wrong with the parameters.
    """
    names = ForeignNames(config)
    problems: list[Problem] = []
    identified: list[tuple[Member, ForeignArray]] = []
    for member in members:
        with collecting(problems):
            identified.append((member, names.identify(member.name, member.header().shape)))
    arrays = [array for _, array in identified]
    problems += [*_several_networks(arrays), *_other_biases(arrays, config.lstm.bias)]
    parts: Parts = {}
    for member, array in identified:
        with collecting(problems):
            problems += _add(parts, array, read_array(member, array))
    problems = problems or list(_incomplete(parts, names, config))
    if problems:
        raise LstmcheckError(problems)
    return _convert(parts, names, config)


def _several_networks(arrays: Sequence[ForeignArray]) -> Iterator[Problem]:
    """One file holds one network: all its names have one prefix."""
    first = {array.prefix: array.name for array in reversed(arrays)}
    if len(first) > 1:
        names = " and ".join(f"'{name}'" for name in [*first.values()][:-3:-1])
        yield Problem(
            f"{names} are of different networks.",
            remedy="Save those of one; cells are told apart by _l1 and _l0_reverse behind the name.",
        )


def _other_biases(arrays: Sequence[ForeignArray], wanted: Bias) -> Iterator[Problem]:
    """A bias that the network has no place for, or one bias beside two."""
    kinds = {_bias_of(array): array.name for array in arrays}
    if "one" in kinds and "two" in kinds:
        what = f"'{kinds['one']}' is one bias, but '{kinds['two']}' is one of two."
        yield Problem(what, remedy="Save either.")
    for array in arrays:
        has = _bias_of(array)
        if has is None or has == wanted or (has, wanted) == ("two", "one"):
            continue
        if wanted == "none":
            what = f"'{array.name}' is a bias, but lstm.bias is none."
            yield Problem(what, remedy=f"Set lstm.bias to {has}.")
        else:
            what = f"'{array.name}' is the one bias of its cell, but lstm.bias is two."
            yield Problem(what, remedy="Set lstm.bias to one.")


def _bias_of(array: ForeignArray) -> Bias | None:
    block = array.blocks[0]
    if block.startswith(("b_ih", "b_hh")):
        return "two"
    return "one" if block.startswith("b") else None


def _add(parts: Parts, source: ForeignArray, numbers: AnyArray) -> list[Problem]:
    """Adds what one array of the file holds; what is there already is a problem."""
    problems: list[Problem] = []
    for position, cell in enumerate(source.cells):
        of_cell = numbers[position] if source.by_direction else numbers
        for block, part in zip(source.blocks, np.split(of_cell, len(source.blocks)), strict=True):
            if (cell, block) in parts:
                both = f"'{parts[cell, block][0].name}' and '{source.name}'"
                problems.append(Problem(f"{both} are the same parameter.", remedy="Save one."))
            parts[cell, block] = source, part
    return problems


def _incomplete(parts: Parts, names: ForeignNames, config: Config) -> Iterator[Problem]:
    """Parameters of which some gates are there and others are not, or one bias of a sum."""
    groups: dict[tuple[CellKey, str], list[str]] = defaultdict(list)
    for cell, block in parts:
        groups[cell, _whole(block, config)].append(block)
    for (cell, whole), there in groups.items():
        source = parts[cell, there[0]][0]
        wanted = [block for block in names.blocks if _whole(block, config) == whole]
        missing = [block for block in wanted if _has_effect(block, config) and block not in there]
        if missing:
            spelled = ", ".join(f"'{names.spell(block, source)}'" for block in missing)
            what = f"'{source.name}' is there, but not {spelled}."
            yield Problem(what, remedy="Save all, or none to have them drawn.")


def _whole(block: str, config: Config) -> str:
    """What a file holds as a whole or not at all: all gates; both biases if they are to be added."""
    block = GATE.sub("", block)
    return "b_ih + b_hh" if config.lstm.bias == "one" and block in ("b_ih", "b_hh") else block


def _has_effect(block: str, config: Config) -> bool:
    return not (config.lstm.coupled and block.endswith("_f"))


def _convert(parts: Parts, names: ForeignNames, config: Config) -> dict[str, AnyArray]:
    by_cell: dict[CellKey, dict[str, AnyArray]] = defaultdict(dict)
    for (cell, block), (_, array) in parts.items():
        by_cell[cell][block] = array
    ours: dict[str, AnyArray] = {}
    for (layer, reverse), arrays in by_cell.items():
        two = any(block.startswith(("b_ih", "b_hh")) for block in arrays)
        blocks = names.layout(layer, "two" if two else "one").read(arrays)
        if two and config.lstm.bias == "one":
            blocks["b"] = blocks.pop("b_ih") + blocks.pop("b_hh")
        ours |= {array_name(block, layer, reverse): np.ascontiguousarray(blocks[block]) for block in blocks}
    return ours
