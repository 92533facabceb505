"""Question 3: where δW comes from."""

from __future__ import annotations

from lstmcheck.explain.blocks import Block, Cell, Table
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.explain.weights import StepTerm, WeightEntry, weight_numbers
from lstmcheck.lstm.gates import GATES


def weights_section(narration: Narration) -> list[Block]:
    """Products over time, for single entries of W and U."""
    numbers = [entry for entry in weight_numbers(narration.focus) if entry.gate in narration.live]
    numbers.sort(key=lambda entry: ("WU".index(entry.block), narration.notation.order.index(entry.gate)))
    untied = {_entry_name(narration, entry): _table(narration, entry) for entry in numbers if entry.detailed}
    names = {
        "untied": {entry: table.name for entry, table in untied.items()},
        "matrices": len(numbers),
    }
    tables = [*untied.values(), _summary(narration, numbers)]
    return fill("weights", narration.names | names, {table.name: table for table in tables})


def _entry_name(narration: Narration, entry: WeightEntry) -> str:
    return f"${narration.notation.of(entry.block, entry.gate)}$[{entry.unit},{entry.column}]"


def _table(narration: Narration, entry: WeightEntry) -> Table:
    n, several = narration.notation, narration.focus.batch > 1
    read = "$x_{t}$" if entry.block == "W" else "$h_{t-1}$"
    header: tuple[str, ...] = ("t", f"${n.d(n.pre(entry.gate))}$[{entry.unit}]", f"{read}[{entry.column}]")
    header += ("product",)
    others = several and entry.terms[0].sequence is None
    header += ("other sequences", "sum") if others else ()
    rows = [_row(term, others=others) for term in entry.terms]
    rows.append(("all", *[None] * (4 if others else 2), entry.total, entry.measured))
    name = f"untied {entry.block} {GATES[entry.gate]}"
    return Table(name, (*header, "measured"), tuple(rows))


def _row(term: StepTerm, *, others: bool) -> tuple[Cell, ...]:
    alone = len(term.steps) == 1
    label = f"{term.steps[0] + 1}" if alone else f"{term.steps[0] + 1}–{term.steps[-1] + 1}"
    if term.sequence is not None:
        label += f", sequence {term.sequence}"
    row: tuple[Cell, ...] = (label, term.dz if alone else None, term.read if alone else None, term.product)
    return (*row, *((term.others, term.total) if others else ()), term.measured)


def _summary(narration: Narration, numbers: list[WeightEntry]) -> Table:
    rows = tuple((_entry_name(narration, entry), entry.total, entry.measured) for entry in numbers)
    header = ("entry", "sum over time", "measured: nudge of the tied weight")
    return Table("tied", header, rows)
