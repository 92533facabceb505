"""An expression of a target's source, or a statement of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field


@dataclass(eq=False)
class Place:
    """An expression, an assignment in place (`dW += …`), or an element that is put into something."""

    number: int
    node: ast.AST
    source: str
    """Name of its file, or cell of a notebook."""
    statement: ast.stmt
    scope: ast.AST
    """The function that it is in."""
    operands: list[Place] = field(default_factory=list)
    within: Place | None = None
    """The expression around it."""
    binds: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """Names that its value is given to, each with the path into it: `a, b = …` binds a to (0,), b to (1,)."""

    argument: int | str | None = None
    """Of a call: its position, or the name that it is given by."""

    @property
    def parameters(self) -> list[str]:
        """Names that its function is called with."""
        arguments = getattr(self.scope, "args", None)
        if arguments is None:
            return []
        return [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    @property
    def is_parameter(self) -> bool:
        """Whether it reads one of them."""
        return isinstance(self.node, ast.Name) and self.node.id in self.parameters

    @property
    def is_returned(self) -> bool:
        """Whether it is all that a statement returns."""
        return isinstance(self.statement, ast.Return) and self.statement.value is self.node

    @property
    def line(self) -> int:
        return int(getattr(self.node, "lineno", 0))
