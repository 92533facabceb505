"""Several mistakes at once: all of a failure, or part of it, or where it shows first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from lstmcheck.judge.diagnosis_result import Asked
from lstmcheck.judge.subject import Ask
from lstmcheck.lstm.types import Arrays
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.in_some_gates import in_some_gates
from lstmcheck.mistakes.diagnosis.patterns import Pattern, find_patterns
from lstmcheck.mistakes.diagnosis.questions import easier_questions
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.diagnosis.scene import Scene, names_of
from lstmcheck.mistakes.diagnosis.sets import SetSearch, Together
from lstmcheck.mistakes.diagnosis.terms import parted
from lstmcheck.mistakes.families.clipped_carries import LIMIT, clipped_carries
from lstmcheck.mistakes.mistake import Mistake, compose
from lstmcheck.tolerances.diagnosis import ENTRIES_PER_MISTAKE, LIMITS, MOST_EQUAL


@dataclass(frozen=True)
class Several:
    """What a search for several mistakes found on one replay, and in the easier questions that were asked."""

    replay: Replay
    analytic: Arrays
    mistakes: Sequence[Mistake]
    match: float
    ask: Ask | None
    work: int

    @cached_property
    def scenes(self) -> list[Scene]:
        """The answers that came, the easiest question first and the checked one last."""
        last = Scene(
            "the whole check",
            self.replay.case,
            {info.name: self.analytic[info.name] for info in self.replay.infos},
            visible=self.replay.checked,
            upstream=self.replay.upstream,
            match=self.match,
        )
        return [*self._asked(), last]

    def _asked(self) -> Iterator[Scene]:
        if self.ask is None:
            return
        names = {info.name for info in self.replay.infos}
        for question in easier_questions(self.replay.case):
            answer = self.ask(question.case)
            if answer is not None and names <= answer.keys():
                found = {name: answer[name] for name in names}
                yield Scene(question.words, question.case, found, match=self.match)

    @cached_property
    def search(self) -> SetSearch:
        """Over these scenes."""
        limits = {*LIMITS, *self._limits_shown()}
        clipped = [each for limit in sorted(limits) for each in clipped_carries(limit)]
        return SetSearch(self.scenes, [*self.mistakes, *clipped], self.work)

    def _limits_shown(self) -> Iterator[float]:
        """The largest gradient of a state, where several are as large."""
        for name in {"h0", "c0"} & {info.name for info in self.replay.infos}:
            sizes = np.abs(self.analytic[name])
            if sizes.any() and (sizes == sizes.max()).sum() > 1:
                yield float(sizes.max())

    @property
    def tried(self) -> str:
        """What a search that finds nothing has looked through, in words."""
        count = len(self.search.looked_at)
        stopped = ", and there the search stopped" if self.search.exhausted else ""
        return f"sets of several by the rows that each explains, {count:,} in all{stopped}"

    @cached_property
    def chosen(self) -> Together:
        """The mistakes that together explain the most rows of what was checked."""
        return self.search.find()

    def whole(self) -> list[Explanation]:
        """Sets that explain everything, all of which are equal here; none where rows are left over."""
        if not self.chosen or not self.search.explained(self.chosen).all():
            return []
        others = islice(self.search.alternatives(self.chosen), MOST_EQUAL)
        sets = dict.fromkeys([self.chosen, *others])
        found = [self._explanation(each) for each in sets]
        return best_group((each for each in found if each.residual < self.match), self.match)

    def _explanation(self, chosen: Together) -> Explanation:
        return self._with(chosen, ())

    def _with(self, chosen: Together, others: Sequence[Mistake]) -> Explanation:
        """A set of the search, and further mistakes."""
        mine = [
            replace(mistake, id=name.partition(LIMIT)[0])
            for name, mistake in self.search.mistakes.items()
            if name in chosen
        ]
        ordered = (*mine, *others)
        wanted = self.replay.flat(self.analytic) - self.replay.flat_right
        backward = compose(ordered)
        left = residual(wanted, self.replay.difference(backward))
        return Explanation(ordered, max(left, self.replay.explains_all(backward, self.analytic)))

    def in_some_gates(self) -> list[Explanation]:
        """Mistakes of which some are made in the sums of some gates only; none where rows are left over."""
        for chosen in dict.fromkeys((self.chosen, frozenset[str]())):
            if others := in_some_gates(self.search, chosen):
                found = self._with(chosen, others)
                return [found] if found.residual < self.match else []
        return []

    def patterns(self) -> tuple[tuple[Mistake, ...], list[Pattern]]:
        """Mistakes, and what was done to their gradients, that together explain everything; or nothing."""
        for chosen in dict.fromkeys((self.chosen, self.search.climbed, self.search.easier)):
            right = self.replay.gradients(self.search.backward(chosen))
            if chosen and (found := find_patterns(self.replay, self.analytic, right)):
                return self._explanation(chosen).mistakes, found
        return (), []

    def partial(self) -> tuple[Explanation, list[str], list[str]] | None:
        """What explains some of the wrong rows, their names, and those of the others."""
        scene, rows = self.scenes[-1], self.search.explained(self.chosen)
        explained = [row for row in np.flatnonzero(scene.wrong) if rows[row]]
        values = [scene.row(scene.found, int(row)) for row in explained]
        # What makes much wrong, and explains little of it, fits by chance, as what is right in a last step.
        if 2 * len(explained) < self.search.changed(self.chosen):
            return None
        # Zeros are what many mistakes leave: they are evidence of one that changes nothing else.
        if self.search.changed(self.chosen) > len(explained):
            values = [value for value in values if value.any()]
        if not self.chosen or sum(map(len, values)) < ENTRIES_PER_MISTAKE * len(self.chosen):
            return None
        left = [scene.labels[row] for row in np.flatnonzero(~rows)]
        names = names_of(scene.labels[row] for row in explained)
        return self._explanation(self.chosen), names, names_of(left)

    def located(self) -> Asked | None:
        """The easiest question in which something is wrong that has no name."""
        for k, scene in enumerate(self.scenes[:-1]):
            if scene.wrong.any() and not self.search.explained(self.chosen, k).all():
                return parted(scene)
        return None
