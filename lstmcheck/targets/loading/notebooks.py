"""Files that are not imported as they stand: notebooks, and scripts of which definitions alone are taken."""

from __future__ import annotations

import ast
import importlib.util
import json
import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.targets.loading.definitions import definitions, left_out

NOTEBOOK = ".ipynb"
TIMERS = ("%%capture", "%%prun", "%%time", "%%timeit")
"""Cell magics that run the rest of the cell as Python."""
MAGIC = re.compile(r"^(\s*)(?:(?:[\w, ]+=\s*)?[%!?].*|[\w.]+\?+\s*$)")
"""A line for the notebook rather than for Python: `%matplotlib inline`, `files = !ls`, `np.dot?`."""
DEFINES = re.compile(r"^(async def|def|class)\b", re.MULTILINE)
_left_out: dict[str, str] = {}


@dataclass(frozen=True)
class SourceText:
    """A script, or a cell of a notebook, under the name that tracebacks have it by."""

    name: str
    text: str


def codes(path: Path) -> list[CodeType]:
    """The definitions of a script, or of each cell of a notebook, to be run one after the other.

    Raises SyntaxError where they cannot be read.
    """
    return [compile(kept, name, "exec", dont_inherit=True) for name, kept in kept_definitions(path)]


def kept_definitions(path: Path) -> list[tuple[str, ast.Module]]:
    """The same before they are compiled, each with the name that tracebacks have it by."""
    sources = _read(path)
    modules = list(map(_parsed, sources))
    chosen = definitions(modules)
    for source, module, kept in zip(sources, modules, chosen, strict=True):
        for name, line in left_out(module, kept).items():
            _left_out.setdefault(name, f"{Path(source.name).name}:{line}")
    return [(source.name, kept) for source, kept in zip(sources, chosen, strict=True)]


def where_left_out(name: str | None) -> str | None:
    """Where a name is bound by what was left out: `lstm.ipynb cell 3:12`."""
    return _left_out.get(name or "")


def has_more_than_definitions(path: Path) -> bool:
    """Whether it is a script that this Python can read: of a notebook definitions are taken anyway."""
    if path.suffix == NOTEBOOK:
        return False
    try:
        ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False
    return True


def _read(path: Path) -> list[SourceText]:
    if path.suffix != NOTEBOOK:
        return [SourceText(str(path), importlib.util.decode_source(path.read_bytes()))]
    cells = [
        SourceText(f"{path} cell {number}", text)
        for number, text in enumerate(_code_cells(notebook(path)), 1)
        if not _is_for_something_else(text)
    ]
    for cell in cells:
        # Without a time of change it is kept, though there is no such file.
        linecache.cache[cell.name] = (len(cell.text), None, cell.text.splitlines(keepends=True), cell.name)
    return cells


def notebook(path: Path) -> dict[str, Any]:
    """A notebook's JSON. Raises LstmcheckError where it is none, or not in Python."""
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        language = str(found.get("metadata", {}).get("kernelspec", {}).get("language", "python"))
        _ = list(_code_cells(found))
    except (ValueError, AttributeError, TypeError, KeyError):
        raise LstmcheckError("it cannot be read as a notebook.", where=str(path)) from None
    if language.lower() != "python":
        raise LstmcheckError(f"this notebook is in {language}; a target is in Python.", where=str(path))
    return found


def _code_cells(found: dict[str, Any]) -> Iterator[str]:
    """Of all formats: the first three had worksheets, and `input` for what is now `source`."""
    sheets = found.get("worksheets", [found])
    for cell in (cell for sheet in sheets for cell in sheet["cells"] if cell["cell_type"] == "code"):
        text = cell["source"] if "source" in cell else cell["input"]
        yield text if isinstance(text, str) else "".join(text)


def _is_for_something_else(text: str) -> bool:
    """Whether a cell begins with a magic that takes the whole cell: a shell's, another language's."""
    first = text.lstrip().partition("\n")[0]
    return first.startswith("%%") and not first.startswith(TIMERS)


def _parsed(source: SourceText) -> ast.Module:
    """Magics are left out. A cell that defines nothing may be anything."""
    try:
        return ast.parse(source.text, source.name)
    except SyntaxError:
        plain = "\n".join(MAGIC.sub(r"\1pass", line) for line in source.text.split("\n"))
        try:
            return ast.parse(plain, source.name)
        except SyntaxError:
            if NOTEBOOK in source.name and not DEFINES.search(plain):
                return ast.Module([], [])
            raise
