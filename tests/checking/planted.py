"""Backward passes with one known mistake each: what such a list holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from checking_configs import Tree

from lstmcheck.lstm.backward import Backward


@dataclass(frozen=True)
class Mistake:
    wrong: type[Backward]
    red: frozenset[str]
    """Everything that it spoils, as `W`, `b_i` or `b_l2`; empty where that depends on the network."""
    lstm: Tree = field(default_factory=dict)
    sequence: Tree = field(default_factory=dict)


class Mistakes(dict[str, Mistake]):
    """By the names under which they are known."""

    def file(
        self, name: str, *red: str, lstm: Tree | None = None, sequence: Tree | None = None
    ) -> Callable[[type[Backward]], type[Backward]]:
        """Files the class under its name, with what it spoils and the network that shows it."""

        def filed(wrong: type[Backward]) -> type[Backward]:
            self[name] = Mistake(wrong, frozenset(red), lstm or {}, sequence or {})
            return wrong

        return filed
