"""Question 3: where δW comes from."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.document import Block, Cell, Equations, Heading, Sentences, Table
from lstmcheck.explain.telling import Telling
from lstmcheck.explain.weights import StepTerm, WeightEntry, weight_numbers


def weights_section(telling: Telling) -> list[Block]:
    """Products over time, for single entries of W and U."""
    numbers = [entry for entry in weight_numbers(telling.focus) if entry.gate in telling.live]
    numbers.sort(key=lambda entry: ("WU".index(entry.block), telling.notation.order.index(entry.gate)))
    n = telling.notation
    dW, product = n.d("W"), rf"{n.d('z')}_{{t}} I_{{t}}^{{\top}}"
    return [
        Heading(f"3. Where does ${dW}$ come from?"),
        Sentences(_argument(telling)),
        Equations((rf"{dW}^{{(t)}} = {product} \quad {dW} = \sum_{{t}} {product}",)),
        Sentences(_untied(telling)),
        *_details(telling, numbers),
        Sentences(_summary_words(numbers)),
        _summary(telling, numbers),
        Sentences(_bias(telling)),
    ]


def _argument(telling: Telling) -> str:
    spec, n = telling.spec, telling.notation
    rows, width = len(telling.live) * spec.hidden_size, spec.input_size + spec.output_size
    return (
        f"In $z_{{k}} = \\sum_{{j}} W_{{kj}} I_{{j}} + b_{{k}}$ the number that stands beside $W_{{kj}}$ is"
        f" $I_{{j}}$. Nudge the weight by $s$ and $z_{{k}}$ moves by $I_{{j}} s$, the loss by"
        f" ${n.d('z')}_{{k}} I_{{j}} s$; no other $z$ moves. All these products together, a column of"
        f" {rows} times a row of {width}, are a matrix of the shape of $W$, {rows} × {width}."
    )


def _untied(telling: Telling) -> str:
    length = telling.focus.end
    sequences = f" and for each of the {telling.focus.batch} sequences" if telling.focus.batch > 1 else ""
    return (
        f"The same $W$ is used at all {length} steps{sequences}, so it is moved everywhere at once and the"
        " products add up. To see one step alone, untie the weights: give each step a copy $W^{(t)}$ of its"
        " own, all equal, and nudge the copy of that step. What a nudge of the copy measures contains"
        " everything that later steps make of it, and the product knows all of it already:"
        f" it sits in ${telling.notation.d('z')}_{{t}}$."
    )


def _details(telling: Telling, numbers: list[WeightEntry]) -> Iterator[Block]:
    for entry in numbers:
        if entry.detailed:
            yield Sentences(f"Entry {_entry_name(telling, entry)}, step by step:")
            yield _table(telling, entry)


def _entry_name(telling: Telling, entry: WeightEntry) -> str:
    return f"${telling.notation.of(entry.block, entry.gate)}$[{entry.unit},{entry.column}]"


def _table(telling: Telling, entry: WeightEntry) -> Table:
    n, several = telling.notation, telling.focus.batch > 1
    read = "$x_{t}$" if entry.block == "W" else "$h_{t-1}$"
    header: tuple[str, ...] = ("t", f"${n.d(n.pre(entry.gate))}$[{entry.unit}]", f"{read}[{entry.column}]")
    header += ("product",)
    others = several and entry.terms[0].sequence is None
    header += ("other sequences", "sum") if others else ()
    rows = [_row(term, others=others) for term in entry.terms]
    rows.append(("all", *[None] * (4 if others else 2), entry.total, entry.measured))
    name = f"untied {entry.block} {'ifgo'[entry.gate]}"
    return Table(name, (*header, "measured"), tuple(rows))


def _row(term: StepTerm, *, others: bool) -> tuple[Cell, ...]:
    alone = len(term.steps) == 1
    label = f"{term.steps[0] + 1}" if alone else f"{term.steps[0] + 1}–{term.steps[-1] + 1}"
    if term.sequence is not None:
        label += f", sequence {term.sequence}"
    row: tuple[Cell, ...] = (label, term.dz if alone else None, term.read if alone else None, term.product)
    return (*row, *((term.others, term.total) if others else ()), term.measured)


def _summary_words(numbers: list[WeightEntry]) -> str:
    return (
        "The last row is the gradient: the sum over the steps, beside a nudge of the one tied weight. The"
        f" same sum and nudge for the first entry of each matrix ({len(numbers)} in all):"
    )


def _summary(telling: Telling, numbers: list[WeightEntry]) -> Table:
    rows = tuple((_entry_name(telling, entry), entry.total, entry.measured) for entry in numbers)
    header = ("entry", "sum over time", "measured: nudge of the tied weight")
    return Table("tied", header, rows)


def _bias(telling: Telling) -> str:
    n = telling.notation
    if telling.spec.bias == "none":
        return "This network has no bias; beside one would stand the number 1 instead of $I_{j}$."
    both = " Each of the two biases gets all of it." if telling.spec.bias == "two" else ""
    return (
        f"The bias is the same with the number 1 in place of $I_{{j}}$:"
        f" ${n.d('b')} = \\sum_{{t}} {n.d('z')}_{{t}}$.{both}"
    )
