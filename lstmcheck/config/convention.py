"""A convention as the configuration names it or spells it out."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, WithJsonSchema, field_validator

from lstmcheck.config.choices import ConventionName
from lstmcheck.config.section_base import Finite, Section
from lstmcheck.conventions.table import CONVENTIONS, Convention, Joined, Split, Weights
from lstmcheck.lstm.spec import Bias

SPELLED_OUT = "spelled out"
"""The name of a convention that has none."""
CANDIDATE_LETTERS = "caj"
"""What others call g."""
GATE_ORDER = re.compile("^(?=.*i)(?=.*f)(?=.*[gcaj])(?=.*o).{4}$")
"""Four letters, each gate among them."""


class ConventionConfig(Section):
    gates: Annotated[str, WithJsonSchema({"type": "string", "pattern": GATE_ORDER.pattern})] = Field(
        description="order of the gates, as icfo; the candidate may be called g, c, a or j"
    )
    weights: Weights = Field(
        default="rows", description="rows: W is (4H, D) and z = W x; columns: W is (D, 4H) and z = x W"
    )
    joined: Joined = Field(
        default="none", description="whether W and U are one matrix: over [x, h], [h, x] or [1, x, h]"
    )
    bias: Bias | None = Field(default=None, description="how many biases; null: as lstm.bias says")
    forget_offset: Finite = Field(default=0.0, description="added to the forget gate when it runs")
    split: Split = Field(
        default="stacked",
        description="gates one after the other, interleaved by unit, or in arrays of their own",
    )

    @field_validator("gates")
    @classmethod
    def _names_every_gate_once(cls, gates: str) -> str:
        if not GATE_ORDER.fullmatch(gates):
            raise ValueError("not each of i, f, g, o once")
        return gates


def convention_of(key: ConventionName | ConventionConfig, *, bias: Bias = "one") -> Convention:
    """The convention that `target.convention` or `arrays.convention` stands for; its gates in our letters.

    `bias` is that of a spelled-out one that leaves it open: `lstm.bias`.
    """
    if isinstance(key, str):
        return CONVENTIONS[key]
    return Convention(
        SPELLED_OUT,
        _our_letters(key.gates),
        key.weights,
        key.joined,
        key.bias or bias,
        key.forget_offset,
        key.split,
    )


def _our_letters(gates: str) -> str:
    """`icfo` → `igfo`."""
    return gates.translate(dict.fromkeys(map(ord, CANDIDATE_LETTERS), "g"))
