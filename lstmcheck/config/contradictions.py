"""The rules about keys that contradict each other, and how they are asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lstmcheck.config import rules, target_rules
from lstmcheck.config.place import dotted
from lstmcheck.config.rule import Finding
from lstmcheck.config.sections import Settings
from lstmcheck.errors import LstmcheckError, Problem

RULES = (*rules.RULES, *target_rules.RULES)


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
