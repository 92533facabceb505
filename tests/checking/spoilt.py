"""Correct gradients, changed afterwards: an error of any size in any place."""

from __future__ import annotations

from collections.abc import Callable

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Numbers

Gradients = dict[str, Numbers]


def spoilt(change: Callable[[Gradients], None]) -> type[Backward]:
    """The right backward pass, its gradients handed to `change` before they are returned."""

    class Spoilt(Backward):
        def gradients(self, upstream: Outputs) -> Gradients:
            found = {name: array.copy() for name, array in super().gradients(upstream).items()}
            change(found)
            return found

    return Spoilt


def scaled(name: str, factor: float) -> type[Backward]:
    """One array times a constant."""

    def change(found: Gradients) -> None:
        found[name] *= factor

    return spoilt(change)
