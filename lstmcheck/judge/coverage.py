"""What of all gradients was compared, and what was asked for and did not come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lstmcheck.config import Config
from lstmcheck.judge.results import GateResult
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.target_answers import Coverage
from lstmcheck.lstm.gates import gate_label
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Indices


def coverage_of(subject: Subject, gates: Sequence[GateResult]) -> Coverage:
    """Compare what was checked with what was asked for."""
    asked = [info for info in subject.case.infos if _is_asked(info, subject)]
    missing = [(info.block, name) for info in asked for name in _missing(info, subject)]
    missing += [(block, block) for block in _absent(subject)]
    blocks = dict.fromkeys(gate.info.block for gate in gates)
    return Coverage(
        covered=tuple(dict.fromkeys(gate.info.name for gate in gates)),
        missing=tuple(name for _, name in missing),
        not_asked=(*(info.name for info in subject.case.infos if info not in asked), *subject.uncovered),
        whole=tuple(block for block in blocks if block not in dict(missing)),
    )


def is_chosen(info: ArrayInfo, config: Config) -> bool:
    """Whether `check.blocks` has an array."""
    return config.check.blocks == "all" or info.block in config.check.blocks


def _is_asked(info: ArrayInfo, subject: Subject) -> bool:
    by_name = subject.config.check.blocks != "all"
    return is_chosen(info, subject.config) and (by_name or info.block not in subject.no_place)


def _absent(subject: Subject) -> Iterator[str]:
    """Blocks that are asked for by name and that the network turned out not to have."""
    blocks = subject.config.check.blocks
    here = {info.block for info in subject.case.infos}
    yield from (block for block in blocks if blocks != "all" and block not in here)


def _missing(info: ArrayInfo, subject: Subject) -> Iterator[str]:
    """The array, or those of its gates that have an effect, if they did not come back."""
    if info.name not in subject.analytic:
        yield info.name
    for gate in subject.missing_gates.get(info.name, ""):
        if gate != "f" or not subject.config.lstm.coupled:
            yield gate_label(info.name, gate)


def parts_not_reached(
    infos: Sequence[ArrayInfo], entries: Mapping[str, Indices], reached: set[tuple[str, str | None]]
) -> Iterator[str]:
    """Names of arrays none of whose gates was reached, and of gates of the others."""
    for info in infos:
        rows = np.unique(info.row_of(entries[info.name]))
        gates = [info.gates[row] if info.gates else None for row in rows]
        left = [gate for gate in gates if (info.name, gate) not in reached]
        if len(left) == len(gates):
            yield info.name
        else:
            yield from (gate_label(info.name, gate) for gate in left)
