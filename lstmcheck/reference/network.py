"""What is asked of a network whose single entries can be moved: derivatives of the loss by them."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices


class Measured(NamedTuple):
    """Derivatives of the loss by some entries, and whether a kink is in the way of each."""

    value: Floats
    kinked: Flags


class Evaluator(Protocol):
    """What the reference derivatives need of a forward pass."""

    def central(self, info: ArrayInfo, entries: Indices, steps: Floats) -> Measured:
        """(L(θ + s) − L(θ − s)) / 2s for each flat index and its step, both (K,)."""


class Network(Evaluator, Protocol):
    """A forward pass, ours or another, that entries can be moved in."""

    evaluations: int
    expected: int
    """Evaluations that are known to be needed; only the progress asks."""
    confirmed_first: int
    """Entries of a gate that are measured again first; a gate that fails with them needs no more proof."""

    @property
    def has_kinks(self) -> bool:
        """Whether some activation is not twice differentiable everywhere."""

    def count(self, evaluations: int) -> None:
        """Tell that so many more evaluations were made."""

    def complex_step(self, info: ArrayInfo, entries: Indices) -> Measured:
        """Im L(θ + is)/s for each flat index; kinked: the point itself lies on a kink."""
