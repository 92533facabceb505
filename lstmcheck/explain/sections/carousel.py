"""Question 4: the carousel."""

from __future__ import annotations

from lstmcheck.explain.carousel import CarouselNumbers, PathsAt, Truncation, carousel_numbers
from lstmcheck.explain.document import Block, Cell, Equations, Heading, Percent, Sentences, Table, numbers_row
from lstmcheck.explain.telling import Telling
from lstmcheck.lstm.forward import G


def carousel_section(telling: Telling) -> list[Block]:
    """Paths, what survives, and what the truncated gradient of 1997 leaves out."""
    numbers = carousel_numbers(telling.focus)
    n = telling.notation
    dc = n.d("c")
    return [
        Heading("4. What does the carousel carry, and is its weight not constant 1?"),
        Sentences(_argument(telling)),
        Equations((_recurrence(telling),)),
        Sentences(_paths_words(telling, numbers)),
        _paths(numbers),
        Sentences(f"Added up they are ${dc}_{{t}}$. A share is a path's size as a part of all three sizes:"),
        _shares(telling, numbers),
        Sentences(_survival_words(telling)),
        Equations((rf"\prod f = f_{{T}} \odot \dots \odot f_{{t+1}} \quad T = {telling.focus.end}",)),
        _survival(telling, numbers),
        Sentences(_truncation_words(telling)),
        _truncation(telling, numbers),
        Sentences(_constant_one(telling)),
    ]


def _argument(telling: Telling) -> str:
    n = telling.notation
    return (
        f"The cell state is $c_{{t}} = f_{{t}} \\odot c_{{t-1}} + i_{{t}} \\odot {n.gate(G)}_{{t}}$. Two"
        f" roads lead from $c_{{t-1}}$"
        " into step $t$. The direct one is the product with $f_{t}$: no matrix, no squashing, one factor per"
        " unit. This is the error carousel. The other one is a detour: $c_{t-1}$ makes $h_{t-1}$, and all"
        " gates of step $t$ read $h_{t-1}$. Besides, the loss may read $h_{t-1}$ itself."
    )


def _recurrence(telling: Telling) -> str:
    n = telling.notation
    back = r"R^{\top} " if telling.spec.proj_size is not None else ""
    gates = rf"{back}\sum_{{k}} U_{{k}}^{{\top}} {n.d('z')}_{{k}}"
    peepholes = r" + \sum_{k} p_{k} \odot \mathrm{its}\ " + n.d("z") if telling.spec.peephole else ""
    inside = rf"o_{{t-1}} \odot {telling.output}'(c_{{t-1}})"
    return (
        rf"{n.d('c')}_{{t-1}} = {n.d('c')}_{{t}} \odot f_{{t}} + ({gates} + {back}{n.d('y')}_{{t-1}})"
        rf" \odot {inside}{peepholes}"
    )


def _paths_words(telling: Telling, numbers: CarouselNumbers) -> str:
    units = telling.spec.hidden_size
    which = "the only unit" if units == 1 else f"unit 0 of {units}"
    shown = len(numbers.paths)
    steps = "" if shown == telling.focus.end else f" {shown} of the {telling.focus.end} steps are shown."
    peepholes = " The direct path contains the peepholes of $i$ and $f$." if numbers.peephole else ""
    return (
        f"For {which}, last step first: what arrives at $c_{{t}}$ along each road.{steps} At the last step"
        " the first two come from the loss, which reads the last $c$ and $h$. Each road is measured by moving"
        f" $c_{{t}}$ only where that road reads it.{peepholes}"
    )


def _paths(numbers: CarouselNumbers) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for at in numbers.paths:
        row: list[Cell] = [f"{at.t + 1}"]
        for path in (at.direct, at.through_h, at.own):
            row += [path.value, path.measured]
        rows.append(tuple(row))
    header = ("t", "direct", "measured", "via h and gates", "measured", "via y and loss", "measured")
    return Table("paths", header, tuple(rows))


def _shares(telling: Telling, numbers: CarouselNumbers) -> Table:
    def row(at: PathsAt) -> tuple[Cell, ...]:
        shares = (Percent(path.share) for path in (at.direct, at.through_h, at.own))
        return (f"{at.t + 1}", at.total, at.measured, *shares)

    header = ("t", f"${telling.notation.d('c')}_{{t}}$", "measured", "direct", "via h and gates")
    return Table("shares", (*header, "via y and loss"), tuple(map(row, numbers.paths)))


def _survival_words(telling: Telling) -> str:
    n = telling.notation
    return (
        "Along the direct road alone, a gradient of the last cell state is multiplied with one $f$ per step."
        f" Their product, $\\prod f$, is what the carousel keeps; times the last ${n.d('c')}$ it is the"
        f" column"
        " 'carousel alone'. In 1997 everything that would leave the cell backward through a gate was cut"
        " off: only the direct road and the step's own output remain. That is the truncated gradient. It is"
        " measured by holding all gates as they were while $c_{t}$ is nudged. The full one is the derivative."
    )


def _survival(telling: Telling, numbers: CarouselNumbers) -> Table:
    dc = telling.notation.d("c")
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


def _truncation_words(telling: Telling) -> str:
    n = telling.notation
    return (
        f"What truncation does to the weights is shown by the first entry of each $W_{{k}}$. The truncated"
        f" ${n.d('W')}$ is cheaper, but it is not the derivative of the loss: a gradient check fails it."
    )


def _truncation(telling: Telling, numbers: CarouselNumbers) -> Table:
    n = telling.notation
    by_gate = {row.gate: row for row in numbers.truncation}
    rows = tuple(numbers_row(f"${n.of('W', k)}$[0,0]", _both(by_gate[k])) for k in telling.live)
    return Table("truncation", ("entry", f"${n.d('W')}$ truncated", "measured", "full", "measured"), rows)


def _both(row: Truncation) -> tuple[float, ...]:
    return row.truncated, row.measured_truncated, row.full, row.measured


def _constant_one(telling: Telling) -> str:
    return (
        "And the constant 1? In the cell of 1997 there was no forget gate: $c_{t} = c_{t-1} + \\dots$, so the"
        " factor on the direct road was the constant 1, and errors went round without loss. With a forget"
        " gate the factor is $f_{t}$, computed anew at every step for every unit, between 0 and 1 for a"
        " sigmoid; it is near 1 only where the network has learned to remember, or where the forget bias"
        " starts large. The 1 was never a weight of $W$ or $U$: those are learned, get the gradient of"
        " question 3, and change."
    )
