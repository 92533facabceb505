"""Changes that were tried: a line is wrong only if a change of it helps."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from lstmcheck.targets.lines.corrections import Corrected, Correction
from lstmcheck.targets.lines.search import Found
from lstmcheck.targets.lines.watched_run import Runs, wrong_parts
from lstmcheck.targets.lines.writing import OPERATORS, Readable, nearby, rewritten

Change = Callable[[ast.Module, str], ast.Module]
Chosen = Mapping[Found, Correction]
MOST_TRIALS = 300
MOST_BLIND = 80


class Settling:
    """`run`: what the judged function returns with changed definitions."""

    def __init__(self, runs: Runs, run: Callable[[Change], Any], right: Any) -> None:
        self.runs, self.run, self.right = runs, run, right
        self.trials = 0

    def corrections(self, found: Sequence[Found]) -> tuple[list[Correction], bool]:
        """Those that help, and whether they settle it."""
        chosen = self._chosen(found)
        wrong = self._wrong(chosen)
        for each in sorted(found, key=lambda each: -each.event.place.number):
            others = {line: change for line, change in chosen.items() if line is not each}
            without = self._wrong(others)
            if each in chosen and without is not None and (wrong is None or without <= wrong):
                chosen, wrong = others, without
        return list(chosen.values()), bool(chosen) and wrong is not None and not wrong

    def _chosen(self, found: Sequence[Found]) -> dict[Found, Correction]:
        """A change for each line, after the other: whichever leaves least wrong."""
        choices = {each: list(self._by_value(each)) for each in found}
        chosen = {each: some[0] for each, some in choices.items() if some}
        wrong = self._wrong(chosen)
        for each, some in choices.items():
            for other in (*some[1:], *self._blind(each)):
                if wrong is not None and not wrong:
                    return chosen
                now = self._wrong({**chosen, each: other})
                if now is not None and (wrong is None or len(now) < len(wrong)):
                    chosen[each], wrong = other, now
        return chosen

    def _wrong(self, chosen: Chosen) -> frozenset[str] | None:
        """What is still wrong with these changes; None where they fail."""
        self.trials += 1
        if self.trials > MOST_TRIALS:
            return None
        try:
            return frozenset(wrong_parts(self.run(Corrected(list(chosen.values()))), self.right))
        except Exception:
            return None

    def _by_value(self, found: Found) -> Iterator[Correction]:
        """Expressions that have the value that belongs there; or that is right around it."""
        for each in self._around(found):
            readable = self._readable(each)
            place = each.event.place
            if readable is not None and isinstance(place.node, ast.expr):
                for new in rewritten(place.node, each.need, readable, place.scope):
                    yield Correction(each.event, each.need, new)

    def _around(self, found: Found) -> Iterator[Found]:
        """The expression, and those around it with what they are if it is repaired."""
        yield found
        repaired = self.runs.seen({**found.repairs, found.event.key: found.need})
        now = self.runs.seen(found.repairs)
        place = found.event.place.within
        while place is not None and repaired is not None and now is not None:
            key = place.number, found.event.occurrence
            one, other = now.by_key.get(key), repaired.by_key.get(key)
            if one is None or other is None or other.content is None or not isinstance(place.node, ast.BinOp):
                return
            yield Found(one, other.content, found.repairs)
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
        readable = self._readable(found)
        if readable is not None and isinstance(place.node, ast.expr):
            for new in islice(nearby(place.node, readable, place.scope), MOST_BLIND):
                yield Correction(found.event, found.need, new)

    def _readable(self, found: Found) -> Readable | None:
        recorder = self.runs.recorder
        recorder.trap = found.event.key
        try:
            self.runs.seen(found.repairs)
            return None if recorder.names is None else Readable(*recorder.names)
        finally:
            recorder.trap = None


def _added_up(found: Found) -> Iterator[Correction]:
    """Where a sum was overwritten: what the name held, and the value."""
    place = found.event.place
    statement = place.statement
    if isinstance(statement, ast.Assign) and statement.value is place.node and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
            held = ast.parse(ast.unparse(target), mode="eval").body
            yield Correction(found.event, found.need, ast.BinOp(held, ast.Add(), statement.value))
