"""Question 1: why δI = Wᵀ δz."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.document import Block, Cell, Equations, Heading, Precise, Sentences, Table, numbers_row
from lstmcheck.explain.inputs import InputNumbers, input_numbers
from lstmcheck.explain.telling import Telling

UNITS_EACH = 2
"""Rows of each gate in the table of single products."""
LOSS_DIGITS = 12


def inputs_section(telling: Telling) -> list[Block]:
    """Component by component, and why nothing is divided."""
    numbers = input_numbers(telling.focus)
    n = telling.notation
    dI, dz = n.d("I"), n.d("z")
    return [
        Heading(rf"1. Why is ${dI} = W^{{\top}} {dz}$?"),
        Sentences(_shapes(telling, numbers)),
        Sentences(_argument(telling)),
        Equations((rf"{dI}_{{j}} = \sum_{{k}} W_{{kj}} {dz}_{{k}} \quad {dI} = W^{{\top}} {dz}",)),
        *_terms(telling, numbers),
        Sentences(_all_words(numbers)),
        _sums(telling, numbers),
        Sentences(_by_hand_words(telling, numbers)),
        _by_hand(numbers),
        Sentences(_division(telling, numbers)),
        *_formula(numbers),
        *_gram(numbers),
        _inverse(telling, numbers),
        Sentences(_moral(telling, numbers)),
    ]


def _component(numbers: InputNumbers, j: int) -> str:
    """`I[3], h[1]`: a component, and which entry of x or h it is."""
    source = f"$x_{{t}}$[{j}]" if j < numbers.x_width else f"$h_{{t-1}}$[{j - numbers.x_width}]"
    return f"I[{j}] = {source}"


def _shapes(telling: Telling, numbers: InputNumbers) -> str:
    spec, n = telling.spec, telling.notation
    width, rows = len(numbers.inputs), len(telling.live) * spec.hidden_size
    return (
        f"Put what a step reads into one vector, $I = [x_{{t}}; h_{{t-1}}]$, with {spec.input_size} +"
        f" {spec.output_size} = {width} entries, and all weights into one matrix $W$: $W_{{k}}$ and $U_{{k}}$"
        f" side by side, the gates below each other, {rows} × {width}. Then $z = W I + b$ has {rows}"
        f" entries, and so has ${n.d('z')}$. But ${n.d('I')}$ must have {width}, as $I$ has. What"
        f" makes {width} numbers out of {rows} is a matrix of {width} × {rows}: the shape of $W^{{\\top}}$."
    )


def _argument(telling: Telling) -> str:
    n = telling.notation
    return (
        f"The shapes allow it; the chain rule demands it. Move $I_{{j}}$ by a small $s$. Then every $z_{{k}}$"
        f" moves, by $W_{{kj}} s$, because that is the number that stands between the two. Each movement of"
        f" a $z_{{k}}$ moves the loss by ${n.d('z')}_{{k}}$ times as much. These are small movements of one"
        f" number, the loss, so they add up: over $k$, that is down column $j$ of $W$. Walking down the"
        " columns of a matrix is what its transpose does."
    )


def _terms(telling: Telling, numbers: InputNumbers) -> Iterator[Block]:
    shown = range(len(numbers.shown)) if telling.one_neuron else range(1)
    for position in shown:
        j = int(numbers.shown[position])
        yield Sentences(f"The terms of ${telling.notation.d('I')}$[{j}], one row for each $z_{{k}}$:")
        yield _term_table(telling, numbers, position)


def _term_table(telling: Telling, numbers: InputNumbers, position: int) -> Table:
    n, j = telling.notation, int(numbers.shown[position])
    H = telling.spec.hidden_size
    rows: list[tuple[Cell, ...]] = []
    for k in telling.live:
        for unit in range(min(H, UNITS_EACH)):
            weight, dz = float(numbers.weights[k, unit, j]), float(numbers.dz[k, unit])
            term = float(numbers.terms[k, unit, position])
            rows.append((f"${n.gate(k)}$, unit {unit}", weight, dz, term))
    if H > UNITS_EACH:
        left = float(numbers.terms[list(telling.live), UNITS_EACH:, position].sum())
        count = len(telling.live) * (H - UNITS_EACH)
        rows.append((f"the other {count}", None, None, left))
    rows.append(("sum", None, None, float(numbers.sums[position])))
    rows.append(("measured: nudge of the component", None, None, float(numbers.measured[position])))
    header = ("k", f"$W_{{kj}}$, j = {j}", f"${n.d('z')}_{{k}}$", "product")
    return Table(f"terms {j}", header, tuple(rows))


def _all_words(numbers: InputNumbers) -> str:
    shown, width = len(numbers.shown), len(numbers.inputs)
    which = "every component" if shown == width else f"{shown} of the {width} components"
    return f"The same for {which}, the terms of each gate already added:"


def _sums(telling: Telling, numbers: InputNumbers) -> Table:
    n = telling.notation
    rows = [
        numbers_row(
            _component(numbers, int(j)),
            [
                numbers.inputs[j],
                *(numbers.terms[k, :, position].sum() for k in telling.live),
                numbers.sums[position],
                numbers.measured[position],
            ],
        )
        for position, j in enumerate(numbers.shown)
    ]
    of_gates = tuple(f"from ${n.gate(k)}$" for k in telling.live)
    return Table("sums", ("component", "value", *of_gates, f"${n.d('I')}$", "measured"), tuple(rows))


def _by_hand_words(telling: Telling, numbers: InputNumbers) -> str:
    hand = numbers.by_hand
    whose = " of this sequence" if telling.focus.batch > 1 else ""
    return (
        f"You can nudge by hand: run the forward pass with I[{hand.component}] larger by s = {hand.step:g},"
        f" then smaller by as much, and divide the difference of the losses{whose} by 2s. It agrees with the"
        " sum above up to the square of s."
    )


def _by_hand(numbers: InputNumbers) -> Table:
    hand = numbers.by_hand
    row = (
        f"I[{hand.component}]",
        Precise(hand.plus, LOSS_DIGITS),
        Precise(hand.minus, LOSS_DIGITS),
        hand.slope,
    )
    header = ("nudged", "$L$, s larger", "$L$, s smaller", "difference / 2s")
    return Table("by hand", header, (row,))


def _division(telling: Telling, numbers: InputNumbers) -> str:
    rows, width = len(telling.live) * telling.spec.hidden_size, len(numbers.inputs)
    n = telling.notation
    return (
        "Why not divide? Solving $z = W I + b$ for $I$ would need an inverse of $W$, and only square matrices"
        f" have one; this one is {rows} × {width}. There is a pseudo-inverse, $W^{{+}}$, and it has the shape"
        f" of $W^{{\\top}}$, so that $W^{{+}} {n.d('z')}$ can be computed. It answers another question: which"
        f" movement of $I$ would make $z$ move by ${n.d('z')}$, as nearly as possible? A gradient does not"
        f" ask"
        " what would cause a movement. It asks what a movement costs."
    )


def _formula(numbers: InputNumbers) -> Iterator[Block]:
    if numbers.independent:
        yield Equations((r"W^{+} = (W^{\top} W)^{-1} W^{\top}",))


def _gram(numbers: InputNumbers) -> Iterator[Block]:
    if numbers.gram is None or not numbers.independent:
        return
    yield Sentences("Here $W^{\\top} W$, of which $W^{+}$ has the inverse in front, is:")
    columns = range(len(numbers.gram))
    rows = tuple(numbers_row(f"row {row}", numbers.gram[row]) for row in columns)
    yield Table("gram", ("$W^{\\top} W$", *(f"column {k}" for k in columns)), rows)


def _inverse(telling: Telling, numbers: InputNumbers) -> Table:
    dz = telling.notation.d("z")
    rows = tuple(
        (
            _component(numbers, int(j)),
            float(numbers.inverse[position]),
            float(numbers.sums[position]),
            float(numbers.measured[position]),
        )
        for position, j in enumerate(numbers.shown)
    )
    header = ("component", f"$W^{{+}} {dz}$", rf"$W^{{\top}} {dz}$", "measured")
    return Table("inverse", header, rows)


def _moral(telling: Telling, numbers: InputNumbers) -> str:
    n = telling.notation
    if not numbers.independent:
        return (
            "The nudge sides with the transpose. The columns of this $W$ depend on each other, so that the"
            " pseudo-inverse picks the smallest of many such movements; a gradient has no choice to make."
        )
    return (
        f"The nudge sides with the transpose. $W^{{+}} {n.d('z')}$ is $(W^{{\\top}} W)^{{-1}} {n.d('I')}$:"
        f" the"
        " gradient with a matrix in front that does not belong there. For every gradient the two agree only"
        " where the columns of $W$ are perpendicular and of length 1."
    )
