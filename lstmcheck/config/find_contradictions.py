"""The rules about keys that contradict each other, and how they are asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lstmcheck.config.contradiction_rule import Finding
from lstmcheck.config.contradictions import RULES as OF_KEYS
from lstmcheck.config.place import dotted
from lstmcheck.config.sections import Settings
from lstmcheck.config.target_contradictions import RULES as OF_TARGETS
from lstmcheck.errors import LstmcheckError, Problem

RULES = (*OF_KEYS, *OF_TARGETS)


def contradictions(settings: Settings, *, wrong_keys: Collection[str] = ()) -> Iterator[Finding]:
    """What the rules find that depend on none of `wrong_keys`, dotted names."""
    for rule in RULES:
        if not any(map(rule.reads, wrong_keys)):
            yield from rule.find(settings)


def refuse_contradictions(settings: Settings) -> None:
    """Raises LstmcheckError with every contradiction of a configuration made in Python."""
    problems = [
        Problem(what, where=dotted(loc), remedy=remedy) for loc, what, remedy in contradictions(settings)
    ]
    if problems:
        raise LstmcheckError(problems)
