"""A rule about keys that can contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lstmcheck.config.place import Loc
from lstmcheck.config.sections import Settings

Finding = tuple[Loc, str, str | None]
"""Where, what, and the remedy."""
Find = Callable[[Settings], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    keys: tuple[str, ...]
    """The keys that it reads; it is left out where one of them is wrong by itself."""
    find: Find

    def reads(self, key: str) -> bool:
        """Whether it depends on this key, a dotted name."""
        return any(f"{mine}.".startswith(f"{key}.") for mine in self.keys)


def rule(*keys: str) -> Callable[[Find], Rule]:
    """Makes a rule of a function, for the table of its module."""
    return lambda find: Rule(keys, find)
