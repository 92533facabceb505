"""One entry of the catalogue, and how a class becomes one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import FunctionType

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.needs import Need


@dataclass(frozen=True)
class Mistake:
    """A backward pass that somebody wrote, or that is one slip away: wrong formula beside right formula."""

    id: str
    title: str
    family: str
    wrong: str
    right: str
    why: str
    """Why it is tempting, one sentence."""
    needs: tuple[Need, ...]
    seen_in: str
    backward: type[Backward]

    def missing_features(self, config: Config) -> list[Need]:
        """What the network would need for there to be anything to get wrong."""
        return [need for need in self.needs if need.feature and not need.holds(config)]

    def terms(self) -> frozenset[str]:
        """Methods of the right backward pass that it changes."""
        return frozenset(
            name for name in vars(self.backward) if isinstance(vars(Backward).get(name), FunctionType)
        )

    def replaced_methods(self) -> frozenset[str]:
        """Methods that it replaces altogether: another mistake in one of them would be hidden."""
        return frozenset(
            name for name in self.terms() if "super" not in vars(self.backward)[name].__code__.co_names
        )


class Family:
    """A chapter of the catalogue. Called with an entry's facts, it is a decorator that adds the entry."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mistakes: list[Mistake] = []

    def __call__(
        self, name: str, title: str, wrong: str, right: str, *needs: Need, why: str, seen: str = ""
    ) -> Callable[[type[Backward]], type[Backward]]:
        def add(backward: type[Backward]) -> type[Backward]:
            self.mistakes.append(Mistake(name, title, self.name, wrong, right, why, needs, seen, backward))
            return backward

        return add


def compose(mistakes: Sequence[Mistake]) -> type[Backward]:
    """A backward pass with all of them at once: what replaces a term is beneath what changes it.

    Raises LstmcheckError where two replace the same term: one of them would have no effect.
    """
    ordered = sorted(mistakes, key=lambda m: (len(m.replaced_methods()), m.id))
    for one, other in combinations(ordered, 2):
        if clash(one, other):
            raise LstmcheckError(
                f"{one.id} and {other.id} replace the same term: one would hide the other.",
                where=f"--mistake {one.id} --mistake {other.id}",
                remedy="Plant them one at a time.",
            )
    if len(ordered) == 1:
        return ordered[0].backward
    return type("Several", tuple(mistake.backward for mistake in ordered), {})


def clash(one: Mistake, other: Mistake) -> bool:
    """Whether one of two mistakes cannot show beside the other."""
    return one == other or bool(one.replaced_methods() & other.replaced_methods())
