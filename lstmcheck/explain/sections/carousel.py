"""Question 4: the carousel."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Equations, Percent, Table, numbers_row
from lstmcheck.explain.carousel import CarouselNumbers, PathsAt, Truncation, carousel_numbers
from lstmcheck.explain.equations import recurrence
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill


def carousel_section(narration: Narration) -> list[Block]:
    """Paths, what survives, and what the truncated gradient of 1997 leaves out."""
    numbers = carousel_numbers(narration.focus)
    blocks: dict[str, Block] = {
        "recurrence": Equations((recurrence(narration),)),
        "paths": _paths(numbers),
        "shares": _shares(narration, numbers),
        "survival": _survival(narration, numbers),
        "truncation": _truncation(narration, numbers),
    }
    return fill("carousel", narration.names | {"shown": len(numbers.paths)}, blocks)


def _paths(numbers: CarouselNumbers) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for at in numbers.paths:
        row: list[Cell] = [f"{at.t + 1}"]
        for path in (at.direct, at.through_h, at.own):
            row += [path.value, path.measured]
        rows.append(tuple(row))
    header = ("t", "direct", "measured", "via h and gates", "measured", "via y and loss", "measured")
    return Table("paths", header, tuple(rows))


def _shares(narration: Narration, numbers: CarouselNumbers) -> Table:
    def row(at: PathsAt) -> tuple[Cell, ...]:
        shares = (Percent(path.share) for path in (at.direct, at.through_h, at.own))
        return (f"{at.t + 1}", at.total, at.measured, *shares)

    header = ("t", f"${narration.notation.d('c')}_{{t}}$", "measured", "direct", "via h and gates")
    return Table("shares", (*header, "via y and loss"), tuple(map(row, numbers.paths)))


def _survival(narration: Narration, numbers: CarouselNumbers) -> Table:
    dc = narration.notation.d("c")
    last = numbers.survival[0].t
    rows = tuple(
        (
            f"{row.t + 1}",
            f"{last - row.t}",
            None if row.t == last else row.forget,
            row.product,
            row.alone,
            row.truncated,
            row.measured_truncated,
            row.full,
        )
        for row in numbers.survival
    )
    header = ("t", "lag", "$f_{t+1}$", r"$\prod f$", "carousel alone", f"${dc}_{{t}}$ truncated")
    return Table("survival", (*header, "measured", "full"), rows)


def _truncation(narration: Narration, numbers: CarouselNumbers) -> Table:
    n = narration.notation
    by_gate = {row.gate: row for row in numbers.truncation}
    rows = tuple(numbers_row(f"${n.of('W', k)}$[0,0]", _both(by_gate[k])) for k in narration.live)
    return Table("truncation", ("entry", f"${n.d('W')}$ truncated", "measured", "full", "measured"), rows)


def _both(row: Truncation) -> tuple[float, ...]:
    return row.truncated, row.measured_truncated, row.full, row.measured
