"""One error of a chosen size in one gate of a right gradient.

Sizes are relative to the gate's own largest gradient, or to its array's where the gate's is zero; of x also
to that of one step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from trial_networks import Random, chance, log_uniform, weighted
from trial_targets import Array, Arrays

SIZES = (1e-5, 3.0)
FORMS = {"dense": 4, "entry": 3, "factor": 3, "zero": 1, "not finite": 0.2}
SMALLEST_GATE = 0.3
"""How often the gate with the smallest gradient of all is spoilt, rather than any."""
LOST_ARRAY = 0.7
"""How often the array is zeroed of which the forward pass loses the imaginary part."""
FORGOTTEN = 0.6
"""How often the gradient of a penalty on the weights is left out, where there is one."""
STEP_OF_X = 0.5
"""How often one step of x is spoilt rather than all of it."""


@dataclass(frozen=True)
class Place:
    """One gate of an array, or one array without gates."""

    array: str
    """As the report calls it."""
    gate: str | None
    key: str
    """Of the array among the gradients that are altered."""
    where: Any = ...
    """Its index in that array."""

    def part(self, gradients: Arrays) -> Array:
        """Its view of them."""
        return np.asarray(gradients[self.key][self.where])


@dataclass(frozen=True)
class Error:
    """What was planted. `largest` is the error's largest entry, `scale` the gate's largest right gradient."""

    place: Place
    form: str
    size: float
    step: int | None
    scale: float
    largest: float
    change: Array | None
    """What is added; None where every entry is multiplied by 1 + size."""

    @property
    def relative(self) -> float:
        """The error in units of the gate's own scale."""
        return self.largest / self.scale if self.scale else float("inf")

    def apply(self, gradients: Arrays) -> None:
        part = _of_step(self.place.part(gradients), self.step)
        if self.change is None:
            part *= 1 + self.size
        elif part.shape == self.change.shape:  # whoever asks again with other sizes is answered rightly
            part += self.change.astype(part.dtype)

    def __str__(self) -> str:
        gate = f" {self.place.gate}" if self.place.gate else ""
        step = "" if self.step is None else f" at step {self.step}"
        return (
            f"{self.place.array}{gate}{step}: {self.form} {self.size:.1e}, which is {self.relative:.1e}"
            f" of the gate's scale {self.scale:.1e}"
        )


class Planter:
    """Alters every gradient that it is handed in the same way; what it does is drawn at the first."""

    def __init__(
        self,
        random: Random,
        places: Callable[[Arrays], list[Place]],
        *,
        some_entries: bool = False,
        lost: str | None = None,
    ) -> None:
        self.random, self.places = random, places
        self.some_entries = some_entries
        """Only some are checked: the error must be in all of them."""
        self.lost = lost
        """The array whose imaginary part the forward pass loses: a zero looks right there."""
        self.error: Error | None = None

    def __call__(self, right: Arrays, terms: Arrays | None = None) -> Arrays:
        """The gradients, copied, with the error. `terms`: what a careless author might forget, by key."""
        spoilt = {name: np.array(a) for name, a in right.items()}
        if self.error is None:
            self.error = self._drawn(spoilt, terms or {})
        self.error.apply(spoilt)
        return spoilt

    def _drawn(self, right: Arrays, terms: Arrays) -> Error:
        places = self.places(right)
        form, size = self._form(), log_uniform(self.random, *SIZES) * float(self.random.choice([1, -1]))
        place = self._place(places, right)
        if terms and not self.some_entries and chance(self.random, FORGOTTEN):
            place = [p for p in places if p.key in terms][int(self.random.integers(4))]
            form = "forgotten term"
        elif place.array == self.lost and not self.some_entries:
            form = "zero"
        step = self._step(place, right, form)
        part = _of_step(place.part(right), step)
        unit = largest(part)
        if form in ("factor", "zero") and unit:
            size = -1.0 if form == "zero" else size
            return Error(place, form, size, step, largest(place.part(right)), abs(size) * unit, None)
        if form == "forgotten term":
            change = -place.part(terms)
            size = largest(change) / (unit or 1.0)
        else:
            change = self._change(form, size * (unit or largest(right[place.key]) or 1.0), part)
        form = form if form not in ("factor", "zero") else "dense"
        return Error(place, form, size, step, largest(place.part(right)), float(np.abs(change).max()), change)

    def _form(self) -> str:
        form = weighted(self.random, FORMS)
        return "dense" if self.some_entries else form

    def _place(self, places: list[Place], right: Arrays) -> Place:
        any_place = places[int(self.random.integers(len(places)))]
        smallest_first, lost_first = chance(self.random, SMALLEST_GATE), chance(self.random, LOST_ARRAY)
        if lost_first and self.lost:
            return next((place for place in places if place.array == self.lost), any_place)
        if smallest_first:
            sizes = [largest(place.part(right)) or np.inf for place in places]
            return places[int(np.argmin(sizes))]
        return any_place

    def _step(self, place: Place, right: Arrays, form: str) -> int | None:
        one_step = chance(self.random, STEP_OF_X)
        if place.array != "x" or not one_step or self.some_entries or form == "zero":
            return None
        return int(self.random.integers(len(place.part(right))))

    def _change(self, form: str, size: float, part: Array) -> Array:
        """What is added: a number in one entry, or noise in all of them."""
        change = np.zeros(part.shape)
        if form in ("entry", "not finite"):
            odd = float(self.random.choice([np.nan, np.inf, -np.inf]))
            index = tuple(int(self.random.integers(n)) for n in part.shape)
            change[index] = size if form == "entry" else odd
            return change
        noise = self.random.standard_normal(part.shape)
        return np.asarray(size * (np.sign(noise) if self.some_entries else noise / np.abs(noise).max()))


def _of_step(part: Array, step: int | None) -> Array:
    return part if step is None else part[step : step + 1]


def largest(part: Array) -> float:
    """Of the finite entries."""
    size = np.abs(np.asarray(part, float))
    return float(np.max(size, initial=0, where=np.isfinite(size)))
