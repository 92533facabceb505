"""What a check asks about: whose gradients, of which case, and the network that they are measured on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lstmcheck.config import Config
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Arrays
from lstmcheck.reference.evaluate import Network
from lstmcheck.reference.function import LossFunction
from lstmcheck.results import TargetAnswers


@dataclass(frozen=True)
class Subject:
    """Our own network, or a target."""

    config: Config
    case: Case
    network: Network
    """Where single entries are moved."""
    function: LossFunction
    """Where noise and trust are measured: the same forward pass."""
    outputs: Arrays
    """y, h_T, c_T and the loss, as far as they are shown."""
    analytic: Arrays
    """The gradients that are checked, by array name; a target may return some only."""
    rounding: Arrays
    """Bound on what rounding does to a correct backward pass, by array: (rows,)."""
    right: Arrays
    """Our own gradients: how large the others are."""
    missing_gates: Mapping[str, str] = field(default_factory=dict)
    """Letters of gates that did not come back, by array."""
    uncovered: tuple[str, ...] = ()
    """Upstream gradients that were not passed in."""
    imprecise: float = 0.0
    """Share of a gate's scale up to which a deviation may be lost precision."""
    undecidable: str | None = None
    """Why nothing can be said about the gradients."""
    one_number: bool = False
    """Only the loss comes out: its differences lose the digits that large losses have in common."""
    answers: TargetAnswers | None = None
