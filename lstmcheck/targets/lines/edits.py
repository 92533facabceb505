"""An expression with one change somewhere: what is nearest first."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import numpy as np

from lstmcheck.targets.lines.readable import Readable

OPERATORS: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)


def replacements(node: ast.expr, readable: Readable, function: ast.AST) -> Iterator[ast.expr]:
    """Another operator, index, name, function or constant; or a part less."""
    parts = _parts(node)
    for make in (_less, _other_operators, _other_indices, _turned, _other_constants):
        for part in parts:
            for new in make(part, function):
                yield _replaced(node, part, new)
    for part in (each for each in parts if _is_reading(each) or _is_none(each)):
        shape = np.shape(readable.value(part))
        for atom in sorted(readable.atoms, key=lambda atom: atom.value.shape != shape):
            yield _replaced(node, part, _parsed(atom.text))
    for part in parts:
        for call in _other_functions(part, function):
            if _is_mathematics(call, readable):
                yield _replaced(node, part, call)


def insertions(node: ast.expr, readable: Readable) -> Iterator[ast.expr]:
    """A derivative for what it is of; a sign, a factor or a term more."""
    parts = _parts(node)
    for part in filter(_is_reading, parts):
        for text in _slopes(ast.unparse(part), readable):
            yield _replaced(node, part, _parsed(text))
    yield from (_replaced(node, part, ast.UnaryOp(ast.USub(), part)) for part in parts)
    atoms = [_parsed(atom.text) for atom in readable.atoms]
    for part in parts:
        if not isinstance(part, ast.Constant):
            for atom in atoms:
                for operator in (ast.Mult, ast.Add):
                    yield _replaced(node, part, ast.BinOp(part, operator(), atom))


def _parts(node: ast.expr) -> list[ast.expr]:
    return [each for each in ast.walk(node) if isinstance(each, ast.expr)]


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _is_reading(part: ast.expr) -> bool:
    return isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Load)


def _is_none(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and part.value is None


def _other_operators(part: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
    if isinstance(part, ast.BinOp):
        for operator in OPERATORS:
            if not isinstance(part.op, operator):
                yield ast.BinOp(part.left, operator(), part.right)
        if isinstance(part.op, ast.Sub | ast.Div | ast.MatMult):
            yield ast.BinOp(part.right, part.op, part.left)


def _less(part: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
    """A factor, a term, a call or a sign less."""
    if isinstance(part, ast.BinOp):
        yield part.left
        yield part.right
    elif isinstance(part, ast.UnaryOp):
        yield part.operand
    elif isinstance(part, ast.Call) and part.args:
        yield part.args[0]
    elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
        yield part.func.value


def _turned(part: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
    if isinstance(part, ast.Attribute) and part.attr == "T":
        yield part.value
    elif _is_reading(part):
        yield ast.Attribute(part, "T", ast.Load())


def _other_indices(part: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
    """Those that the function has elsewhere."""
    if isinstance(part, ast.Subscript):
        indices = (each.slice for each in ast.walk(function) if isinstance(each, ast.Subscript))
        for index in {ast.dump(each): each for each in indices}.values():
            yield ast.Subscript(part.value, index, ast.Load())


def _other_constants(part: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
    if isinstance(part, ast.Constant) and isinstance(part.value, int | float):
        yield from (ast.Constant(n) for n in (0, 1, 2, -1, 3, 4) if n != part.value)
    elif isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Name):
        for operator in (ast.Add(), ast.Sub()):
            yield ast.Subscript(part.value, ast.BinOp(part.slice, operator, ast.Constant(1)), ast.Load())


def _other_functions(part: ast.expr, function: ast.AST) -> Iterator[ast.Call]:
    """A call of what the function calls elsewhere, or around a value."""
    if not isinstance(part, ast.Call) and not _is_reading(part):
        return
    called = {ast.unparse(each.func): each.func for each in ast.walk(function) if isinstance(each, ast.Call)}
    for func in called.values():
        if isinstance(func, ast.Attribute) and not isinstance(func.value, ast.Name):
            continue
        arguments = part.args if isinstance(part, ast.Call) else [part]
        if len(arguments) == 1:
            yield ast.Call(func, arguments, [])


def _is_mathematics(call: ast.Call, readable: Readable) -> bool:
    """Whether it calls a function of theirs or an elementwise one: no other is called."""
    return isinstance(readable.value(call.func), np.ufunc | FunctionType)


def _slopes(name: str, readable: Readable) -> Iterator[str]:
    yield from (f"1 - {name}", f"{name} ** 2", f"1 - {name} ** 2", f"{name} * (1 - {name})")
    if readable.numpy:
        yield from (f"{readable.numpy}.tanh({name})", f"1 - {readable.numpy}.tanh({name}) ** 2")


def _replaced(node: ast.expr, part: ast.expr, new: ast.expr) -> ast.expr:
    """A tree in which one part is another; the rest is shared."""
    if node is part:
        return new
    if not any(each is part for each in ast.walk(node)):
        return node
    changed = copy.copy(node)
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.expr):
            setattr(changed, name, _replaced(value, part, new))
        elif isinstance(value, list):
            setattr(
                changed,
                name,
                [
                    _replaced(v, part, new) if isinstance(v, ast.expr) else _in_keyword(v, part, new)
                    for v in value
                ],
            )
    return changed


def _in_keyword(value: Any, part: ast.expr, new: ast.expr) -> Any:
    if isinstance(value, ast.keyword):
        return ast.keyword(value.arg, _replaced(value.value, part, new))
    return value
