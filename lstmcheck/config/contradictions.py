"""The table of rules about keys that contradict each other, and how they are asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstmcheck.config.source import Loc, dotted
from lstmcheck.errors import LstmcheckError, Problem

if TYPE_CHECKING:
    from lstmcheck.config.model import Config

Finding = tuple[Loc, str, str | None]
"""Where, what, and the remedy."""
Find = Callable[["Config"], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    keys: tuple[str, ...]
    """The keys that it reads; it is left out where one of them is wrong by itself."""
    find: Find


RULES: list[Rule] = []


def rule(*keys: str) -> Callable[[Find], Find]:
    """Adds a function to the table of rules."""

    def register(find: Find) -> Find:
        RULES.append(Rule(keys, find))
        return find

    return register


def contradictions(config: Config, *, wrong_keys: Collection[str] = ()) -> Iterator[Finding]:
    """What the rules find that depend on none of `wrong_keys`, dotted names."""
    for each in RULES:
        if not any(_concerns(each, key) for key in wrong_keys):
            yield from each.find(config)


def _concerns(rule: Rule, wrong_key: str) -> bool:
    return any(f"{key}.".startswith(f"{wrong_key}.") for key in rule.keys)


def refuse_contradictions(config: Config) -> None:
    """Raises LstmcheckError with every contradiction of a configuration made in Python."""
    found = [Problem(what, where=dotted(loc), remedy=remedy) for loc, what, remedy in contradictions(config)]
    if found:
        raise LstmcheckError(found)
