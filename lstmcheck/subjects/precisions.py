"""How many digits each gradient has, and what rounding to so many may take of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.precision import Precision, lowest
from lstmcheck.lstm.types import Arrays
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

    def rounding(self, case: Case, seed: int) -> tuple[Arrays, dict[str, float]]:
        """Of a correct backward pass: bounds on its rounding by array, (scopes,); and the share of its scale
        up to which an array's deviation may be lost precision."""
        own = self.by_array(case)
        kinds = dict.fromkeys((*own.values(), self.lowest))
        bounds = {kind: foreign_rounding(case, seed, kind.eps) for kind in kinds}
        explained = bounds[self.lowest]
        imprecise = {
            info.name: self._imprecise(own[info.name], largest_share(case, info, explained))
            for info in case.infos
        }
        return {name: bounds[kind][name] for name, kind in own.items()}, imprecise

    def _imprecise(self, own: Precision, explained: float) -> float:
        if own.is_low:
            return float(own.eps**IMPRECISE)
        return ROUNDING_ROOM * explained if self.lowest.is_low else 0.0


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
