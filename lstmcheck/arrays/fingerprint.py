"""What tells gradients of these inputs from those of others: a few numbers that travel with them.

Of the network, of its parameters, of x, the states and the lengths, and of the loss's upstreams or targets
each its own: the first bytes of SHA-256. They are whole numbers below 256, which every precision keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from hashlib import sha256
from itertools import compress

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.precision import BFLOAT, DOUBLE, HALF, SINGLE, Precision
from lstmcheck.lstm.types import Arrays, Numbers

NAME = "fingerprint"
"""Of the array in files."""
PARTS = ("network", "parameters", "inputs", "upstreams")
BYTES = 6
"""Of each part: two that differ look alike once in 3e14."""
SHAPE = (len(PARTS), BYTES)
ROUNDED_TO = (SINGLE, HALF, BFLOAT)
"""What inputs may be rounded to. Digits beyond float32 do not count: float64 has its fingerprint."""


def fingerprint(case: Case) -> Numbers:
    """Of a case, `SHAPE` numbers from 0 to 255."""
    return np.array([[*sha256(b"".join(part)).digest()[:BYTES]] for part in _parts(case)], np.uint8)


def given_in(case: Case, found: Numbers) -> Precision:
    """What a case was rounded to, to have a fingerprint (`SHAPE`): float64 where it was to float32 at most.

    Raises LstmcheckError, with the parts that differ, where it is another case's.
    """
    same = {kind: (found == fingerprint(case.rounded(kind))).all(1) for kind in ROUNDED_TO}
    kind = max(same, key=lambda each: int(same[each].sum()))
    if others := [*compress(PARTS, ~same[kind])]:
        raise LstmcheckError(
            f"these are the gradients of other inputs: by its fingerprint other {', '.join(others)}.",
            remedy="Give run the seed, the --set and the files that lstmcheck inputs was given.",
        )
    return DOUBLE if kind is SINGLE else kind


def _parts(case: Case) -> tuple[list[bytes], ...]:
    loss = case.loss
    own = {f.name: getattr(case.spec, f.name) for f in fields(case.spec)}
    chosen = [f"{f.name}={own[f.name]};".encode() for f in fields(case.spec) if own[f.name] != f.default]
    parameters = {info.name: case.arrays[info.name] for info in case.infos if info.layer is not None}
    inputs = {name: array for name, array in case.arrays.items() if name not in parameters}
    lengths = {} if case.lengths is None else {"lengths": case.lengths}
    kind = f"{loss.kind} {loss.mean} {loss.scale!r}".encode()
    return chosen, [*_bytes(parameters)], [*_bytes({**inputs, **lengths})], [kind, *_bytes(loss.targets)]


def _bytes(arrays: Arrays) -> Iterator[bytes]:
    for name in sorted(arrays):
        yield f"{name} {arrays[name].shape};".encode()
        with np.errstate(over="ignore"):
            yield arrays[name].astype("<f4").tobytes()
