"""The table of conventions, for readers and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console, Group, RenderableType
from rich.text import Text

from lstmcheck.conventions.names import DIRECTION_AXIS, FRAMEWORK_NAMES
from lstmcheck.conventions.shapes import letters
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.report.columns import Column, tables
from lstmcheck.report.run.json import head

JOINED = {"xh": "W over [x, h]", "hx": "W over [h, x]", "bxh": "W over [1, x, h]"}
SPLIT = {"interleaved": "gates interleaved by unit", "separate": "arrays for each gate"}
BELOW = (
    "D, H: widths of x and of h. A gate is rows where z = W x, and columns where z = x W.",
    "A configuration names one in target.convention or arrays.convention, or spells it out, as in",
    "{gates: icfo, weights: columns, joined: xh, bias: one, forget_offset: 1, split: stacked}.",
)


def render(console: Console) -> RenderableType:
    """A line for each convention: order of the gates, shapes, what is special, names in files."""
    rows = CONVENTIONS.values()
    columns = [
        Column("convention", tuple(CONVENTIONS), right=False),
        Column("gates", tuple(" ".join(row.gates) for row in rows), right=False),
        Column("W", tuple(letters(row, "W") for row in rows), right=False),
        Column("U", tuple(_recurrent(row) for row in rows), right=False),
        Column("bias", tuple(_bias(row) for row in rows), right=False),
        Column("besides", tuple("; ".join(_besides(row)) for row in rows), right=False),
        Column("names in files", tuple(_names(row) for row in rows), right=False),
    ]
    return Group(*tables(columns, console), Text(""), *map(Text, BELOW))


def _recurrent(row: Convention) -> str:
    return letters(row, "U") if row.joined == "none" else "in W"


def _bias(row: Convention) -> str:
    return "in W" if row.joined == "bxh" else f"{row.bias}, {letters(row, 'b')}"


def _besides(row: Convention) -> Iterator[str]:
    if row.split in SPLIT:
        yield SPLIT[row.split]
    if row.joined in JOINED:
        yield JOINED[row.joined]
    if row.forget_offset:
        yield f"f has {row.forget_offset:+g}"
    if row.name in DIRECTION_AXIS:
        yield "an axis of directions first"


def _names(row: Convention) -> str:
    own = FRAMEWORK_NAMES[row.name]
    return " ".join(own) if len(own) < 6 else f"{' '.join(list(own)[:4])} …"


def dumps() -> str:
    """The table as JSON."""
    document = {**head("conventions"), "conventions": [asdict(row) for row in CONVENTIONS.values()]}
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
