"""Which known mistakes a check would let through, and what to change so that it would not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge import verdict
from lstmcheck.judge.selection import wants_directions
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.mistakes.catalogue import CATALOGUE, applicable
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake
from lstmcheck.mistakes.needs import OF_THE_CHECK, Changes, Need, changed, format_changes
from lstmcheck.reference.rounding import backward_rounding, scope_maxima
from lstmcheck.tolerances.verdict import REFERENCE_ROUNDING


@dataclass(frozen=True)
class Missed:
    """A mistake that would not be seen, and the keys that would show it; None where none was found."""

    mistake: Mistake
    change: str | None
    lacking: tuple[str, ...]
    """Names of the needs that the configuration does not meet."""


@dataclass(frozen=True)
class Audit:
    """What one configuration sees."""

    config: Config
    caught: tuple[str, ...]
    missed: tuple[Missed, ...]
    not_applicable: tuple[str, ...]
    smallest_detectable_error: Mapping[str, float]
    """By array, relative to the scale of the gate where it is largest; infinite where nothing is seen."""
    blind_spots: tuple[str, ...]
    method: Literal["entries", "directions"] = "entries"
    """How gates are judged, unless the target's numbers or activations leave entries alone."""

    @property
    def score(self) -> float:
        """Share of the applicable mistakes that are caught; 1 where there are none."""
        total = len(self.caught) + len(self.missed)
        return len(self.caught) / total if total else 1.0


class Sight:
    """What a check of one configuration can tell: for every gate the smallest difference that fails it."""

    def __init__(self, config: Config, replay: Replay | None = None) -> None:
        self.config = config
        self.replay = replay or Replay.of(config)
        rounding = backward_rounding(self.replay.case, config.seed)
        self.limits = {info.name: self._limit(info, rounding) for info in self.replay.infos}

    def _limit(self, info: ArrayInfo, rounding: Arrays) -> Floats:
        """τ and the uncertainty of the reference, per scope."""
        tau = verdict.tolerance(self.scales(info), self.config.check.rtol, rounding[info.name])
        return np.asarray(tau + REFERENCE_ROUNDING * rounding[info.name])

    @property
    def by_directions(self) -> bool:
        """Whether gates are judged as wholes."""
        entries = sum(info.size for info in self.replay.infos)
        return wants_directions(self.config, entries, foreign=self.config.target is not None)

    def scales(self, info: ArrayInfo) -> Floats:
        """The largest checked gradient of each scope."""
        right = np.where(self.replay.checked[info.name], self.replay.right[info.name], 0)
        return scope_maxima(info, verdict.flushed(right))

    def catches(self, backward: type[Backward]) -> bool:
        """Whether some checked entry differs by more than its gate lets pass, or is not finite."""
        found = self.replay.gradients(backward)
        return any(self._fails(info, found) for info in self.replay.infos)

    def _fails(self, info: ArrayInfo, found: Arrays) -> bool:
        apart = verdict.flushed(found[info.name] - self.replay.right[info.name])
        worst = scope_maxima(info, np.where(self.replay.checked[info.name], apart, 0))
        return not bool((worst <= self.limits[info.name]).all())


def would_be_caught(config: Config, backward: type[Backward]) -> bool:
    """Whether a check of this configuration would fail on a backward pass."""
    with np.errstate(all="ignore"):
        return Sight(config).catches(backward)


def audited(config: Config) -> Audit:
    """The catalogue against one configuration. Raises LstmcheckError for a bad .npz."""
    with np.errstate(all="ignore"):
        sight = Sight(config)
        mistakes = applicable(config)
        caught = [m for m in mistakes if sight.catches(m.backward)]
        hidden = [m for m in mistakes if m not in caught]
        search = _ChangeSearch(config)
        found = [search.find(m) for m in hidden if not _is_settled(m, config)]
    seen = {m.id for m in caught} | {each.mistake.id for each in found}
    return Audit(
        config,
        tuple(m.id for m in caught),
        tuple(found),
        tuple(name for name in CATALOGUE if name not in seen),
        _smallest(sight),
        tuple(_blind_spots(config, found)),
        "directions" if sight.by_directions else "entries",
    )


def _is_settled(mistake: Mistake, config: Config) -> bool:
    """Whether what is checked rules the mistake out for good: a loss of one's own does not read a state."""
    return any(need.settled(config) and not need.holds(config) for need in mistake.needs)


class _ChangeSearch:
    """Looks for changes under which a mistake is caught; each changed configuration is prepared once."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._sights: dict[str, Sight | None] = {}

    def find(self, mistake: Mistake) -> Missed:
        lacking = tuple(need.name for need in mistake.needs if not need.holds(self.config))
        for changes in self._candidates(mistake):
            sight = self._sight(changes)
            if sight and sight.catches(mistake.backward):
                return Missed(mistake, format_changes(changes), lacking)
        return Missed(mistake, None, lacking)

    def _candidates(self, mistake: Mistake) -> Iterator[Changes]:
        """Its own needs first, then anything that a check may lack, one at a time and two at once."""
        own = [need for need in mistake.needs if not need.holds(self.config)]
        other = [need for need in OF_THE_CHECK if not need.holds(self.config) and need not in own]
        ordered: list[Need] = [*own, *other]
        for need in ordered:
            yield need.changes(self.config)
        for one, two in combinations(ordered, 2):
            yield one.changes(self.config) | two.changes(self.config)

    def _sight(self, changes: Changes) -> Sight | None:
        key = format_changes(changes)
        if key not in self._sights:
            try:
                self._sights[key] = Sight(changed(self.config, changes))
            except LstmcheckError:
                self._sights[key] = None
        return self._sights[key]


def _smallest(sight: Sight) -> dict[str, float]:
    found = {}
    for info in sight.replay.infos:
        scales, limits = sight.scales(info), sight.limits[info.name]
        with np.errstate(divide="ignore", invalid="ignore"):
            found[info.name] = float(np.max(np.where(scales > 0, limits / scales, np.inf)))
    return found


BLIND = {
    "T>=2": "T = 1: nothing that carries over time is tested",
    "T>=3": "T = 2: what goes back further than one step is not tested",
    "B>=2": "B = 1: a sum over the batch and a mean are the same",
    "random states": "zero initial states: what is multiplied by h0 or c0 is not tested",
    "loss on outputs": "the loss reads the last states only: gradients that arrive on the way are not tested",
    "loss on hidden": "the loss does not read the last h: its gradient is not tested",
    "loss on cell": "the loss does not read the last c: its gradient is not tested",
}


def _blind_spots(config: Config, missed: list[Missed]) -> Iterator[str]:
    """In words: what the configuration lacks that a missed mistake needs."""
    lacking = {name for each in missed for name in each.lacking}
    lacking |= {need.name for need in OF_THE_CHECK if missed and not need.holds(config)}
    lacking -= {"T>=3"} if "T>=2" in lacking else set()
    yield from (sentence for name, sentence in BLIND.items() if name in lacking)
    if config.check.blocks != "all":
        absent = ", ".join(config.check.blocks)
        yield f"only {absent} are compared: what shows elsewhere is not seen"
    if config.check.entries != "all":
        yield f"{config.check.entries} entries of each gate are compared: a single wrong entry may be missed"
    if any(each.change is None for each in missed):
        yield "some gradients vanish beside their gate's scale: no single key shows what is wrong there"
