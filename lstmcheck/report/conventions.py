"""The table of conventions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from lstmcheck.conventions.names import DIRECTION_AXIS, FRAMEWORK_NAMES
from lstmcheck.conventions.shapes import letters
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.report.content import Block, Content, Line
from lstmcheck.report.json_model import head
from lstmcheck.report.table import Column, Row, Table, row

JOINED = {"xh": "W over [x, h]", "hx": "W over [h, x]", "bxh": "W over [1, x, h]"}
SPLIT = {"interleaved": "gates interleaved by unit", "separate": "arrays for each gate"}
BELOW = (
    "D, H: widths of x and of h. A gate is rows where z = W x, and columns where z = x W.",
    "A configuration names one in target.convention or arrays.convention, or spells it out, as in",
    "{gates: icfo, weights: columns, joined: xh, bias: one, forget_offset: 1, split: stacked}.",
)


TITLES = ("convention", "gates", "W", "U", "bias", "besides", "names in files")


class ConventionsContent(Content):
    """A line for each convention: order of the gates, shapes, what is special, names in files."""

    def screen(self, room: int | None) -> Iterator[Block]:
        yield Table(tuple(map(Column, TITLES)), tuple(map(_row, CONVENTIONS.values())))
        yield from map(Line, ("", *BELOW))

    def document(self) -> Mapping[str, Any]:
        return {**head("conventions"), "conventions": [asdict(one) for one in CONVENTIONS.values()]}


def _row(one: Convention) -> Row:
    besides = "; ".join(_besides(one))
    shapes = letters(one, "W"), _recurrent(one), _bias(one)
    return row(one.name, " ".join(one.gates), *shapes, besides, _names(one))


def _recurrent(one: Convention) -> str:
    return letters(one, "U") if one.joined == "none" else "in W"


def _bias(one: Convention) -> str:
    return "in W" if one.joined == "bxh" else f"{one.bias}, {letters(one, 'b')}"


def _besides(one: Convention) -> Iterator[str]:
    if one.split in SPLIT:
        yield SPLIT[one.split]
    if one.joined in JOINED:
        yield JOINED[one.joined]
    if one.forget_offset:
        yield f"f has {one.forget_offset:+g}"
    if one.name in DIRECTION_AXIS:
        yield "an axis of directions first"


def _names(one: Convention) -> str:
    names = list(FRAMEWORK_NAMES[one.name])
    return " ".join(names) if len(names) < 6 else f"{' '.join(names[:4])} …"
