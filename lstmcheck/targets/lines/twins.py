"""A module once more, with the same names, whose functions are changed: instrumented, or corrected.

Nothing of it is imported again: functions and classes are made anew from their source, everything else is
what the module has.
"""

from __future__ import annotations

import ast
import copy
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from lstmcheck.targets.lines.readable import NUMPY
from lstmcheck.targets.loading.notebooks import NOTEBOOK, kept_definitions
from lstmcheck.targets.loading.whose_code import is_target_code

Change = Callable[[ast.Module, str], ast.Module]
"""A module's definitions and the name of its source → those that are run."""
Names = Mapping[str, Any]
"""Of a module, by which its functions find others."""


class NoSourceError(Exception):
    """Functions of which there is no source of Python."""


class Twins:
    """Of one module, and of the user's others that it uses."""

    def __init__(self, change: Change, hooks: Mapping[str, Any]) -> None:
        self._change, self._hooks = change, hooks
        self._made: dict[int, ModuleType] = {}
        self._defined: dict[int, Names] = {}
        """What a module's own source defines, whatever others have put there since."""
        self._objects: dict[int, Any] = {}

    def of(self, names: Names) -> ModuleType:
        """Of the module, or the globals of a function. Raises NoSourceError."""
        if id(names) not in self._made:
            twin = self._made[id(names)] = ModuleType(str(names.get("__name__")))
            vars(twin).update({NUMPY: np, **names, **self._hooks})
            for source, tree in sources_of(names):
                changed = self._change(tree, source)
                exec(compile(changed, source, "exec", dont_inherit=True), vars(twin))
            self._defined[id(names)] = dict(vars(twin))
            # What others have put there stays there.
            for name, value in names.items():
                if (other := self._other(value, names)) is not None:
                    vars(twin)[name] = other
        return self._made[id(names)]

    def _other(self, value: Any, names: Names) -> Any:
        """What belongs to another module of the user, as its twin has it."""
        if isinstance(value, ModuleType):
            return self.of(vars(value)) if _has_source(vars(value)) else None
        if not (inspect.isfunction(value) or inspect.isclass(value)):
            return None
        home = _home(value)
        if home is None or home is names or not _has_source(home):
            return None
        return getattr(self.of(home), value.__name__, None)

    def function(self, function: Any) -> Any:
        """The twin of a function or method. Raises NoSourceError."""
        if inspect.ismethod(function):
            return self._method(function)
        home, path = _home(function), getattr(function, "__qualname__", "")
        if home is None or not path or "<" in path:
            raise NoSourceError
        self.of(home)
        first, *others = path.split(".")
        try:
            return reduce(getattr, others, self._defined[id(home)][first])
        except (AttributeError, KeyError):
            raise NoSourceError from None

    def _method(self, function: Any) -> Any:
        owner = function.__self__
        if inspect.isclass(owner):
            return getattr(self.function(owner), function.__name__)
        if id(owner) not in self._objects:
            other = copy.deepcopy(owner)
            other.__class__ = self.function(type(owner))
            self._objects[id(owner)] = other
        return getattr(self._objects[id(owner)], function.__name__)


def _home(value: Any) -> Names | None:
    """The globals of a function, or the names of the module that a class is in."""
    if inspect.isfunction(value):
        return value.__globals__
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    return None if module is None else vars(module)


def _has_source(names: Names) -> bool:
    file = str(names.get("__file__") or "")
    return Path(file).suffix in (".py", NOTEBOOK) and is_target_code(file)


def sources_of(names: Names) -> list[tuple[str, ast.Module]]:
    """Definitions of a module, and what its sources are called in tracebacks. Raises NoSourceError."""
    if not _has_source(names):
        raise NoSourceError
    path = Path(str(names["__file__"]))
    if path.suffix == NOTEBOOK:
        return kept_definitions(path)
    tree = ast.parse(importlib.util.decode_source(path.read_bytes()), str(path))
    return [(str(path), ast.Module([node for node in tree.body if _defines(node)], []))]


def _defines(node: ast.stmt) -> bool:
    """A function, a class, or another name for one."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Name | ast.Attribute | ast.Lambda)
    return isinstance(node, ast.FunctionDef | ast.ClassDef)
