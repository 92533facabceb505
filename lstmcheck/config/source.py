"""Text of a configuration → plain data, and where in the text each key and value stands.

The only module of this package that reads files.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lstmcheck.errors import LstmcheckError, Problem, did_you_mean

Loc = tuple[str | int, ...]

STDIN = "-"
MAX_BYTES = 2**18
EXCERPT_WIDTH = 96


@dataclass(frozen=True)
class Place:
    """Where something was written: in a file, or in an option of the command line (no line then)."""

    file: str
    line: int | None = None
    column: int | None = None
    excerpt: str | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"

    @property
    def order(self) -> tuple[float, int]:
        """Lines of the file from above, then the command line."""
        return (math.inf if self.line is None else self.line, self.column or 0)

    def problem(self, what: str, remedy: str | None = None) -> Problem:
        return Problem(what, where=str(self), remedy=remedy, excerpt=self.excerpt)

    def tell(self, what: str, remedy: str | None = None) -> Told:
        return self, self.problem(what, remedy)


Told = tuple[Place, Problem]


@dataclass(frozen=True)
class Source:
    """The data of a configuration and the place of every key and value in it."""

    name: str
    folder: Path
    data: dict[str, Any]
    keys: Mapping[Loc, Place]
    values: Mapping[Loc, Place]
    told: tuple[Told, ...] = ()
    """Problems beside which the rest can still be checked."""

    def locate(self, loc: Loc) -> Place:
        """The value at `loc`, or the key of the nearest section around it."""
        if not loc:
            return Place(self.name, 1, 1)
        if loc in self.values:
            return self.values[loc]
        return self.locate_key(loc if loc in self.keys else loc[:-1])

    def locate_key(self, loc: Loc) -> Place:
        return self.keys[loc] if loc in self.keys else self.locate(loc)

    def with_default(self, key: str, value: Any) -> Source:
        return replace(self, data={key: value} | self.data)

    def with_override(self, loc: tuple[str, ...], other: Source) -> Source:
        """`other`'s data in place of what stands at `loc`."""
        data, placed = _replaced(self.data, loc, other.data["value"])
        if not placed:
            no_section = other.keys["value",].tell(f"{'.'.join(loc[:-1])} holds a value here, no keys.")
            return replace(self, told=(*self.told, no_section))
        moved = {(*loc, *key[1:]): place for key, place in other.values.items() if key}
        moved_keys = {(*loc, *key[1:]): place for key, place in other.keys.items()}
        new_sections = {loc[:end]: other.keys["value",] for end in range(1, len(loc))}
        return replace(
            self,
            data=data,
            keys=new_sections | _without(self.keys, loc) | moved_keys,
            values=_without(self.values, loc) | moved,
            told=self.told + other.told,
        )


def _replaced(data: dict[str, Any], loc: tuple[str, ...], value: Any) -> tuple[dict[str, Any], bool]:
    first, *rest = loc
    if not rest:
        return data | {first: value}, True
    inner = data.get(first)
    if not isinstance(inner, dict | None):
        return data, False
    replaced, placed = _replaced(inner or {}, tuple(rest), value)
    return data | {first: replaced}, placed


def _without(places: Mapping[Loc, Place], loc: Loc) -> dict[Loc, Place]:
    return {key: place for key, place in places.items() if key[: len(loc)] != loc}


def source_of_settings(settings: Mapping[str, Any]) -> Source:
    """Data made in Python, whose places are the dotted names of its keys; lists become tuples."""
    places: dict[Loc, Place] = {}
    data = _as_read(settings, (), places)
    return Source("settings", Path(), data, places, places)


def _as_read(value: Any, loc: Loc, places: dict[Loc, Place]) -> Any:
    places[loc] = Place(dotted(loc))
    if isinstance(value, Mapping):
        return {key: _as_read(each, (*loc, key), places) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_as_read(each, (*loc, k), places) for k, each in enumerate(value))
    return value


def dotted(loc: Loc) -> str:
    """`check.blocks[1]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")


def read_text(path: str | Path) -> str:
    """The text of a configuration file, or of standard input for `-`.

    Raises LstmcheckError for a file that is missing, unreadable, too long or not text.
    """
    name = str(path)
    if name == STDIN:
        return decode(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    return decode(read_bytes(Path(path), MAX_BYTES + 1), name)


def read_bytes(path: Path, limit: int = -1) -> bytes:
    """At most `limit` bytes of a file. Raises LstmcheckError saying why it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        raise LstmcheckError("no such file.", where=str(path), remedy=_near_file(path)) from None
    except IsADirectoryError:
        raise LstmcheckError("this is a directory.", where=str(path), remedy="Name a file in it.") from None
    except PermissionError:
        raise LstmcheckError(
            "this file may not be read.", where=str(path), remedy="See its permissions."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LstmcheckError(f"cannot be read: {reason}.", where=str(path)) from None


def _near_file(path: Path) -> str | None:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return f"There is no folder '{path.parent}' either."
    same_stem = [name for name in names if Path(name).stem == path.stem]
    return did_you_mean(path.name, names, otherwise=same_stem[:1], show=lambda it: f"'{path.parent / it}'")


def decode(content: bytes, name: str) -> str:
    """UTF-8 text, without a byte order mark. Raises LstmcheckError for anything else."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LstmcheckError("this is UTF-16 text.", where=name, remedy="Save it as UTF-8.")
    if b"\0" in content:
        raise LstmcheckError("this is a binary file, not a configuration in YAML.", where=name)
    if len(content) > MAX_BYTES:
        raise LstmcheckError(f"this is longer than {MAX_BYTES // 1024} KiB: not a configuration.", where=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        what = f"byte 0x{content[error.start]:02x} is not UTF-8 text."
        raise LstmcheckError(what, where=f"{name}:{line}:{column}", remedy="Save it as UTF-8.") from None


@dataclass(frozen=True)
class Text:
    """A text with a name, and lines to quote from unless it is an option of the command line."""

    name: str
    lines: tuple[str, ...] | None

    def place(self, line: int, column: int, end: int | None = None) -> Place:
        """Line and columns count from 0 here and from 1 in the place."""
        if self.lines is None:
            return Place(self.name)
        excerpt = _excerpt(self.lines[line], line, column, end) if line < len(self.lines) else None
        return Place(self.name, line + 1, column + 1, excerpt)


def _excerpt(line: str, number: int, column: int, end: int | None) -> str:
    start = max(0, column - EXCERPT_WIDTH // 2) if len(line) > EXCERPT_WIDTH else 0
    shown = "".join(c if c.isprintable() else " " for c in line[start : start + EXCERPT_WIDTH])
    width = max(1, min(len(line) if end is None else end, start + EXCERPT_WIDTH) - column)
    gutter = f"  {number + 1} | "
    return f"{gutter}{shown.rstrip()}\n{' ' * (len(gutter) - 2)}| {' ' * (column - start)}{'^' * width}"
