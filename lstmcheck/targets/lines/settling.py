"""The changes that are suggested: a line is wrong only if a change of it helps."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from lstmcheck.targets.lines.alternatives import ways
from lstmcheck.targets.lines.chain import Chains, Spot
from lstmcheck.targets.lines.corrections import Correction
from lstmcheck.targets.lines.edits import OPERATORS, replacements
from lstmcheck.targets.lines.search import Found
from lstmcheck.targets.lines.trials import Trials
from lstmcheck.targets.lines.watched_run import Runs
from lstmcheck.targets.lines.writing import Distance

MOST_TRIALS = 150
MOST_BLIND = 80


@dataclass(frozen=True)
class Settled:
    """Changes that help, one for each wrong expression, and whether they settle it."""

    changes: Mapping[Found, Correction]
    settles: bool


class Settling:
    """Chooses changes, for expressions that are wrong."""

    def __init__(self, runs: Runs, trials: Trials, chains: Chains, *, is_all: bool) -> None:
        """`is_all`: whether nothing else is wrong than what was found."""
        self.runs, self.trials, self.chains, self.is_all = runs, trials, chains, is_all

    def settled(self, found: Sequence[Found]) -> Settled:
        """Those of which none can be left out."""
        chosen = self._chosen(found)
        wrong = self._wrong(chosen)
        for each in sorted(chosen, key=lambda each: -each.event.place.number):
            others = {line: change for line, change in chosen.items() if line is not each}
            without = self._wrong(others)
            if without is not None and (wrong is None or without <= wrong):
                chosen, wrong = others, without
        return Settled(chosen, bool(chosen) and wrong is not None and not wrong)

    def _chosen(self, found: Sequence[Found]) -> dict[Found, Correction]:
        """A change for each line, after the other: whichever leaves least wrong."""
        choices = {each: list(self._by_value(each)) for each in found}
        chosen = {each: some[0] for each, some in choices.items() if some}
        wrong = self._wrong(chosen)
        for each, some in choices.items():
            for other in chain(some[1:], self._farther(each)):
                if wrong is not None and not wrong:
                    return chosen
                now = self._wrong({**chosen, each: other})
                if now is not None and (wrong is None or len(now) < len(wrong)):
                    chosen[each], wrong = other, now
        return chosen

    def _wrong(self, chosen: Mapping[Found, Correction]) -> frozenset[str] | None:
        return self.trials.wrong(chosen.values()) if self.trials.count < MOST_TRIALS else None

    def _by_value(self, found: Found) -> Iterator[Correction]:
        """Expressions that have the value that belongs there, or that is right around it."""
        for spot in self._around(found):
            yield from ways(spot, self.runs)

    def _farther(self, found: Found) -> Iterator[Correction]:
        if self.is_all:
            yield from self._elsewhere(found)
            yield from self._blind(found)

    def _elsewhere(self, found: Found) -> Iterator[Correction]:
        """Of other statements that it could be set right in."""
        for spot in self.chains.spots(found):
            yield from ways(spot, self.runs)

    def _around(self, found: Found) -> Iterator[Spot]:
        """The expression, and those around it with what they are if it is repaired."""
        here = self.chains.here(found)
        yield here
        now = self.runs.seen(here.repairs)
        repaired = self.runs.seen({**here.repairs, here.event.key: here.need})
        place = here.event.place.within
        while place is not None and repaired is not None and now is not None:
            key = place.number, here.event.occurrence
            one, other = now.by_key.get(key), repaired.by_key.get(key)
            if one is None or other is None or other.content is None or not isinstance(place.node, ast.BinOp):
                return
            yield Spot(one, other.content, here.repairs)
            place = place.within

    def _blind(self, found: Found) -> Iterator[Correction]:
        """What could be meant, of sums whose terms before were wrong: only trying tells."""
        place = found.event.place
        if isinstance(node := place.node, ast.AugAssign):
            for operator in OPERATORS:
                other = ast.AugAssign(node.target, operator(), node.value)
                if not isinstance(node.op, operator):
                    yield Correction(found.event, found.need, other)
            return
        yield from _added_up(found)
        readable = self.runs.readable(found.event.key, found.repairs)
        if readable is not None and isinstance(place.node, ast.expr):
            for new in islice(replacements(place.node, readable, place.scope), MOST_BLIND):
                yield Correction(found.event, found.need, new)


def _added_up(found: Found) -> Iterator[Correction]:
    """Where a sum was overwritten: what the name held, and the value."""
    place = found.event.place
    statement = place.statement
    if isinstance(statement, ast.Assign) and statement.value is place.node and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
            held = ast.parse(ast.unparse(target), mode="eval").body
            new = ast.BinOp(held, ast.Add(), statement.value)
            yield Correction(found.event, found.need, new, Distance.INSERTED)
