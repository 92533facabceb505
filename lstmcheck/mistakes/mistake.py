"""A known mistake: its facts and its backward pass; and several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import FunctionType
from typing import Any

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.cell import CellKey
from lstmcheck.mistakes.needs import Need

WITH_DERIVATIVES = ("gates", "shared")
"""Families of mistakes in the derivatives of activations."""


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
    cells: frozenset[CellKey] | None = None
    """Those that make it, where the others do not."""

    def missing_features(self, config: Config) -> list[Need]:
        """What the network would need for there to be anything to get wrong."""
        return [need for need in self.needs if need.feature and not need.holds(config)]

    def terms(self) -> frozenset[str]:
        """Methods of the right backward pass that it changes."""
        return frozenset(
            name for name in vars(self.backward) if isinstance(vars(Backward).get(name), FunctionType)
        )

    def derivatives(self) -> frozenset[str]:
        """Methods in which it puts something in the place of an activation's derivative."""
        own = self.terms() if self.family in WITH_DERIVATIVES else frozenset()
        return frozenset(name for name in own if name.startswith("d_z_"))

    def replaced_methods(self) -> frozenset[str]:
        """Methods that it replaces altogether: another mistake in one of them would be hidden."""
        # What calls `super` hands on what another mistake makes of the method; with_terms always does.
        return frozenset(
            name for name in self.terms() if "super" not in vars(self.backward)[name].__code__.co_names
        )


WrongTerm = Callable[..., Any]
"""A term as somebody wrote it: `(b, right, *arguments)`, `right` being the method of `b` as it should be."""


def with_terms(terms: Mapping[str, WrongTerm]) -> type[Backward]:
    """A backward pass with other methods, by their names, than ours."""
    made = type("Mistaken", (Backward,), {})
    for method, wrong in terms.items():
        setattr(made, method, _method(made, method, wrong))
    return made


def _method(made: type[Backward], method: str, wrong: WrongTerm) -> Callable[..., Any]:
    # By `super`: composed with other mistakes, the right method may be changed by one of them.
    def call(self: Backward, *arguments: Any) -> Any:
        return wrong(self, getattr(super(made, self), method), *arguments)

    return call


def row(
    family: str,
    name: str,
    title: str,
    wrong: str,
    right: str,
    *needs: Need,
    why: str,
    seen: str = "",
    backward: type[Backward] | None = None,
    **terms: WrongTerm,
) -> Mistake:
    """A row of a family's table: its facts, and a class or the terms that differ, by method."""
    return Mistake(name, title, family, wrong, right, why, needs, seen, backward or with_terms(terms))


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
    return (
        one == other
        or bool(one.replaced_methods() & other.replaced_methods())
        or bool(one.derivatives() & other.derivatives())
    )
