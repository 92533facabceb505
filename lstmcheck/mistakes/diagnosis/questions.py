"""Easier questions than the one that was checked: fewer steps, one sequence, one upstream at a time.

Fewer mistakes show in each of them, so that several at once come apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import valid_steps
from lstmcheck.lstm.loss import Loss
from lstmcheck.tolerances.diagnosis import GENTLE

UPSTREAMS = {"y": "d_y", "h": "d_h", "c": "d_c"}


@dataclass(frozen=True)
class Question:
    """A case, and what is easy about it: `one step of one sequence, d_c alone`."""

    words: str
    case: Case


def easier_questions(case: Case) -> Iterator[Question]:
    """The easiest first; each a part of the case's own numbers, with upstreams too small to be clipped."""
    length, batch, _ = case.arrays["x"].shape
    sizes = [(1, 1), (2, 1), (1, batch), (3, 1), (length, 1)]
    for steps, sequences in dict.fromkeys(sizes):
        if steps > length or (steps, sequences) == (length, batch):
            continue
        words = f"{_counted(steps, 'step')} of {_counted(sequences, 'sequence')}"
        smaller = _smaller(case, steps, sequences)
        letters = list(smaller.loss.targets)
        if sequences == 1 and steps <= 2 and len(letters) > 1:
            for letter in reversed(letters):
                yield Question(f"{words}, {UPSTREAMS[letter]} alone", _alone(smaller, letter))
        yield Question(words, smaller)


def _counted(n: int, what: str) -> str:
    return f"one {what}" if n == 1 else f"{n} {what}s"


def _smaller(case: Case, steps: int, sequences: int) -> Case:
    arrays = dict(case.arrays)
    arrays["x"] = arrays["x"][:steps, :sequences]
    arrays |= {name: arrays[name][:, :sequences] for name in ("h0", "c0")}
    lengths = None if case.lengths is None else np.minimum(case.lengths[:sequences], steps)
    random = np.random.default_rng(0)
    y = (steps, sequences, case.spec.directions * case.spec.output_size)
    shapes = {"y": y, "h": arrays["h0"].shape, "c": arrays["c0"].shape}
    targets = {letter: GENTLE * random.standard_normal(shapes[letter]) for letter in case.loss.targets}
    loss = Loss("projection", targets, valid=valid_steps(lengths, steps))
    return Case(case.spec, arrays, loss, lengths)


def _alone(case: Case, letter: str) -> Case:
    targets = {letter: case.loss.targets[letter]}
    return replace(case, loss=replace(case.loss, targets=targets))
