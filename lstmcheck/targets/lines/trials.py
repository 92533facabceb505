"""Changes of a target's source, tried on a copy: what is still wrong with them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from lstmcheck.targets.lines.corrections import Corrected, Correction
from lstmcheck.targets.lines.watched_run import wrong_parts

Change = Callable[[ast.Module, str], ast.Module]


class Trials:
    """`run`: what the judged function returns with changed definitions; `right`: what it should."""

    def __init__(self, run: Callable[[Change], Any], right: Any) -> None:
        self._run, self._right = run, right
        self.count = 0

    def wrong(self, corrections: Iterable[Correction]) -> frozenset[str] | None:
        """Paths to what is wrong with these changes; None where they fail."""
        self.count += 1
        try:
            return frozenset(wrong_parts(self._run(Corrected(list(corrections))), self._right))
        except Exception:
            return None
