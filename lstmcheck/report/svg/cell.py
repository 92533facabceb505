"""A cell with its roads: the carousel on top, the gates below it, what a step reads at the bottom."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from lstmcheck.explain.cell import CellNumbers
from lstmcheck.report.svg.element import element, line, picture, text

WIDTH, HEIGHT = 700.0, 345.0
CAROUSEL, PRODUCT, GATES, BUS = 70.0, 150.0, 232.0, 332.0
"""Heights of the cell state's road, of what enters it, of the gates, and of what they read."""
AT = {"f": 170.0, "i": 290.0, "g": 390.0, "o": 500.0}
"""Where the gates stand, from the left."""
ADDED, FORK, OUT = 340.0, 590.0, 690.0
BOX = 76.0, 40.0
DIGITS = 4


def draw(cell: CellNumbers) -> Markup:
    """Values in ink, gradients in the accent."""
    title = (
        f"The cell at step {cell.step}: {cell.letters['c_prev']} passes through the forget gate and is added"
        f" to on its way to {cell.letters['c']}; the output gate lets {cell.letters['h']} out."
    )
    parts = [*_roads(cell), *_nodes(cell), *_numbers(cell)]
    return picture(title, WIDTH, HEIGHT, *parts, kind="cell")


def _roads(cell: CellNumbers) -> Iterator[Markup]:
    half = BOX[1] / 2
    yield line(20.0, CAROUSEL, OUT - 10, CAROUSEL, class_="road carousel")
    yield line(AT["f"], GATES - half, AT["f"], CAROUSEL, class_="road")
    for gate in (AT["i"], AT["g"]):
        yield line(gate, GATES - half, ADDED, PRODUCT, class_="road")
    yield line(ADDED, PRODUCT, ADDED, CAROUSEL, class_="road")
    yield line(FORK, CAROUSEL, FORK, PRODUCT + 30, class_="road")
    yield line(AT["o"], GATES - half, AT["o"], PRODUCT + 30, class_="road")
    yield line(AT["o"], PRODUCT + 30, OUT - 10, PRODUCT + 30, class_="road")
    yield line(20.0, BUS, AT["o"], BUS, class_="road")
    for name, gate in AT.items():
        if name != "f" or not cell.coupled:
            yield line(gate, BUS, gate, GATES + half, class_="road")
    if cell.coupled:
        yield line(AT["i"] - BOX[0] / 2, GATES, AT["f"] + BOX[0] / 2, GATES, class_="road")


def _nodes(cell: CellNumbers) -> Iterator[Markup]:
    for x, y, sign in ((AT["f"], CAROUSEL, "×"), (ADDED, CAROUSEL, "+"), (ADDED, PRODUCT, "×")):
        yield from _node(x, y, sign)
    yield from _node(FORK, PRODUCT + 30, "×")
    yield from _box(FORK, (CAROUSEL + PRODUCT + 30) / 2, cell.squashed_by[1], 44.0, 22.0)
    for name, x in AT.items():
        word = "1 − i" if name == "f" and cell.coupled else cell.letters[name]
        yield from _box(x, GATES, word, *BOX)
    yield text(20.0, BUS - 8, "xₜ and hₜ₋₁, by W and U", class_="name")


def _node(x: float, y: float, sign: str) -> Iterator[Markup]:
    yield element("circle", cx=x, cy=y, r=12.0, class_="node")
    yield text(x, y + 5, sign, text_anchor="middle", class_="sign")


def _box(x: float, y: float, word: str, width: float, height: float) -> Iterator[Markup]:
    corner = {"x": x - width / 2, "y": y - height / 2}
    yield element("rect", **corner, width=width, height=height, rx=4.0, class_="node")
    yield text(x, y + 4.5, word, text_anchor="middle")


def _numbers(cell: CellNumbers) -> Iterator[Markup]:
    """Each quantity's value and, below it, its gradient."""
    below = GATES + BOX[1] / 2 + 16
    for name, x in AT.items():
        if name != "f" or not cell.coupled:
            yield from _pair(cell, name, x + 5, below)
    yield from _pair(cell, "c_prev", 20.0, CAROUSEL - 40)
    yield from _pair(cell, "c", ADDED + 40, CAROUSEL - 40)
    yield from _pair(cell, "h", FORK + 20, PRODUCT + 52)
    yield from _pair(cell, "out", FORK + 28, (CAROUSEL + PRODUCT + 30) / 2 - 4)


def _pair(cell: CellNumbers, name: str, x: float, y: float) -> Iterator[Markup]:
    letter, value, gradient = cell.letters[name], cell.values[name], cell.gradients[name]
    unnamed = name in AT or name == "out"
    yield text(x, y, _told(value) if unnamed else f"{letter} = {_told(value)}")
    name_of_gradient = cell.gradient if unnamed else f"{cell.gradient}{letter}"
    yield text(x, y + 15, f"{name_of_gradient} = {_told(gradient)}", class_="back")


def _told(value: float) -> str:
    return f"{value:.{DIGITS}g}".replace("-", "−")
