"""The names that a Python file or a notebook binds, by its source. Nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

from lstmcheck.errors import LstmcheckError
from lstmcheck.targets.loading.notebooks import NOTEBOOK, kept_definitions

LARGEST = 2**21
"""Bytes of a source that is read: nobody writes more."""
Function = ast.FunctionDef | ast.AsyncFunctionDef
Arguments = tuple[int, float] | None
"""The fewest and the most positional ones that a call may give; None where that is not known."""


@dataclass
class Names:
    """Of functions with their arguments, of methods as `LSTM.forward`, and of what is imported."""

    functions: dict[str, Arguments] = field(default_factory=dict)
    """Whatever else is bound may be called too: its arguments are not known."""
    own: list[str] = field(default_factory=list)
    """Functions and classes that the file defines itself."""
    heirs: set[str] = field(default_factory=set)
    """Classes that may have more methods than are seen here."""
    modules: list[str] = field(default_factory=list)
    """Classes made from a module of torch."""
    libraries: set[str] = field(default_factory=set)
    others: bool = False
    """Whether more may be bound: everything is imported from somewhere else."""

    def __contains__(self, name: str) -> bool:
        return name in self.functions or name.rpartition(".")[0] in self.heirs

    def take(self, other: Names, names: Iterable[tuple[str, str]]) -> None:
        """Names of another file, each with what it is called here."""
        for name, here in names:
            for each in (key for key in other.functions if key == name or key.startswith(f"{name}.")):
                self.functions[here + each.removeprefix(name)] = other.functions[each]
            if name in other.heirs:
                self.heirs.add(here)
            if name in other.modules:
                self.modules.append(here)


def names_in(path: Path) -> Names | None:
    """Those at the top of a file, and of files beside it that it imports from.

    None where it cannot be read as Python.
    """
    return _read(path, frozenset())


def _read(path: Path, above: frozenset[Path]) -> Names | None:
    modules = _parsed(path)
    if modules is None:
        return None
    found = Names()
    for statement in (each for module in modules for each in _statements(module.body)):
        _add(found, statement, path.parent, above | {path})
    return found


def _parsed(path: Path) -> list[ast.Module] | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        if path.suffix == NOTEBOOK:
            return [module for _, module in kept_definitions(path)]
        return [ast.parse(path.read_bytes())]
    except (LstmcheckError, OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """With those inside `if`, `try` and their like, which bind names of the file too."""
    for statement in body:
        yield statement
        if isinstance(statement, Function | ast.ClassDef):
            continue
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, part, ()))
        for handler in getattr(statement, "handlers", ()):
            yield from _statements(handler.body)


def _add(found: Names, statement: ast.stmt, folder: Path, above: frozenset[Path]) -> None:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            found.functions[statement.name] = _arguments(statement.args)
            found.own.append(statement.name)
        case ast.ClassDef():
            _add_class(found, statement)
        case ast.Import():
            found.libraries |= {alias.name.partition(".")[0] for alias in statement.names}
        case ast.ImportFrom(module=str(module), level=level):
            found.libraries.add(module.partition(".")[0])
            _add_imported(found, statement, folder / f"{module}.py" if level < 2 else None, above)
        case ast.Assign() | ast.AnnAssign():
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found.functions |= {each.id: None for each in targets if isinstance(each, ast.Name)}


def _add_class(found: Names, made: ast.ClassDef) -> None:
    bases = [ast.unparse(base) for base in made.bases]
    methods = [each.name for each in made.body if isinstance(each, Function)]
    found.functions |= {made.name: None, **{f"{made.name}.{name}": None for name in methods}}
    found.own.append(made.name)
    for base in bases:
        if base.endswith("Module") or base.startswith(("nn.", "torch.")) or base in found.modules:
            found.modules.append(made.name)
        elif base in found.own:
            found.take(replace(found, functions=dict(found.functions)), [(base, made.name)])
        elif base != "object":
            found.heirs.add(made.name)


def _add_imported(found: Names, statement: ast.ImportFrom, path: Path | None, above: frozenset[Path]) -> None:
    beside = _read(path, above) if path and path not in above and path.is_file() else None
    aliases = [(alias.name, alias.asname or alias.name) for alias in statement.names]
    if beside is None:
        found.others = found.others or aliases == [("*", "*")]
        found.functions |= {here: None for _, here in aliases}
    elif aliases == [("*", "*")]:
        found.take(beside, [(name, name) for name in beside.functions if "." not in name])
    else:
        found.functions |= {here: None for _, here in aliases}
        found.take(beside, aliases)


def _arguments(arguments: ast.arguments) -> Arguments:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    return positional - len(arguments.defaults), inf if arguments.vararg else positional
