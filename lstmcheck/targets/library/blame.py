"""Why a C function wrote NaN: numbers that it left as they were, added to, or read where there are none."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lstmcheck.lstm.types import Arrays, Flags, Numbers
from lstmcheck.targets.library.call import CACHE, Call


@dataclass(frozen=True)
class Blame:
    """By the names of arrays in C."""

    unwritten: dict[str, Flags] = field(default_factory=dict)
    """Entries that it left as they were."""
    added: dict[str, Numbers] = field(default_factory=dict)
    """What it added to what was there."""
    read: list[str] = field(default_factory=list)
    """Arrays that it read before it wrote them, or beyond their ends."""


def blame(call: Call, found: Arrays) -> Blame:
    """For the numbers of `found` that are not finite because of what was, or was not, in memory; nothing for
    those that it computed."""
    verdict = Blame()
    if all(np.isfinite(array).all() for array in found.values()):
        return verdict
    clean = call.probe(None)
    if not _hurt(found, clean):
        return verdict
    for name in (*call.wanted, *call.given):
        hurt = _hurt(call.probe(name), clean)
        own = hurt.pop(name, None)
        if hurt:
            verdict.read.append(name)
        elif own is not None and clean[name][own].any():
            verdict.added[name] = clean[name]
        elif own is not None:
            verdict.unwritten[name] = own
    return verdict


def _hurt(found: Arrays, clean: Arrays) -> dict[str, Flags]:
    """Entries that are not finite in one and are in the other, where there are some."""
    flags = {n: ~np.isfinite(array) & np.isfinite(clean[n]) for n, array in found.items() if n != CACHE}
    return {name: own for name, own in flags.items() if own.any()}
