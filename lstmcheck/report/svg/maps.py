"""Maps in levels: the fields of a level are one path, so that a page stays small."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from markupsafe import Markup

from lstmcheck.report.chart import Panel
from lstmcheck.report.svg.element import element, picture

LARGEST, SMALLEST = 16, 4
"""Of a field, in pixels."""
WIDEST = 300
"""Of a panel whose fields are larger than the smallest."""
EDGE = 1


def draw(panel: Panel) -> Markup:
    """One panel, as large as it is."""
    rows, columns = len(panel.fields), len(panel.fields[0])
    size = max(SMALLEST, min(LARGEST, WIDEST // max(rows, columns)))
    paths = defaultdict(list)
    for row, fields in enumerate(panel.fields):
        column = 0
        for level, run in groupby(fields):
            length = len(list(run))
            paths[level].append(f"M{column} {row}h{length}v1h-{length}z")
            column += length
    drawn = [element("path", d="".join(each), class_=f"v{level}") for level, each in sorted(paths.items())]
    if panel.marked is not None:
        row, column = panel.marked
        drawn.append(element("rect", x=column, y=row, width=1, height=1, class_="marked"))
    scaled = element("g", *drawn, transform=f"translate({EDGE} {EDGE}) scale({size})")
    return picture(
        panel.told, columns * size + 2 * EDGE, rows * size + 2 * EDGE, scaled, fixed=True, kind="map"
    )
