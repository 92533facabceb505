"""What the operands of an expression must be for its value to be what belongs there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.names import same
from lstmcheck.targets.lines.operations import Operation
from lstmcheck.targets.lines.undoing import moved, undo
from lstmcheck.targets.lines.vocabulary import Vocabulary

MOST_CANDIDATES = 400
UNDONE = (ast.Add, ast.Sub, ast.Mult, ast.Div)
UNNAMED = 9
Needs = list[tuple[int, Numbers]]
"""Positions of operands, and what they must be."""


class Wanted:
    """By the quantities that there are: what has no name is not meant."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def is_plausible(self, need: Numbers) -> bool:
        """What a value may be meant to be: a named quantity, or nothing at all."""
        return not need.any() or self.vocabulary.rank(need) is not None

    def rank(self, value: Numbers) -> int:
        """How simple a quantity is."""
        rank = self.vocabulary.rank(value)
        return UNNAMED if rank is None else rank

    def options(self, operation: Operation, need: Numbers) -> list[Needs]:
        """Single operands that would make it right, each with what it must be: those of unknown content, if
        there are any; the simplest first."""
        positions = range(len(operation.operands))
        options = [(k, wanted) for k in positions for wanted in self._in_place(operation, k, need)]
        contents = [operand.content for operand in operation.operands]
        unknown = [option for option in options if self.vocabulary.rank(contents[option[0]]) is None]
        ordered = sorted(unknown or options, key=lambda option: self.rank(option[1]))
        return [[option] for option in ordered]

    def _in_place(self, operation: Operation, position: int, need: Numbers) -> Iterator[Numbers]:
        """A named quantity that would make it right in the place of one operand."""
        content = operation.operands[position].content
        if content.size < 2:
            return
        if operation.kind in UNDONE:
            found = undo(operation, position, need)
            if found is not None and self.is_plausible(found) and not same(found, content):
                yield found
            return
        contents = [operand.content for operand in operation.operands]
        for _, candidate in self.vocabulary.of_shape(content.shape)[:MOST_CANDIDATES]:
            try:
                value = operation.again([*contents[:position], candidate, *contents[position + 1 :]])
            except Exception:
                return
            if same(value, need) and not same(candidate, content):
                yield candidate
                return

    def of_steps(self, operation: Operation, need: Numbers, so_far: int | None) -> list[Needs]:
        """Of a sum over steps: of what the sum so far is and the next term, or all terms in either order."""
        if so_far is not None and len(operation.operands) == 2:
            term = self.vocabulary.last_term(need)
            return [] if term is None else [[(so_far, need - term), (1 - so_far, term)]]
        terms = self.vocabulary.terms(need)
        if operation.kind is not None or len(terms) != len(operation.operands):
            return []
        return [list(enumerate(order)) for order in (terms, terms[::-1])]

    def moved(self, operation: Operation, need: Any) -> list[Numbers] | None:
        """What operands must be of which numbers are moved only: what is not asked about is as in a known
        quantity that has the rest, or stays as it is."""
        parts = moved(operation, need)
        if parts is None:
            return None
        contents = [operand.content for operand in operation.operands]
        return [self.completed(*each) for each in zip(parts, contents, strict=True)]

    def completed(self, part: Numbers, content: Numbers) -> Numbers:
        """A known quantity that has the part, which is NaN where nothing is asked; else the content there."""
        asked = ~np.isnan(part)
        if not asked.any() or asked.all() or same(content[asked], part[asked]):
            return np.where(asked, part, content)
        whole = [v for _, v in self.vocabulary.of_shape(part.shape) if same(v[asked], part[asked])]
        as_is = np.where(asked, part, content)
        return max(whole, key=lambda value: np.count_nonzero(np.isclose(value, content)), default=as_is)
