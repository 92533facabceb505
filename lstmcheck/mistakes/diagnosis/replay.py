"""The same numbers through many backward passes: what each mistake does to every checked entry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config
from lstmcheck.judge.selection import chosen_arrays, chosen_entries
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Flags, Floats, Indices
from lstmcheck.mistakes.diagnosis.explanation import residual
from lstmcheck.mistakes.diagnosis.visible_gradients import TargetView
from lstmcheck.mistakes.mistake import Mistake
from lstmcheck.tolerances.diagnosis import COMPARED


class Replay:
    """One case, its forward pass, and its right gradients; `checked` tells the entries of each array.

    `upstream`: the gradients of the outputs, where the loss is not the case's own.
    """

    def __init__(
        self, config: Config, case: Case, checked: Mapping[str, Flags], upstream: Outputs | None = None
    ) -> None:
        self.config, self.case = config, case
        self.infos = [info for info in case.infos if info.name in checked and checked[info.name].any()]
        self.checked = checked
        self.compared = {info.name: _thinned(checked[info.name]) for info in self.infos}
        with np.errstate(all="ignore"):
            self.trace = case.trace()
            self.upstream = upstream or case.loss.gradient(self.trace.outputs)
            self.right = self.gradients(Backward) if upstream else case.right

    @classmethod
    def of(cls, config: Config, view: TargetView | None = None) -> Replay:
        """The numbers of a configuration, and the entries that it checks and a target covers."""
        case = make_case(config)
        with np.errstate(all="ignore"):
            checked = {i.name: _flags(config, i, case.right[i.name]) for i in chosen_arrays(config, case)}
        if view is not None:
            case = view.restricted(case)
            checked = {i.name: checked[i.name] & view.flags(i) for i in case.infos if i.name in checked}
        return cls(config, case, checked)

    def gradients(self, backward: type[Backward]) -> Arrays:
        """What a backward pass makes of the numbers."""
        with np.errstate(all="ignore"):
            return backward(self.trace).gradients(self.upstream)

    def flat(self, gradients: Arrays) -> Floats:
        """The compared entries in one vector, each array in units of its own largest gradient."""
        return self._vector(gradients, self.compared)

    def _vector(self, gradients: Arrays, chosen: Mapping[str, Flags]) -> Floats:
        parts = [gradients[i.name][chosen[i.name]] / self._units[i.name] for i in self.infos]
        return np.concatenate(parts)

    def explains_all(self, backward: type[Backward], analytic: Arrays) -> float:
        """What a backward pass leaves over of the difference in all checked entries, relative to it."""
        right, wrong, found = (
            self._vector(gradients, self.checked)
            for gradients in (self.right, analytic, self.gradients(backward))
        )
        return residual(wrong - right, found - right)

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
            entries = np.flatnonzero(self.compared[info.name])
            rows = entries // (info.size // info.shape[0])
            found.append(first + rows)
            first += info.shape[0]
        return np.unique(np.concatenate(found), return_inverse=True)[1]


def _thinned(flags: Flags) -> Flags:
    """The same entries, or some of them where they are many: the difference of mistakes is in most."""
    entries = np.flatnonzero(flags)
    if len(entries) <= COMPARED:
        return flags
    few = np.zeros(flags.shape, bool)
    few.ravel()[np.random.default_rng(0).choice(entries, COMPARED, replace=False)] = True
    return few


def _flags(config: Config, info: ArrayInfo, right: Floats) -> Flags:
    flags = np.zeros(info.shape, bool)
    flags.ravel()[chosen_entries(config, info, right)] = True
    return flags
