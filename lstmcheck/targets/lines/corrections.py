"""Changes of a target's source: made in a copy, and shown as the line would read."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.events import Event
from lstmcheck.targets.lines.place import Place
from lstmcheck.targets.lines.writing import Distance

Position = tuple[str, int, int, int, int, str]


@dataclass(frozen=True, eq=False)
class Correction:
    """An expression in the place of another, or an assignment with another operator."""

    event: Event
    need: Numbers
    """What belongs there."""
    new: ast.AST
    distance: Distance = Distance.REPLACED

    @property
    def place(self) -> Place:
        return self.event.place


def position(source: str, node: ast.AST) -> Position:
    """Where a node stands: the same in every copy of the source."""
    where = (getattr(node, name, 0) or 0 for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"))
    line, column, end_line, end_column = where
    return source, line, column, end_line, end_column, type(node).__name__


class Corrected:
    """Puts corrections into modules."""

    def __init__(self, corrections: Sequence[Correction]) -> None:
        self._new = {position(each.place.source, each.place.node): each.new for each in corrections}

    def __call__(self, module: ast.Module, source: str) -> ast.Module:
        """A changed copy of a module."""
        changed: Any = _Replacing(self._new, source).visit(copy.deepcopy(module))
        fixed: ast.Module = ast.fix_missing_locations(changed)
        return fixed


class _Replacing(ast.NodeTransformer):
    def __init__(self, new: dict[Position, ast.AST], source: str) -> None:
        self._new, self._source = new, source

    def visit(self, node: ast.AST) -> ast.AST:
        new = self._new.get(position(self._source, node)) if hasattr(node, "lineno") else None
        if new is None:
            visited: ast.AST = self.generic_visit(node)
            return visited
        return ast.copy_location(copy.deepcopy(new), node)


def shown(correction: Correction, lines: Sequence[str]) -> str:
    """The line as it would read, for the lines of its source; a statement of several lines as one."""
    node: Any = correction.place.node
    changed = _changed_statement(correction)
    if node.lineno == node.end_lineno <= len(lines):
        line = lines[node.lineno - 1].encode()
        before, after = line[: node.col_offset].decode(), line[node.end_col_offset :].decode()
        for text in (ast.unparse(correction.new), f"({ast.unparse(correction.new)})"):
            if _reads_as(whole := f"{before}{text}{after}".strip(), changed):
                return whole
    return ast.unparse(changed).partition("\n")[0]


def _changed_statement(correction: Correction) -> ast.stmt:
    new = {position("", correction.place.node): correction.new}
    visited: Any = _Replacing(new, "").visit(copy.deepcopy(correction.place.statement))
    changed: ast.stmt = visited
    return changed


def _reads_as(line: str, statement: ast.stmt) -> bool:
    """Whether a line is the whole statement."""
    try:
        return ast.dump(ast.parse(line)) == ast.dump(ast.Module([statement], []))
    except SyntaxError:
        return False
