"""Cases for the tests of the references, and all entries of their arrays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from checking_configs import Tree, config_of, small

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.results import GateResult
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Indices

EPS = float(np.finfo(float).eps)

VARIANTS: dict[str, Tree] = {
    "small": small(),
    "two layers of both directions": small(lstm={"num_layers": 2, "bidirectional": True}),
    "peephole, coupled, two biases": small(lstm={"peephole": True, "coupled": True, "bias": "two"}),
    "projection": small(lstm={"hidden_size": 5, "proj_size": 2}),
    "padded": small(sequence={"lengths": [3, 2, 1, 3, 2]}, lstm={"bidirectional": True}),
    "squared error": small(loss={"kind": "squared_error", "scale": 1e-8}),
    "cross entropy": small(loss={"kind": "cross_entropy", "reduce": "mean"}),
    "softsign and identity": small(lstm={"activations": {"gate": "softsign", "output": "identity"}}),
}


def codes(gate: GateResult) -> set[str]:
    """Of the notes of a gate."""
    return {note.code for note in gate.notes}


def case_of(tree: Tree) -> Case:
    return make_case(config_of(tree))


def arrays_of(case: Case) -> Iterator[tuple[ArrayInfo, Indices]]:
    """Every array with the flat indices of all its entries."""
    for info in case.infos:
        yield info, np.arange(info.size)


def rounding(case: Case) -> float:
    """What a gradient by exact arithmetic and one in doubles may differ by, relative to the array's largest.

    One ε for every rounding along the longest chain through layers and time, and for every term of
    the sums over time and batch at its ends; their signs differ, so that this is no tight bound.
    """
    length, batch = len(case.arrays["x"]), case.arrays["x"].shape[1]
    spec = case.spec
    per_step = 4 * spec.hidden_size + spec.directions * spec.output_size + spec.input_size + 10
    return float(EPS * (spec.num_layers * length * per_step + length * batch))
