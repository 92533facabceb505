"""Other lines of which a change would do as much: then nobody can say which of them is wrong."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import islice

from lstmcheck.targets.lines.chain import Chains, Spot
from lstmcheck.targets.lines.corrections import Correction
from lstmcheck.targets.lines.search import Found
from lstmcheck.targets.lines.trials import Trials
from lstmcheck.targets.lines.watched_run import Runs
from lstmcheck.targets.lines.writing import Distance, rewritten

MOST_WAYS = 4
"""To write what belongs at a place: each is tried."""


def ways(spot: Spot, runs: Runs, most: Distance = Distance.COMPOSED) -> Iterator[Correction]:
    """To have the value that is needed at a place, the nearest first."""
    place = spot.event.place
    readable = runs.readable(spot.event.key, spot.repairs)
    if readable is not None and isinstance(place.node, ast.expr):
        for way in rewritten(place.node, spot.need, readable, place.scope, most):
            yield Correction(spot.event, spot.need, way.node, way.distance)


class Alternatives:
    """Of the changes that are suggested for one target."""

    def __init__(self, runs: Runs, trials: Trials, chains: Chains) -> None:
        self.runs, self.trials, self.chains = runs, trials, chains

    def of(self, found: Found, chosen: Correction, others: Sequence[Correction]) -> list[Correction]:
        """Of each other statement one that is as near, and with which nothing more is wrong."""
        wrong = self.trials.wrong([*others, chosen])
        if wrong is None:
            return []
        also = {chosen.place.statement: chosen}
        for spot in self.chains.spots(found):
            if spot.event.place.statement not in also:
                near = islice(ways(spot, self.runs, chosen.distance), MOST_WAYS)
                good = next((way for way in near if _within(self.trials.wrong([*others, way]), wrong)), None)
                if good is not None:
                    also[spot.event.place.statement] = good
        return [each for each in also.values() if each is not chosen]


def _within(wrong: frozenset[str] | None, room: frozenset[str]) -> bool:
    return wrong is not None and wrong <= room
