"""From a wrong result to the expression that makes it: what reads right values, and whose own is wrong.

What a value should be is known at the end, and for its operands where what is left over has a name: of
`dc * i` that should be δc ∘ f, the first may stay δc if the second becomes f.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.certainty import Certainty
from lstmcheck.targets.lines.containers import Containers
from lstmcheck.targets.lines.events import REFERENCES, Event, Occurrence, Repair, Rule, is_reading
from lstmcheck.targets.lines.names import same
from lstmcheck.targets.lines.operations import Operation, has_other_operator, operation_of
from lstmcheck.targets.lines.undoing import undo
from lstmcheck.targets.lines.vocabulary import Vocabulary
from lstmcheck.targets.lines.wanted import Needs, Wanted

MOST_STEPS = 2000
MOST_OPTIONS = 4


@dataclass(frozen=True, eq=False)
class Accused:
    """An expression and what belongs there. `certain`: everything that it reads is known."""

    event: Event
    need: Numbers
    certain: bool


Gain = Callable[[Mapping[Occurrence, Repair]], float]
"""How much better another run is, in which the values of some events were replaced."""


class Blame:
    """Walks back through the events of one run."""

    def __init__(
        self,
        events: Sequence[Event],
        vocabulary: Vocabulary,
        producer: Callable[[Any], Event | None],
        gain: Gain,
        suspects: Collection[ast.stmt] = (),
    ) -> None:
        """`suspects`: statements that are known to be wrong."""
        self.suspects = suspects
        self.vocabulary, self._gain = vocabulary, gain
        self._at: dict[int, list[Event]] = defaultdict(list)
        self.containers = Containers(events, producer)
        self.wanted, self.certainty = Wanted(vocabulary), Certainty(vocabulary)
        self._readings: dict[int, set[int]] = defaultdict(set)
        for event in events:
            self._at[event.place.number].append(event)
            if isinstance(event.place.node, REFERENCES):
                self._readings[id(event.value)].add(event.place.number)
        self._known: dict[tuple[int, bytes], list[Accused]] = {}

    def of(self, event: Event | None, need: Any) -> list[Accused]:
        """Expressions that are wrong if the value of an event should be `need`: an array, or arrays in the
        same containers."""
        if event is None:
            return []
        if not isinstance(need, np.ndarray):
            members = self.containers.members(event, need)
            return [each for member, wanted in members for each in self.of(member, wanted)]
        if event.content is None or event.content.shape != need.shape or same(event.content, need):
            return []
        mark = (event.number, need.tobytes())
        if mark not in self._known and len(self._known) < MOST_STEPS:
            self._known[mark] = []  # what leads back to itself has no other answer
            self._known[mark] = self._of(event, need)
        return self._known.get(mark, [])

    def _of(self, event: Event, need: Numbers) -> list[Accused]:
        if event.source is not None:
            return self._of_reference(event, event.source, need)
        if event.kind == "filled":
            return self._of_filled(event, need)
        if event.kind == "member":
            return self._of_member(event, need)
        if event.kind == "put":
            return self.of(event.more["by"], need)
        return self._of_operation(event, need)

    def _of_member(self, event: Event, need: Numbers) -> list[Accused]:
        """One of several arrays that a call returns."""
        call, position = event.more["of"], event.more["position"]
        operation = operation_of(call, self.containers.elements)
        wanted = [np.full(each.shape, np.nan) for each in call.value]
        wanted[position] = need
        parts = self.wanted.moved(operation, wanted) if operation else None
        return self._in(operation, list(enumerate(parts))) if operation and parts is not None else []

    # What was made elsewhere.

    def _of_reference(self, event: Event, source: Event, need: Numbers) -> list[Accused]:
        """Either the value is wrong where it was made, or another belongs here."""
        made = self.of(source, need)
        content = event.content
        is_named = content is not None and content.size > 1 and self.certainty.is_known(event)
        if not is_named or not isinstance(event.place.node, REFERENCES) or not self.wanted.is_plausible(need):
            return made
        if any(each.event.place.statement in self.suspects for each in made):
            return made
        here = Accused(event, need, True)
        best = max(map(self.gain, made), default=float("-inf"))
        own = self.gain(here)
        if made and best > own:
            return made
        if made and self._is_made_wrong(event, source, need):
            whole = Accused(source.origin, need, self.certainty.of(source.origin))
            if best == own or self.gain(whole) >= own:
                return made if best == own else [whole]
        return [here]

    def gain(self, accused: Accused) -> float:
        """What it helps to have the quantity that belongs there, in all steps in which the one stands there
        that does in this."""
        return max(map(self._gain, self.repairs_of(accused)))

    def repairs_of(self, accused: Accused) -> list[dict[Occurrence, Repair]]:
        """What belongs there, and in every other step what does there if both are known quantities: as many
        choices as there are names for it."""
        event = accused.event
        here: dict[Occurrence, Repair] = {event.key: accused.need}
        times = len([each for each in self._at[event.place.number] if each.kind == event.kind])
        turns = times // self.vocabulary.length if times % self.vocabulary.length == 0 else 1
        everywhere = self.vocabulary.instead(event.content, accused.need)
        rules = [Rule(each, event.occurrence % turns, turns) for each in everywhere]
        return [{**here, rule.key(event.place.number): rule} for rule in rules] or [here]

    def _is_made_wrong(self, event: Event, source: Event, need: Numbers) -> bool:
        """Whether a value rather is wrong where it was made, if nothing else tells.

        A quantity of the derivation that is read in other places is right
        where it was made. One step's term of a sum is right, and so is what is only another
        name for something; unless a gradient is named that should be.
        """
        is_another_name = is_reading(source) and bool(source.place.binds)
        lacks_gradient = self.vocabulary.is_gradient(need) and not self.vocabulary.is_gradient(event.content)
        if is_another_name and (lacks_gradient or self.vocabulary.is_term_of(event.content, need)):
            return True
        if self.vocabulary.is_term_of(event.content, need) or (event.place.binds and lacks_gradient):
            return False
        if self.vocabulary.rank(event.content) == 0 and len(self._readings[id(event.value)]) > 1:
            return False
        return lacks_gradient or not is_reading(source.origin)

    # What was filled, or added up.

    def _of_filled(self, event: Event, need: Numbers) -> list[Accused]:
        index, element, before = event.more["index"], event.more["element"], event.more["before_from"]
        assert event.content is not None
        wanted, found = self._element_of(event.content, need, index), []
        if before is not None and before.content is not None and before.content.shape == need.shape:
            outside = np.array(need)
            outside[index] = self._before_addition(element, wanted, before.content[index])
            found = self.of(before, outside)
        if not same(np.asarray(event.content[index]), wanted):
            found = found + self.of(element, wanted)
        return found

    def _element_of(self, content: Numbers, need: Numbers, index: Any) -> Numbers:
        """What an element should be: a known quantity, if it has what differs."""
        now, wanted = np.asarray(content[index]), np.asarray(need[index])
        if now.shape != wanted.shape or self.wanted.is_plausible(wanted):
            return wanted
        return self.wanted.completed(np.where(now == wanted, np.nan, wanted), now)

    def _before_addition(self, element: Event, wanted: Numbers, before: Numbers) -> Numbers:
        """What an element should have held before something was added to it."""
        operation = operation_of(element, self.containers.elements) if element.kind == "added" else None
        found = undo(operation, 0, wanted) if operation else None
        return before if found is None or self.vocabulary.rank(found) is None else found

    # What is computed.

    def _of_operation(self, event: Event, need: Numbers) -> list[Accused]:
        here = [Accused(event, need, self.certainty.of(event))]
        operation = operation_of(event, self.containers.elements)
        if operation is None or not operation.operands:
            return here
        if here[0].certain and has_other_operator(event, need):
            return here
        parts = self.wanted.moved(operation, need)
        if parts is not None:
            return self._of_parts(event, need, operation, parts)
        summed = self.wanted.of_steps(operation, need, _so_far(event, operation))
        if (found := self._of_sum(operation, summed)) is not None:
            return found or here
        options = self.wanted.options(operation, need)
        if not options:
            return here
        if len(options) == 1:
            return self._in(operation, options[0]) or here
        if self._lacks_factor(event, need):
            return here
        return self._best(operation, options) or here

    def _of_sum(self, operation: Operation, summed: list[Needs]) -> list[Accused] | None:
        """Of what is summed over steps: terms, or what was summed before; None where that is right."""
        if len(summed) == 1 and not self._wrong_in(operation, summed[0][:1]):
            return None
        found = [self._in(operation, wanted) for wanted in summed if self._wrong_in(operation, wanted)]
        return max(found, key=lambda each: max(map(self.gain, each), default=-1.0), default=None)

    def _wrong_in(self, operation: Operation, wanted: Needs) -> bool:
        return any(not same(operation.operands[k].content, need) for k, need in wanted)

    def _lacks_factor(self, event: Event, need: Numbers) -> bool:
        """Whether a known product needs one quantity more."""
        if event.content is None or self.vocabulary.rank(event.content) is None:
            return False
        with np.errstate(all="ignore"):
            return self.vocabulary.rank(need / event.content) is not None

    def _in(self, operation: Operation, wanted: Needs) -> list[Accused]:
        """Operands that are wrong, if these are what they must be."""
        found: list[Accused] = []
        for position, need in wanted:
            found += self.of(operation.operands[position].event, need)
        return found

    def _best(self, operation: Operation, options: list[Needs]) -> list[Accused]:
        """Of several operands either of which could be wrong: the one whose repair does most; of equals the
        one that a simpler quantity sets right, and that is not read elsewhere."""
        ranked = []
        for option in options[:MOST_OPTIONS]:
            if found := self._in(operation, option):
                gained = max(map(self.gain, found))
                simple = min(self.wanted.rank(each.need) for each in found)
                trust = min(self._trust(each.event) for each in found)
                ranked.append(((-gained, simple, trust), found))
        ranked.sort(key=lambda each: each[0])
        return ranked[0][1] if ranked else []

    def _trust(self, event: Event) -> int:
        """Least for what only gives another name to something, most for what is read in other places, too."""
        if not is_reading(event):
            return 1
        if event.place.binds:
            return 0
        return 2 if len(self._readings[id(event.value)]) > 1 else 1

    def _of_parts(
        self, event: Event, need: Numbers, operation: Operation, parts: list[Numbers]
    ) -> list[Accused]:
        """What is stacked, turned or cut; or the way in which that is done, if all of it is known."""
        contents = [operand.content for operand in operation.operands]
        wrong = [k for k, part in enumerate(parts) if not same(contents[k], part)]
        found = self._in(operation, [(k, parts[k]) for k in wrong])
        known = self.vocabulary.rank(need) is not None and all(
            self.vocabulary.rank(content) is not None for content in contents
        )
        one_part = len(parts) == 1 and self.vocabulary.rank(parts[0]) is None
        if not known or not (one_part or len(wrong) > 1):
            return found
        if len(found) > 1 and len({each.event.place.number for each in found}) == 1:
            return found
        here = Accused(event, need, True)
        return found if any(self.gain(each) >= self.gain(here) for each in found) else [here]


def _so_far(event: Event, operation: Operation) -> int | None:
    """Which operand is what the same expression gave the time before."""
    number = event.place.number
    made = [None if each.event is None else each.event.origin.place.number for each in operation.operands]
    return made.index(number) if number in made else None
