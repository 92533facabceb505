"""Source that says what it computes: every expression that may be an array goes through a hook.

`a * b` becomes `hook(2, hook(0, a) * hook(1, b))`. What is added up in place, or put into an array, is told
by a statement behind it. Numbers are those of places: expressions and statements of the source as it stands.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from typing import Any

from lstmcheck.targets.lines.place import Place

HOOK = "__lstmcheck_hook__"
"""Name of the object whose methods are called, among the globals of the source."""
SEEN = (
    ast.Attribute,
    ast.BinOp,
    ast.Call,
    ast.Dict,
    ast.DictComp,
    ast.GeneratorExp,
    ast.IfExp,
    ast.List,
    ast.ListComp,
    ast.Name,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
)
"""Kinds of expressions that are arrays, or hold some."""
LOOK_AT_FRAMES = {"super", "locals", "globals", "vars", "dir", "eval", "exec"}
"""Builtins that depend on where they are called."""


class Places:
    """All places of some sources, by their numbers."""

    def __init__(self) -> None:
        self.all: list[Place] = []

    def instrument(self, module: ast.Module, source: str) -> ast.Module:
        """A copy of a module that tells the hook what it computes."""
        twin = copy.deepcopy(module)
        original = dict(zip(ast.walk(twin), ast.walk(module), strict=True))
        changed: ast.Module = _Instrument(self.all, source, original).visit(twin)
        return ast.fix_missing_locations(changed)


class _Instrument(ast.NodeTransformer):
    def __init__(self, places: list[Place], source: str, original: dict[ast.AST, ast.AST]) -> None:
        self.places, self.source, self.original = places, source, original
        self.scopes: list[ast.AST] = []
        self.statements: list[ast.stmt] = []
        self.collected: list[list[Place]] = [[]]

    # Places.

    def _place(self, node: ast.AST, operands: list[Place]) -> Place:
        found = Place(
            len(self.places), self.original[node], self.source, self.statements[-1], self.scopes[-1], operands
        )
        for operand in operands:
            operand.within = found
        self.places.append(found)
        self.collected[-1].append(found)
        return found

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.stmt):
            self.statements.append(self.original[node])  # type: ignore[arg-type]
            try:
                return super().visit(node)
            finally:
                self.statements.pop()
        if not self.scopes or not isinstance(node, SEEN) or not _is_read(node):
            return super().visit(node)
        return self._seen(node)

    def _seen(self, node: ast.expr) -> ast.expr:
        self.collected.append([])
        changed = super().visit(node)
        operands = self.collected.pop()
        return _call("see", self._place(node, operands), changed)

    # What is not looked at, or not as it stands.

    def visit_FunctionDef(self, node: Any) -> Any:
        """Its body alone: decorators, defaults and annotations run as they are."""
        self.scopes.append(self.original[node])
        node.body = [each for statement in node.body for each in _as_list(self.visit(statement))]
        self.scopes.pop()
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.scopes.append(self.original[node])
        if len(self.scopes) > 1:
            node.body = self.visit(node.body)
        self.scopes.pop()
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return node
        return self.visit_Assign(ast.copy_location(_assignment(node), node), node)

    def visit_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        elif not (isinstance(node.func, ast.Name) and node.func.id in LOOK_AT_FRAMES):
            node.func = self.visit(node.func)
        node.args = [self._argument(each, position) for position, each in enumerate(node.args)]
        for keyword in node.keywords:
            keyword.value = self._argument(keyword.value, keyword.arg)
        return node

    def _argument(self, node: ast.expr, place: int | str | None) -> ast.expr:
        is_absent = isinstance(node, ast.Constant) and node.value is None and self.scopes
        changed: ast.expr = self._seen(node) if is_absent else self.visit(node)
        if _is_hook(changed):
            self.collected[-1][-1].argument = place
        return changed

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        node.value = self.visit(node.value)
        node.slice = self.visit(_without_slices(node.slice, self.original))
        return node

    # Assignments.

    def visit_Assign(self, node: ast.Assign, of: ast.AST | None = None) -> Any:
        if not self.scopes:
            return self.generic_visit(node)
        before = len(self.places)
        node.value = self.visit(node.value)
        values = self.places[before:]
        if values and _is_hook(node.value):
            values[-1].binds = tuple(_bound(node.targets, ()))
        after = []
        for target in node.targets:
            for element, path in _elements(target, ()):
                if isinstance(element, ast.Subscript):
                    place = self._item(element)
                    value = values[-1].number if values and _is_hook(node.value) else -1
                    after.append(_tell("put", place, ast.Constant(value), _path(path)))
                elif isinstance(element, ast.Attribute):
                    element.value = self.visit(element.value)
        return [node, *after]

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        if not self.scopes:
            return self.generic_visit(node)
        target = node.target
        value = self.visit(node.value)
        operands = self.collected[-1][-1:] if _is_hook(value) else []
        if isinstance(target, ast.Name):
            read = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            place = self._place(node, operands)
            node.value = value
            before = _tell("before", place, read)
            after = ast.Assign([target_again(target)], _call("added", place, read))
            return [before, node, after]
        if isinstance(target, ast.Subscript):
            item = self._item(target)
            place = self._place(node, operands)
            node.value = _call("before_item", place, ast.Constant(item.number), value)
            return [node, _tell("added_item", place)]
        node.value = value
        return node

    def _item(self, target: ast.Subscript) -> Place:
        """Base and index of an element that is put somewhere, as its two operands."""
        self.collected.append([])
        target.value = self.visit(target.value)
        index = _without_slices(target.slice, self.original)
        index_place = self._index(index)
        operands = self.collected.pop()
        target.slice = index_place
        return self._place(target, operands)

    def _index(self, index: ast.expr) -> ast.expr:
        changed: ast.expr = self.visit(index)
        if _is_hook(changed):
            return changed
        self.original.setdefault(index, index)
        return _call("see", self._place(index, []), changed)


def _as_list(found: Any) -> list[Any]:
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def target_again(target: ast.Name) -> ast.Name:
    """The same name, once more assigned to."""
    return ast.copy_location(ast.Name(target.id, ast.Store()), target)


def _path(path: tuple[int, ...]) -> ast.expr:
    return ast.Tuple([ast.Constant(position) for position in path], ast.Load())


def _is_read(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _is_hook(node: ast.AST) -> bool:
    func = getattr(node, "func", None)
    return isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id == HOOK


def _call(method: str, place: Place, *arguments: ast.expr) -> ast.Call:
    hook = ast.Attribute(ast.Name(HOOK, ast.Load()), method, ast.Load())
    made = ast.Call(hook, [ast.Constant(place.number), *arguments], [])
    return ast.copy_location(made, place.node)


def _tell(method: str, place: Place, *arguments: ast.expr) -> ast.stmt:
    return ast.copy_location(ast.Expr(_call(method, place, *arguments)), place.node)


def _assignment(node: ast.AnnAssign) -> ast.Assign:
    assert node.value is not None
    return ast.Assign([node.target], node.value)


def _bound(targets: list[ast.expr], path: tuple[int, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for target in targets:
        for element, where in _elements(target, path):
            if isinstance(element, ast.Name):
                yield element.id, where


def _elements(target: ast.expr, path: tuple[int, ...]) -> Iterator[tuple[ast.expr, tuple[int, ...]]]:
    """Single targets, each with its path into the value; none behind a star."""
    if not isinstance(target, ast.Tuple | ast.List):
        yield target, path
        return
    for position, element in enumerate(target.elts):
        if isinstance(element, ast.Starred):
            return
        yield from _elements(element, (*path, position))


def _without_slices(index: ast.expr, original: dict[ast.AST, ast.AST]) -> ast.expr:
    """`a:b` as a call of slice: a hook takes expressions only."""
    if isinstance(index, ast.Slice):
        parts = [part or ast.Constant(None) for part in (index.lower, index.upper, index.step)]
        func = ast.Attribute(ast.Name(HOOK, ast.Load()), "slice", ast.Load())
        made: ast.expr = ast.copy_location(ast.Call(func, parts, []), index)
    elif isinstance(index, ast.Tuple):
        elements = [_without_slices(each, original) for each in index.elts]
        made = ast.copy_location(ast.Tuple(elements, ast.Load()), index)
    else:
        return index
    original[made] = original[index]
    for part in ast.walk(made):
        original.setdefault(part, original.get(part, index))
    return made
