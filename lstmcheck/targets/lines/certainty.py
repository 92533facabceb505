"""Whether what an expression reads is known to be right: only then it is the expression that is wrong."""

from __future__ import annotations

import ast

from lstmcheck.targets.lines.events import Event, is_reading
from lstmcheck.targets.lines.vocabulary import Vocabulary


class Certainty:
    """By the names that values have."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def of(self, event: Event) -> bool:
        """Whether all that an expression reads from elsewhere is known, or is no array."""
        if is_reading(event):
            return self.is_known(event)
        return self._reads_known(event)

    def is_known(self, event: Event) -> bool:
        """A named quantity, a single number, or zeros that were not computed."""
        content = event.content
        if content is None or content.size < 2:
            return True
        return self.vocabulary.rank(content) is not None if content.any() else _is_initial(event)

    def _reads_known(self, event: Event) -> bool:
        if event.kind == "added":
            by, before = event.more["by"], event.more["before_from"]
            return (before is None or self.is_known(before)) and (by is None or self._is_known_operand(by))
        return all(map(self._is_known_operand, event.operands))

    def _is_known_operand(self, operand: Event) -> bool:
        if operand.content is None:
            return self._is_known_holder(operand)
        if self.is_known(operand):
            return True
        is_made_elsewhere = operand.source is not None or isinstance(operand.place.node, ast.Name)
        return not is_made_elsewhere and bool(operand.operands) and self._reads_known(operand)

    def _is_known_holder(self, operand: Event) -> bool:
        """What is no array: a list of known arrays, or a number that is nobody's argument."""
        if isinstance(operand.value, list | tuple) and operand.source is None:
            return all(map(self._is_known_operand, operand.operands))
        return not hasattr(operand.value, "__next__") and not _is_number_given(operand)


def _is_number_given(operand: Event) -> bool:
    """A number that the function is called with: whether it is the right one nobody knows."""
    is_number = isinstance(operand.value, int | float) and not isinstance(operand.value, bool)
    return is_number and operand.place.is_parameter


def _is_initial(event: Event) -> bool:
    """Whether zeros are what something begins with, rather than a result."""
    event = event.origin
    node = event.place.node
    if isinstance(node, ast.Call) and event.kind == "expression":
        return "zeros" in ast.unparse(node.func)
    return is_reading(event)
