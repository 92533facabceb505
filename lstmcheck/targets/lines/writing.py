"""What belongs in the place of an expression, written in the names that can be read there.

First what changes little: another operand, another operator, a factor less. Then products and sums of the
names that are at hand.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.vocabulary import Names, same

MOST_TRIED = 6000
MOST_NAMES = 40
MOST_GIVEN = 12
OPERATORS: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)


@dataclass(frozen=True)
class Atom:
    """An array that can be read: `dc`, `p["Wf"]`, `self.x`."""

    text: str
    value: Numbers


@dataclass
class Readable:
    """The names at a place, with their values there."""

    local: Mapping[str, Any]
    everything: Mapping[str, Any]
    atoms: list[Atom] = field(default_factory=list)
    numpy: str | None = None

    def __post_init__(self) -> None:
        self.atoms = list(_atoms(self.local))
        self.numpy = next((name for name, value in self.everything.items() if value is np), None)

    def value(self, node: ast.expr) -> Any:
        """Of an expression; None where it cannot be evaluated."""
        try:
            code = compile(
                ast.fix_missing_locations(ast.Expression(copy.deepcopy(node))), "<suggestion>", "eval"
            )
            return eval(code, {**self.everything, **self.local})
        except Exception:
            return None


def _atoms(local: Mapping[str, Any]) -> Iterator[Atom]:
    count = 0
    for name, value in local.items():
        for text, each in _arrays(name, value):
            if count < MOST_NAMES:
                count += 1
                yield Atom(text, each)


def _arrays(name: str, value: Any) -> Iterator[tuple[str, Numbers]]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(key, str) and isinstance(each, np.ndarray):
                yield f"{name}[{_quoted(key)}]", each
    elif not isinstance(value, ModuleType | list | tuple) and hasattr(value, "__dict__"):
        for key, each in vars(value).items():
            if isinstance(each, np.ndarray):
                yield f"{name}.{key}", each


def _quoted(key: str) -> str:
    return f'"{key}"' if "'" not in repr(key)[1:-1] and '"' not in key else repr(key)


def rewritten(node: ast.expr, need: Numbers, readable: Readable, function: ast.AST) -> Iterator[ast.expr]:
    """Expressions whose value is `need`, the nearest first; each once."""
    given: set[str] = set()
    for candidate in _candidates(node, need, readable, function):
        text = ast.unparse(candidate)
        if text not in given and text != ast.unparse(node):
            given.add(text)
            yield candidate
        if len(given) >= MOST_GIVEN:
            return


def _candidates(node: ast.expr, need: Numbers, readable: Readable, function: ast.AST) -> Iterator[ast.expr]:
    for count, changed in enumerate(_edits(node, readable, function)):
        if count > MOST_TRIED:
            break
        value = readable.value(changed)
        if isinstance(value, np.ndarray) and same(value, need):
            yield changed
    yield from map(_parsed, _composed(node, need, readable))


# Near.


def nearby(node: ast.expr, readable: Readable, function: ast.AST) -> Iterator[ast.expr]:
    """The expression with another operator, or with another name for one of its own."""
    parts = [each for each in ast.walk(node) if isinstance(each, ast.expr)]
    for part in parts:
        for new in _other_operators(part, function):
            yield _replaced(node, part, new)
    for part in filter(_is_reading, parts):
        value = readable.value(part)
        for atom in readable.atoms:
            if value is not None and ast.unparse(part) != atom.text:
                yield _replaced(node, part, _parsed(atom.text))


def _edits(node: ast.expr, readable: Readable, function: ast.AST) -> Iterator[ast.expr]:
    """The expression with one change somewhere: what is nearest first."""
    parts = [each for each in ast.walk(node) if isinstance(each, ast.expr)]
    for make in (_other_operators, _other_indices, _less, _turned, _other_constants, _other_functions):
        for part in parts:
            for new in make(part, function):
                yield _replaced(node, part, new)
    atoms = [_parsed(atom.text) for atom in readable.atoms]
    leaves = list(filter(_is_reading, parts))
    for part in leaves:
        for atom in atoms:
            yield _replaced(node, part, atom)
    for part in leaves:
        for text in _slopes(ast.unparse(part), readable):
            yield _replaced(node, part, _parsed(text))
    for part in parts:
        if not isinstance(part, ast.Constant):
            for atom in atoms:
                for operator in (ast.Mult, ast.Add):
                    yield _replaced(node, part, ast.BinOp(part, operator(), atom))


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _is_reading(part: ast.expr) -> bool:
    return isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Load)


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
    yield ast.UnaryOp(ast.USub(), part)


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


def _other_functions(part: ast.expr, function: ast.AST) -> Iterator[ast.expr]:
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


# From the names at hand.


def _composed(node: ast.expr, need: Numbers, readable: Readable) -> Iterator[str]:
    factors = list(_factors(need.shape, readable))
    yield from (text for text, value in factors if same(value, need))
    products = _Products(factors, need.shape)
    value, text = readable.value(node), ast.unparse(node)
    if isinstance(value, np.ndarray) and value.shape == need.shape:
        with np.errstate(all="ignore"):
            yield from (f"{rest} * ({text})" for rest in products.texts(need / value))
        yield from (f"{text} + {rest}" for rest in products.texts(need - value))
    yield from products.texts(need)
    for text, value in factors:
        if text[0] != "(":
            yield from (f"{text} + {rest}" for rest in products.texts(need - value))
    yield from _matrix_products(need, readable)


def _factors(shape: tuple[int, ...], readable: Readable) -> Iterator[tuple[str, Numbers]]:
    for atom in readable.atoms:
        for text, value in ((atom.text, atom.value), (f"{atom.text}.T", atom.value.T)):
            if value.shape != shape or (text.endswith(".T") and value.ndim < 2):
                continue
            yield text, value
            yield f"(1 - {text})", 1 - value
            yield f"(1 - {text} ** 2)", 1 - value**2
            if readable.numpy:
                yield f"{readable.numpy}.tanh({text})", np.tanh(value)
                yield f"(1 - {readable.numpy}.tanh({text}) ** 2)", 1 - np.tanh(value) ** 2


class _Products:
    """Of two and three factors."""

    def __init__(self, factors: list[tuple[str, Numbers]], shape: tuple[int, ...]) -> None:
        self.texts_of: list[str] = [text for text, _ in factors]
        self.found = Names()
        if not factors or not shape or len(shape) > 2:
            self.empty = True
            return
        self.empty = False
        values = np.stack([np.asarray(value, float).ravel() for _, value in factors])
        first, second = np.triu_indices(len(factors))
        self._pairs = list(zip(first.tolist(), second.tolist(), strict=True))
        self._values = values
        self.found.add(
            [f"{self.texts_of[a]} * {self.texts_of[b]}" for a, b in self._pairs],
            values[first] * values[second],
            1,
        )

    def texts(self, need: Numbers) -> Iterator[str]:
        if self.empty or not np.any(need) or not np.isfinite(need).all():
            return
        flat = np.asarray(need, float).ravel()
        for k in self.found.find(flat):
            yield self.found.words[k]
        with np.errstate(all="ignore"):
            rests = flat / self._values
        for text, rest in zip(self.texts_of, rests, strict=True):
            if np.isfinite(rest).all():
                for k in self.found.find(rest):
                    yield f"{text} * {self.found.words[k]}"


def _matrix_products(need: Numbers, readable: Readable) -> Iterator[str]:
    if need.ndim == 1:
        for atom in readable.atoms:
            for axis in range(atom.value.ndim):
                if same(atom.value.sum(axis), need):
                    yield f"{atom.text}.sum(axis={axis})"
        return
    turned = [(a.text, a.value) for a in readable.atoms if a.value.ndim == 2]
    turned += [(f"{a.text}.T", a.value.T) for a in readable.atoms if a.value.ndim == 2]
    for one, left in turned:
        for other, right in turned:
            if (
                left.shape[1] == right.shape[0]
                and (left.shape[0], right.shape[1]) == need.shape
                and same(left @ right, need)
            ):
                yield f"{one} @ {other}"
