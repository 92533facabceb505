"""The kinds of measured derivatives: what is known of each, for whoever judges by them or tells of them.

A new kind is a module that measures and a row here; positions in `KINDS` are its names in arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

from lstmcheck.tolerances.verdict import TIMES_OVER


@dataclass(frozen=True)
class ReferenceKind:
    """How a derivative was measured. `name` stands in JSON, `words` in sentences, `plural` in summaries."""

    name: str
    words: str
    plural: str
    refutes: float
    """Uncertainties by which a gradient must be off, beyond the tolerance, to fail by it alone."""
    tells_zero: bool = False
    """Whether a zero of it is exactly zero."""


KINDS = (
    ReferenceKind("central", "central difference", "differences", TIMES_OVER),
    ReferenceKind("richardson", "Richardson extrapolation", "differences", TIMES_OVER),
    ReferenceKind("complex", "complex step", "complex steps", refutes=1.0, tells_zero=True),
)
"""In the order of trust: a kind is only asked about what those before it leave open."""
CENTRAL, RICHARDSON, COMPLEX = range(len(KINDS))
