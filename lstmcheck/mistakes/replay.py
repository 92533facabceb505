"""The same numbers through many backward passes: what each mistake does to every checked entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from lstmcheck.cases import make_case
from lstmcheck.config import Config
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Flags, Floats, Indices
from lstmcheck.mistakes.entry import Mistake


class Replay:
    """One case, its forward pass, and its right gradients; `checked` tells the entries of each array."""

    def __init__(self, case: Case, checked: Mapping[str, Flags]) -> None:
        self.case = case
        self.infos = [info for info in case.infos if info.name in checked and checked[info.name].any()]
        self.checked = checked
        with np.errstate(all="ignore"):
            self.trace = case.trace()
            self.upstream = case.loss.gradient(self.trace.outputs)
        self.right = self.gradients(Backward)

    @classmethod
    def of(cls, config: Config) -> Replay:
        """The numbers of a configuration, every entry of the blocks that it checks."""
        case = make_case(config)
        wanted = config.check.blocks
        infos = [info for info in case.infos if wanted == "all" or info.block in wanted]
        return cls(case, {info.name: effective(case, info) for info in infos})

    def gradients(self, backward: type[Backward]) -> Arrays:
        """What a backward pass makes of the numbers."""
        with np.errstate(all="ignore"):
            return backward(self.trace).gradients(self.upstream)

    def flat(self, gradients: Arrays) -> Floats:
        """The checked entries in one vector, each array in units of its own largest gradient."""
        parts = [gradients[i.name][self.checked[i.name]] / self._units[i.name] for i in self.infos]
        return np.concatenate(parts)

    @cached_property
    def _units(self) -> dict[str, float]:
        largest = {i.name: float(np.abs(self.right[i.name]).max(initial=0)) for i in self.infos}
        return {name: size if np.isfinite(size) and size > 0 else 1.0 for name, size in largest.items()}

    @cached_property
    def flat_right(self) -> Floats:
        return self.flat(self.right)

    def difference(self, backward: type[Backward]) -> Floats:
        """Wrong minus right, one vector."""
        return self.flat(self.gradients(backward)) - self.flat_right

    def differences(self, mistakes: Iterable[Mistake]) -> Floats:
        """A row for each mistake."""
        return np.stack([self.difference(mistake.backward) for mistake in mistakes])

    @cached_property
    def sections(self) -> Indices:
        """For every position of the vector the part of the network that it belongs to.

        A gate of an array, a time of x, a cell of h0 and c0.
        """
        found, first = [], 0
        for info in self.infos:
            entries = np.flatnonzero(self.checked[info.name])
            rows = entries // (info.size // info.shape[0])
            found.append(first + rows)
            first += info.shape[0]
        return np.unique(np.concatenate(found), return_inverse=True)[1]


def effective(case: Case, info: ArrayInfo) -> Flags:
    """The entries of an array that have an effect: all but the forget rows where the gates are coupled."""
    flags = np.ones(info.shape, bool)
    if case.spec.coupled and "f" in info.gates:
        flags[info.gates.index("f")] = False
    return flags
