"""Cases beside the one of a check: some of its sequences, other sizes, other weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs, valid_steps
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.parameters import INPUT_BLOCKS, generator
from lstmcheck.lstm.types import Numbers
from lstmcheck.tolerances.behaviour import SEQUENCES_ALONE


def groups(case: Case) -> list[list[int]]:
    """The sequences of a batch, apart: some alone, the shortest and the longest among them, then the rest."""
    batch = case.arrays["x"].shape[1]
    order = np.argsort(_lengths(case), kind="stable").tolist()
    first = dict.fromkeys([order[0], order[-1], *range(batch)])
    alone = sorted(list(first)[:SEQUENCES_ALONE])
    rest = [b for b in range(batch) if b not in alone]
    return [[b] for b in alone] + ([rest] if rest else [])


def _lengths(case: Case) -> Numbers:
    length, batch, _ = case.arrays["x"].shape
    return np.full(batch, length) if case.lengths is None else case.lengths


def longest(case: Case, sequences: Sequence[int]) -> int:
    """Steps of the longest of some sequences."""
    return int(_lengths(case)[sequences].max())


def of_sequences(case: Case, sequences: Sequence[int]) -> Case:
    """Some sequences of a batch, no longer than the longest of them. Its loss is asked about nothing."""
    arrays = dict(case.arrays)
    arrays["x"] = arrays["x"][: longest(case, sequences), sequences]
    arrays |= {name: arrays[name][:, sequences] for name in ("h0", "c0")}
    lengths = None if case.lengths is None else case.lengths[sequences]
    return replace(case, arrays=arrays, lengths=lengths)


def upstream_of(upstream: Outputs, sequences: Sequence[int], length: int) -> Outputs:
    """The upstream of some sequences."""
    return Outputs(upstream.y[:length, sequences], *(d[:, sequences] for d in upstream[1:]))


def with_other_padding(case: Case, number: float | None = None) -> Case | None:
    """Other numbers in x past the end of each sequence, or one `number`; None where there is nothing."""
    valid = valid_steps(case.lengths, len(case.arrays["x"]))
    if valid is None or valid.all():
        return None
    x = case.arrays["x"]
    other = 5 - 3 * x if number is None else np.full_like(x, number)
    return replace(case, arrays={**case.arrays, "x": np.where(valid, x, other)})


def sized(case: Case, longer: int, wider: int, seed: int) -> Case:
    """So many more steps and sequences, or fewer: those that there are, over again.

    Its loss is a projection."""
    length, batch, _ = case.arrays["x"].shape
    steps, sequences = range(length + longer), range(batch + wider)
    arrays = dict(case.arrays)
    arrays["x"] = arrays["x"].take(steps, 0, mode="wrap").take(sequences, 1, mode="wrap")
    arrays |= {name: arrays[name].take(sequences, 1, mode="wrap") for name in ("h0", "c0")}
    lengths = case.lengths
    if lengths is not None:
        lengths = np.minimum(lengths.take(sequences, mode="wrap"), len(steps))
    valid = valid_steps(lengths, len(steps))
    other = replace(case, arrays=arrays, lengths=lengths, loss=replace(case.loss, valid=valid))
    everything = other.reading_everything(generator(seed, "other sizes")).loss
    weights = {part: everything.targets[part] for part in case.loss.targets}
    return replace(other, loss=Loss("projection", weights, valid=valid))


def with_other_weights(case: Case) -> Case:
    """The same parameters in another order: as large, trained or drawn, and no gate keeps its own."""
    turned = {name: np.flip(a).copy() for name, a in case.arrays.items() if name not in INPUT_BLOCKS}
    return replace(case, arrays={**case.arrays, **turned})
