"""Mistakes planted at random into right source: operators, operands, indices, terms and factors dropped."""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPERATORS = (ast.Add, ast.Sub, ast.Mult)


@dataclass(frozen=True)
class Mutant:
    """Source with mistakes, and the lines (first, last) of the statements that have one."""

    source: str
    planted: tuple[tuple[int, int], ...]
    changes: tuple[str, ...]

    def is_planted(self, line: int) -> bool:
        return any(first <= line <= last for first, last in self.planted)


@dataclass(frozen=True)
class Change:
    statement: ast.stmt
    old: ast.expr
    new: str


def mutants(source: str, functions: Sequence[str], seed: int, count: int = 1) -> Iterator[Mutant]:
    """Endlessly many, each with `count` mistakes in different statements of some functions."""
    chooser = random.Random(seed)
    changes = [change for name in functions for change in _changes(_function(ast.parse(source), name))]
    while True:
        chosen = chooser.sample(changes, count)
        if len({each.statement.lineno for each in chosen}) == count:
            yield _applied(source, chosen)


def _applied(source: str, chosen: Sequence[Change]) -> Mutant:
    lines = source.split("\n")
    for each in sorted(chosen, key=lambda c: (c.old.lineno, c.old.col_offset), reverse=True):
        assert each.old.lineno == each.old.end_lineno
        text = lines[each.old.lineno - 1]
        lines[each.old.lineno - 1] = text[: each.old.col_offset] + each.new + text[each.old.end_col_offset :]
    planted = tuple((c.statement.lineno, c.statement.end_lineno or c.statement.lineno) for c in chosen)
    changes = tuple(f"{c.statement.lineno}: {ast.unparse(c.old)} → {c.new}" for c in chosen)
    return Mutant("\n".join(lines), planted, changes)


def _function(module: ast.Module, name: str) -> ast.FunctionDef:
    return next(n for n in ast.walk(module) if isinstance(n, ast.FunctionDef) and n.name == name)


def _changes(function: ast.FunctionDef) -> Iterator[Change]:
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    names = sorted(read - {"np", "range", "len", "zip", "reversed", "sum", "t", "sigmoid"})
    for statement in ast.walk(function):
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) and statement.value is not None:
            for node in ast.walk(statement.value):
                if isinstance(node, ast.expr) and node.lineno == node.end_lineno:
                    for new in _instead_of(node, names):
                        yield Change(statement, node, new)


def _instead_of(node: ast.expr, names: Sequence[str]) -> Iterator[str]:
    if isinstance(node, ast.BinOp):
        for operator in OPERATORS:
            if isinstance(node.op, OPERATORS) and not isinstance(node.op, operator):
                other = copy.copy(node)
                other.op = operator()
                yield f"({ast.unparse(other)})"
        if isinstance(node.op, ast.Mult | ast.Add):
            yield f"({ast.unparse(node.left)})"
            yield f"({ast.unparse(node.right)})"
        if isinstance(node.op, ast.Pow):
            yield ast.unparse(node.left)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (name for name in names if name != node.id)
    elif isinstance(node, ast.Call) and len(node.args) == 1 and ast.unparse(node.func) == "np.tanh":
        yield ast.unparse(node.args[0])
