"""What an expression does with its operands: done again with others, and undone."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.events import Event
from lstmcheck.targets.lines.names import same

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.MatMult: operator.matmul,
    ast.Pow: operator.pow,
}
FUNCTIONS: dict[Any, type[ast.operator]] = {
    np.add: ast.Add,
    np.subtract: ast.Sub,
    np.multiply: ast.Mult,
    np.divide: ast.Div,
}


@dataclass(frozen=True)
class Operand:
    """An array that an expression reads. Without an event nobody saw where it comes from."""

    content: Numbers
    event: Event | None = None


@dataclass(frozen=True)
class Operation:
    """`again` gives the value from the contents of the operands."""

    operands: Sequence[Operand]
    again: Callable[[Sequence[Any]], Any]
    kind: type[ast.operator] | None = None
    """Of an elementwise operation that can be undone."""


class NoOperationError(Exception):
    """An expression that cannot be done again."""


def operation_of(event: Event, elements: Callable[[Event], list[Event] | None]) -> Operation | None:
    """None for what cannot be done again. `elements`: the events of the members of a list or tuple."""
    try:
        if event.kind == "added":
            return _added(event)
        return _Reader(event, elements).operation()
    except NoOperationError:
        return None


def has_other_operator(event: Event, need: Numbers) -> bool:
    """Whether the same operands, with another operator between them, would give what belongs there."""
    node = event.place.node
    if not isinstance(node, ast.BinOp):
        return False
    values = [_value_at(event, side) for side in (node.left, node.right)]
    others = [function for kind, function in BINARY.items() if kind is not ast.Pow]
    return any(_gives(function, values, need) for function in others)


def _value_at(event: Event, side: ast.expr) -> Any:
    """Of an operand, as it was; None of what nobody saw."""
    if isinstance(side, ast.Constant):
        return side.value
    operand = next((each for each in event.operands if each.place.node is side), None)
    return None if operand is None else operand.value if operand.content is None else operand.content


def _gives(function: Callable[[Any, Any], Any], values: list[Any], need: Numbers) -> bool:
    try:
        with np.errstate(all="ignore"):
            return same(function(*values), need)
    except (ValueError, TypeError):
        return False


def _added(event: Event) -> Operation:
    kind = type(event.place.node.op)  # type: ignore[attr-defined]
    before, by = event.more["before"], event.more["by"]
    added = by.content if by is not None else event.more.get("by_value")
    if before is None or added is None or kind not in BINARY:
        raise NoOperationError
    operands = [Operand(before, event.more["before_from"]), Operand(added, by)]
    return Operation(operands, lambda values: BINARY[kind](values[0], values[1]), kind)


class _Reader:
    """Reads one expression: what is an array among its parts is an operand, everything else stays."""

    def __init__(self, event: Event, elements: Callable[[Event], list[Event] | None]) -> None:
        self.event, self.elements = event, elements
        self.by_node = {operand.place.node: operand for operand in event.operands}
        self.operands: list[Operand] = []

    def operation(self) -> Operation:
        node = self.event.place.node
        kind: type[ast.operator] | None = None
        if isinstance(node, ast.BinOp):
            kind = type(node.op)
            if kind not in BINARY:
                raise NoOperationError
            function, parts = BINARY[kind], [self._part(node.left), self._part(node.right)]
            make: Callable[[list[Any]], Any] = lambda values: function(values[0], values[1])  # noqa: E731
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign = -1 if isinstance(node.op, ast.USub) else 1
            parts, make = [self._part(node.operand)], lambda values: sign * values[0]
        elif isinstance(node, ast.Attribute):
            name = node.attr
            parts, make = [self._part(node.value)], lambda values: getattr(values[0], name)
        elif isinstance(node, ast.Subscript):
            index = self._constant(node.slice)
            parts, make = [self._part(node.value)], lambda values: values[0][index]
        elif isinstance(node, ast.Call):
            return self._call(node)
        else:
            raise NoOperationError
        return Operation(self.operands, lambda contents: make([part(contents) for part in parts]), kind)

    def _call(self, node: ast.Call) -> Operation:
        function, parts = self._function(node), []
        if function is None:
            assert isinstance(node.func, ast.Attribute)
            parts.append(self._part(node.func.value))
            name = node.func.attr
        parts += [self._part(each) for each in node.args]
        named = {each.arg: self._constant(each.value) for each in node.keywords if each.arg}
        if len(named) < len(node.keywords) or "out" in named:
            raise NoOperationError

        def again(contents: Sequence[Any]) -> Any:
            values = [part(contents) for part in parts]
            if function is None:
                return getattr(values[0], name)(*values[1:], **named)
            return function(*values, **named)

        kind = None if named or len(parts) != 2 or len(self.operands) != 2 else _known(function)
        return Operation(self.operands, again, kind)

    def _function(self, node: ast.Call) -> Any:
        """None for a method of an array."""
        if isinstance(node.func, ast.Attribute):
            base = self.by_node.get(node.func.value)
            if base is None:
                raise NoOperationError
            if isinstance(base.value, np.ndarray | np.generic):
                return None
            return getattr(base.value, node.func.attr)
        found = self.by_node.get(node.func)
        if found is None or not callable(found.value):
            raise NoOperationError
        return found.value

    def _part(self, node: ast.expr) -> Callable[[Sequence[Any]], Any]:
        """How to get the value of a part, given the contents of all operands."""
        if isinstance(node, ast.Starred):
            raise NoOperationError
        event = self.by_node.get(node)
        if event is None:
            value = self._constant(node)
            return lambda contents: value
        if event.content is not None:
            return self._operand(Operand(event.content, event))
        if isinstance(node, ast.GeneratorExp):
            return self._all_of(self.elements(event) or [])
        if isinstance(event.value, list | tuple) and event.value:
            return self._members(event)
        value = event.value
        if _consumed(value):
            raise NoOperationError
        return lambda contents: value

    def _members(self, event: Event) -> Callable[[Sequence[Any]], Any]:
        """A list or tuple: of arrays, each of them is an operand."""
        kind, values = type(event.value), event.value
        if not all(isinstance(value, np.ndarray) for value in values):
            return lambda contents: values
        if kind not in (list, tuple):
            raise NoOperationError
        found = self.elements(event)
        members: list[Event | None] = [*found] if found else [None for _ in values]
        parts = [self._operand(_member(each, value)) for each, value in zip(members, values, strict=True)]
        return lambda contents: kind(part(contents) for part in parts)

    def _all_of(self, members: list[Event]) -> Callable[[Sequence[Any]], Any]:
        """What a generator has given to a call."""
        given = [each for each in members if each.number < self.event.number]
        if not given or any(each.content is None for each in given):
            raise NoOperationError
        parts = [self._operand(Operand(each.content, each)) for each in given if each.content is not None]
        return lambda contents: [part(contents) for part in parts]

    def _operand(self, operand: Operand) -> Callable[[Sequence[Any]], Any]:
        position = len(self.operands)
        self.operands.append(operand)
        return lambda contents: contents[position]

    def _constant(self, node: ast.expr) -> Any:
        if node in self.by_node:
            return self.by_node[node].value
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError):
            pass
        event = next((each for each in self.event.operands if each.place.node is node), None)
        if event is None:
            raise NoOperationError
        return event.value


def _member(event: Event | None, value: Numbers) -> Operand:
    if event is None or event.content is None:
        return Operand(np.array(value), event)
    return Operand(event.content, event)


def _known(function: Any) -> type[ast.operator] | None:
    try:
        return FUNCTIONS.get(function)
    except TypeError:
        return None


def _consumed(value: Any) -> bool:
    """An iterator has given what it had."""
    return hasattr(value, "__next__")
