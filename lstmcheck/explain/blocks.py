"""What is told, before it is rendered: headings, sentences, equations and tables of numbers.

Sentences and cells hold mathematics between dollar signs, in the few TeX commands that `plain` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Sentences:
    text: str


@dataclass(frozen=True)
class Equations:
    """TeX, one equation each."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Precise:
    """A number of which more digits than usual are needed."""

    value: float
    digits: int


@dataclass(frozen=True)
class Percent:
    """A share of one, told as a percentage."""

    value: float


Cell = str | float | Precise | Percent | None
"""None is an empty cell."""


@dataclass(frozen=True)
class Table:
    """`name` tells what the numbers are; the first columns hold words, the others numbers."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def numbers_row(label: str, values: Iterable[float]) -> tuple[Cell, ...]:
    """A row of a label and numbers."""
    return (label, *(float(value) for value in values))


Block = Heading | Sentences | Equations | Table
Document = tuple[Block, ...]

DIGITS = 6


def cell_text(cell: Cell) -> str:
    """A cell as it is printed; words keep their mathematics."""
    match cell:
        case None:
            return ""
        case str():
            return cell
        case Precise(value, digits):
            return f"{value:.{digits}g}"
        case Percent(value):
            return f"{100 * value:.1f} %"
        case _:
            return f"{cell:.{DIGITS}g}" if cell else "0"


_ACCENTS = {"hat": "\u0302", "tilde": "\u0303"}
_WORDS = {
    r"\delta": "δ",
    r"\partial": "∂",
    r"\sigma": "σ",
    r"\odot": "∘",
    r"\sum": "Σ",
    r"\prod": "Π",
    r"\cdot": "·",
    r"\times": "×",
    r"\pm": "±",
    r"\ne": "≠",
    r"\dots": "…",
    r"\quad": "   ",
    r"^{\top}": "ᵀ",
    r"^{+}": "⁺",
    r"^{2}": "²",
    r"^{-1}": "⁻¹",
    r"\tanh": "tanh",
    "\\ ": " ",
}


def plain(tex: str) -> str:
    """TeX as letters that a terminal has: `W^{\\top} \\delta z` is `Wᵀ δz`."""
    for name, accent in _ACCENTS.items():
        tex = re.sub(rf"\\{name}{{(\w)}}", rf"\1{accent}", tex)
    tex = re.sub(r"\\mathrm{([^{}]*)}\s*", r"\1", tex)
    tex = re.sub(r"\\(delta|partial)\s+", r"\\\1", tex)
    for command in sorted(_WORDS, key=len, reverse=True):
        tex = tex.replace(command, _WORDS[command])
    tex = re.sub(r"([_^]){([\w\u0300-\u036f]+|\(\w\))}", r"\1\2", tex)
    return tex.replace("-", "−")


def without_tex(text: str) -> str:
    """Sentences with their mathematics in plain letters."""
    return re.sub(r"\$([^$]*)\$", lambda found: plain(found[1]), text)
