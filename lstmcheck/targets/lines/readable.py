"""The arrays that can be read at a place of a source, under the names that they have there."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from lstmcheck.lstm.types import Numbers

MOST_NAMES = 80
NUMPY = "np"
"""What it is called where it has no name yet."""


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
        self.atoms = _atoms(self.local)
        self.numpy = next((name for name, value in self.everything.items() if value is np), None)
        if self.numpy is None and NUMPY not in {**self.everything, **self.local}:
            self.numpy, self.everything = NUMPY, {**self.everything, NUMPY: np}

    def value(self, node: ast.expr) -> Any:
        """Of an expression; None where it cannot be evaluated."""
        try:
            code = compile(
                ast.fix_missing_locations(ast.Expression(copy.deepcopy(node))), "<suggestion>", "eval"
            )
            return eval(code, {**self.everything, **self.local})
        except Exception:
            return None


def _atoms(local: Mapping[str, Any]) -> list[Atom]:
    """Names first, then what is in dicts and objects."""
    found = [Atom(text, each) for name, value in local.items() for text, each in _arrays(name, value)]
    return sorted(found, key=lambda atom: not atom.text.isidentifier())[:MOST_NAMES]


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
