"""Question 1: why δI = Wᵀ δz."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Precise, Table, numbers_row
from lstmcheck.explain.inputs import InputNumbers, input_numbers
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.lstm.types import Floats

UNITS_EACH = 2
"""Rows of each gate in the table of single products."""
LOSS_DIGITS = 12


def inputs_section(narration: Narration) -> list[Block]:
    """Component by component, and why nothing is divided."""
    numbers = input_numbers(narration.focus)
    detailed = numbers.shown.tolist() if narration.one_neuron else numbers.shown[:1].tolist()
    names = {
        "numbers": numbers,
        "hand": numbers.by_hand,
        "shown": len(numbers.shown),
        "width": len(numbers.inputs),
        "detailed": detailed,
    }
    tables = [_term_table(narration, numbers, position) for position in range(len(detailed))]
    tables += [_sums(narration, numbers), _by_hand(numbers), _inverse(narration, numbers)]
    tables += [] if numbers.gram is None else [_gram(numbers.gram)]
    return fill("inputs", narration.names | names, {table.name: table for table in tables})


def _component(numbers: InputNumbers, j: int) -> str:
    """`I[3] = h[1]`: a component, and which entry of x or h it is."""
    source = f"$x_{{t}}$[{j}]" if j < numbers.x_width else f"$h_{{t-1}}$[{j - numbers.x_width}]"
    return f"I[{j}] = {source}"


def _term_table(narration: Narration, numbers: InputNumbers, position: int) -> Table:
    n, j = narration.notation, int(numbers.shown[position])
    H = narration.spec.hidden_size
    rows: list[tuple[Cell, ...]] = []
    for k in narration.live:
        for unit in range(min(H, UNITS_EACH)):
            weight, dz = float(numbers.weights[k, unit, j]), float(numbers.dz[k, unit])
            term = float(numbers.terms[k, unit, position])
            rows.append((f"${n.gate(k)}$, unit {unit}", weight, dz, term))
    if H > UNITS_EACH:
        left = float(numbers.terms[list(narration.live), UNITS_EACH:, position].sum())
        count = len(narration.live) * (H - UNITS_EACH)
        rows.append((f"the other {count}", None, None, left))
    rows.append(("sum", None, None, float(numbers.sums[position])))
    rows.append(("measured: nudge of the component", None, None, float(numbers.measured[position])))
    header = ("k", f"$W_{{kj}}$, j = {j}", f"${n.d('z')}_{{k}}$", "product")
    return Table(f"terms {j}", header, tuple(rows))


def _sums(narration: Narration, numbers: InputNumbers) -> Table:
    n = narration.notation
    rows = [
        numbers_row(
            _component(numbers, int(j)),
            [
                numbers.inputs[j],
                *(numbers.terms[k, :, position].sum() for k in narration.live),
                numbers.sums[position],
                numbers.measured[position],
            ],
        )
        for position, j in enumerate(numbers.shown)
    ]
    of_gates = tuple(f"from ${n.gate(k)}$" for k in narration.live)
    return Table("sums", ("component", "value", *of_gates, f"${n.d('I')}$", "measured"), tuple(rows))


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


def _gram(gram: Floats) -> Table:
    columns = range(len(gram))
    rows = tuple(numbers_row(f"row {row}", gram[row]) for row in columns)
    return Table("gram", ("$W^{\\top} W$", *(f"column {k}" for k in columns)), rows)


def _inverse(narration: Narration, numbers: InputNumbers) -> Table:
    dz = narration.notation.d("z")
    rows = tuple(
        numbers_row(_component(numbers, int(j)), values)
        for j, *values in zip(numbers.shown, numbers.inverse, numbers.sums, numbers.measured, strict=True)
    )
    header = ("component", f"$W^{{+}} {dz}$", rf"$W^{{\top}} {dz}$", "measured")
    return Table("inverse", header, rows)
