"""The definitions of a script or a notebook, without what it does: imports, functions, classes, constants."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from itertools import chain

PURE = {"bool", "complex", "dtype", "finfo", "float", "int", "namedtuple", "NamedTuple", "NewType", "str"}
PURE |= {"tuple", "TypeVar"}
"""Calls that make a constant: by the last part of their name."""
OFFER = "If it trains when it is imported: --set target.only_definitions=true takes its definitions alone."
"""Said where importing a target fails, or takes long."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Import = ast.Import | ast.ImportFrom
PARTS = (
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.Constant,
    ast.Dict,
    ast.IfExp,
    ast.List,
    ast.Set,
    ast.Slice,
    ast.Starred,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
)
"""What constants are made of, beside names, lambdas and pure calls."""


def definitions(modules: Iterable[ast.Module]) -> list[ast.Module]:
    """Each module with its definitions only; those of one may use names of those before it.

    Kept are functions, classes, constants of what was kept before, the imports that these use, and `try`
    and `if` that hold nothing else.
    """
    kept = _Kept()
    chosen = [[node for node in module.body if kept.takes(node)] for module in modules]
    chosen = [[node for node in nodes if not _loses(node, kept.changed)] for nodes in chosen]
    used = {name for node in chain.from_iterable(chosen) for name in _uses(node)}
    return [
        ast.Module([node for node in nodes if not isinstance(node, Import) or _is_used(node, used)], [])
        for nodes in chosen
    ]


def left_out(module: ast.Module, kept: ast.Module) -> dict[str, int]:
    """Names that statements which are no definitions bind, and the lines where they first do."""
    found: dict[str, int] = {}
    for node in module.body:
        if node not in kept.body and not isinstance(node, Import):
            for name in _binds(node):
                found.setdefault(name, node.lineno)
    return found


class _Kept:
    """The names that kept statements have bound so far."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = {*dir(builtins), "__name__", "__file__", *names}
        self.bound: set[str] = set()
        self.changed: set[str] = set()

    def takes(self, node: ast.stmt) -> bool:
        """Whether a statement is a definition; its names are then known to those that follow.

        What is left out and changes a name that was kept takes that name away: its value is not known.
        """
        if not self._is_definition(node):
            self.changed.update(name for name in _changes(node) if name in self.bound)
            return False
        self.bound.update(_binds(node))
        self.changed.difference_update(_binds(node))
        self.names.update(_binds(node))
        return True

    def _is_definition(self, node: ast.stmt) -> bool:
        if isinstance(node, Function | ast.ClassDef | Import):
            return True
        if isinstance(node, ast.Assign):
            return all(map(_is_name, node.targets)) and self._is_constant(node.value)
        if isinstance(node, ast.AnnAssign):
            return _is_name(node.target) and node.value is not None and self._is_constant(node.value)
        if isinstance(node, ast.Try):
            handled = chain.from_iterable(handler.body for handler in node.handlers)
            return self._all_harmless([*node.body, *handled, *node.orelse, *node.finalbody])
        if isinstance(node, ast.If):
            return self._is_constant(node.test) and self._all_harmless([*node.body, *node.orelse])
        return False

    def _all_harmless(self, nodes: list[ast.stmt]) -> bool:
        """Definitions, and what does nothing; at least one of them a definition."""
        inner = _Kept(self.names)
        rest = [node for node in nodes if not inner.takes(node)]
        return len(rest) < len(nodes) and all(map(_does_nothing, rest))

    def _is_constant(self, value: ast.expr) -> bool:
        if isinstance(value, ast.Lambda):
            return all(map(self._is_constant, value.args.defaults))
        if isinstance(value, ast.Name):
            return value.id in self.names
        if isinstance(value, ast.Call):
            pure = _last_name(value.func) in PURE
            return pure and all(map(self._is_constant, _expressions(value)))
        return isinstance(value, PARTS) and all(map(self._is_constant, _expressions(value)))


def _expressions(value: ast.AST) -> Iterator[ast.expr]:
    """The expressions directly inside another."""
    for child in ast.iter_child_nodes(value):
        if isinstance(child, ast.expr):
            yield child
        elif isinstance(child, ast.keyword):
            yield child.value


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple | ast.List):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _does_nothing(node: ast.stmt) -> bool:
    """`pass`, a docstring, or a name alone, as in `try: xrange`."""
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name)
    )


def _binds(node: ast.AST) -> Iterator[str]:
    """Names that a definition gives a meaning to."""
    for each in ast.walk(node):
        if isinstance(each, Function | ast.ClassDef):
            yield each.name
        elif isinstance(each, Import):
            yield from _imported(each)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id


def _changes(node: ast.stmt) -> Iterator[str]:
    """Names that a statement at the top of a module gives another value, or changes a part of."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store | ast.Del):
            yield each.id
        elif isinstance(each, ast.Subscript | ast.Attribute) and isinstance(each.ctx, ast.Store):
            yield from (name.id for name in ast.walk(each.value) if isinstance(name, ast.Name))


def _loses(node: ast.stmt, changed: set[str]) -> bool:
    """Whether all that a kept statement binds was changed by one that is left out."""
    bound = set(_binds(node)) if not isinstance(node, Function | ast.ClassDef) else {node.name}
    return bool(bound) and not isinstance(node, Import) and bound <= changed


def _imported(node: Import) -> Iterator[str]:
    for alias in node.names:
        yield alias.asname or alias.name.partition(".")[0]


def _uses(node: ast.stmt) -> Iterator[str]:
    if not isinstance(node, Import):
        yield from (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _is_used(node: Import, used: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*"):
        return True
    return any(name in used for name in _imported(node))
