"""How many digits each gradient has, and what rounding to so many may take of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.precision import Precision, lowest
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.reference.low_rounding import LowRounding, low_rounding
from lstmcheck.reference.rounding import scope_maxima
from lstmcheck.subjects.foreign_rounding import foreign_rounding, largest_share
from lstmcheck.tolerances.noise import IMPRECISE
from lstmcheck.tolerances.verdict import ROUNDING_ROOM


@dataclass(frozen=True)
class Precisions:
    """An array is judged by the digits that it came with, or that were declared for all. That others came
    with fewer gives it no room; but what those explain is no proof of a mistake: it may have been computed
    so."""

    declared: Precision
    came: Mapping[str, Precision]
    """Gradients that came in less than float64 → in what."""
    seen: Precision
    """The lowest of all that came, outputs too."""

    def of(self, name: str) -> Precision:
        """What an array is judged by."""
        return lowest(self.declared, self.came.get(name, self.declared))

    @property
    def lowest(self) -> Precision:
        """That any number came with, or was to have."""
        return lowest(self.declared, self.seen, *self.came.values())

    @property
    def undeclared(self) -> dict[str, Precision]:
        """Gradients that came in less than was declared."""
        return {name: each for name, each in self.came.items() if each.eps > self.declared.eps}

    def by_array(self, case: Case) -> dict[str, Precision]:
        return {info.name: self.of(info.name) for info in case.infos}

    def reference(self, case: Case, eps: float) -> dict[str, float]:
        """By array, rounding in the numbers of a reference as a share of that in its own precision."""
        return {name: eps / kind.eps for name, kind in self.by_array(case).items()}

    def rounding(self, case: Case, seed: int) -> tuple[Arrays, Arrays]:
        """Of a correct backward pass: bounds on its rounding by array, (scopes,); and the shares of its scale
        up to which the deviation of a scope may be lost precision."""
        own = self.by_array(case)
        kinds = dict.fromkeys((*own.values(), self.lowest))
        bounds = {kind: _bounds(case, seed, kind) for kind in kinds}
        infos = {info.name: info for info in case.infos}
        explained = bounds[self.lowest].added
        imprecise = {
            name: _of_own(case, infos[name], kind, bounds[kind].added)
            if kind.is_low
            else _of_others(case, infos[name], explained if self.lowest.is_low else None)
            for name, kind in own.items()
        }
        return {name: bounds[kind].stored[name] for name, kind in own.items()}, imprecise


def _bounds(case: Case, seed: int, kind: Precision) -> LowRounding:
    if kind.is_short:
        return low_rounding(case, seed, kind)
    bounds = foreign_rounding(case, seed, kind.eps)
    return LowRounding(bounds, bounds)


def _of_own(case: Case, info: ArrayInfo, kind: Precision, bounds: Arrays) -> Floats:
    """In sixteen bits what is added up in them; in float32, whose products are taken in fewer digits here and
    there, half of its digits."""
    if not kind.is_short:
        return np.full(info.scopes, kind.eps**IMPRECISE)
    sizes, reach = scope_maxima(info, case.right[info.name]), (ROUNDING_ROOM + 1) * bounds[info.name]
    return np.asarray(np.divide(reach, sizes, out=np.zeros_like(sizes), where=sizes > 0))


def _of_others(case: Case, info: ArrayInfo, bounds: Arrays | None) -> Floats:
    """Of an array that came in more digits than others."""
    share = 0.0 if bounds is None else ROUNDING_ROOM * largest_share(case, info, bounds)
    return np.full(info.scopes, share)


def undeclared_note(precisions: Precisions) -> Iterator[str]:
    """Which gradients came in fewer digits than others, and what that means for each."""
    by_kind: dict[Precision, list[str]] = {}
    for name, kind in precisions.undeclared.items():
        by_kind.setdefault(kind, []).append(name)
    for kind, names in by_kind.items():
        yield (
            f"{', '.join(names)} came in {kind}: judged with its rounding, the others with that of"
            f" {precisions.declared} (target.dtype: {kind} says that all was computed so)"
        )
