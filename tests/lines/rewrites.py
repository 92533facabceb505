"""Right source written otherwise: other names, other orders, temporaries, other functions for the same."""

from __future__ import annotations

import ast
import random
from typing import Any

KEPT = {"np", "self"}


def rewritten(source: str, functions: tuple[str, ...], seed: int) -> str:
    """The source, with some functions written otherwise."""
    chooser = random.Random(seed)
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            for transformer in (_Operators(chooser), _Temporaries(chooser), _Renamed(chooser, node)):
                node.body = [part for each in node.body for part in _as_list(transformer.visit(each))]
    return ast.unparse(ast.fix_missing_locations(module)) + "\n"


def _as_list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]


class _Operators(ast.NodeTransformer):
    """a + b as b + a, a @ b as np.dot(a, b), a ** 2 as a * a, a += b as a = a + b."""

    def __init__(self, chooser: random.Random) -> None:
        self.chooser = chooser

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if self.chooser.random() < 0.5:
            return node
        if isinstance(node.op, ast.Add | ast.Mult):
            return ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.MatMult):
            return ast.parse(f"np.dot({ast.unparse(node.left)}, {ast.unparse(node.right)})", mode="eval").body
        if isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name):
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "sum" and self.chooser.random() < 0.5:
            node.args.insert(0, node.func.value)
            node.func = ast.Attribute(ast.Name("np", ast.Load()), "sum", ast.Load())
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt:
        self.generic_visit(node)
        if isinstance(node.target, ast.Name) and self.chooser.random() < 0.5:
            read = ast.Name(node.target.id, ast.Load())
            return ast.Assign([node.target], ast.BinOp(read, node.op, node.value))
        return node


class _Temporaries(ast.NodeTransformer):
    """Parts of what is assigned are given names first."""

    def __init__(self, chooser: random.Random) -> None:
        self.chooser, self.count = chooser, 0

    def visit_Assign(self, node: ast.Assign) -> Any:
        before: list[ast.stmt] = []
        taken = _Taken(self, before)
        if isinstance(node.value, ast.BinOp):
            node.value.left, node.value.right = taken.visit(node.value.left), taken.visit(node.value.right)
        return [*before, node]


class _Taken(ast.NodeTransformer):
    def __init__(self, owner: _Temporaries, before: list[ast.stmt]) -> None:
        self.owner, self.before = owner, before

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return node

    visit_GeneratorExp = visit_Lambda = visit_ListComp  # type: ignore[assignment]

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if self.owner.chooser.random() < 0.6:
            return node
        self.owner.count += 1
        name = f"part_{self.owner.count}"
        self.before.append(ast.Assign([ast.Name(name, ast.Store())], node))
        return ast.Name(name, ast.Load())


class _Renamed(ast.NodeTransformer):
    """Names that the function binds itself."""

    def __init__(self, chooser: random.Random, function: ast.FunctionDef) -> None:
        arguments = {each.arg for each in function.args.args}
        bound = sorted(
            {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        )
        own = [name for name in bound if name not in arguments | KEPT]
        new = [f"q{k}" for k in range(len(own))]
        chooser.shuffle(new)
        self.names = dict(zip(own, new, strict=True)) if chooser.random() < 0.5 else {}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        node.id = self.names.get(node.id, node.id)
        return node
