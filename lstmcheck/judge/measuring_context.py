"""What a reference measures with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.reference.complex_trust import Trust
from lstmcheck.reference.network import Network


def _always(info: ArrayInfo, row: int) -> bool:
    return True


@dataclass(frozen=True)
class Bench:
    """A network, what is known of its errors, and what is wanted."""

    network: Network
    noise: float
    """Standard deviation of the loss."""
    rtol: float
    step: float | None = None
    """Of all differences; None: chosen for each gate."""
    trust: Trust | None = None
    """Tells of which arrays complex steps may be used; None: of none."""
    complex_first: bool = False
    """Whether complex steps are taken of every entry of the arrays where they are trusted."""
    has_effect: Callable[[ArrayInfo, int], bool] = _always
    """Whether the loss changes, by a single bit, with a row of an array, however that is changed."""
    seed: int = 0
