"""Question 2: why δh_{t−1} is the sum over the gates."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.blocks import Block, Cell, Percent, Table, numbers_row
from lstmcheck.explain.gates import GateNumbers, WithOutput, gate_numbers
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.lstm.types import Floats


def gates_section(narration: Narration) -> list[Block]:
    """The contributions, their sum, and what is missing with one gate alone."""
    numbers = gate_numbers(narration.focus)
    terms = [_contribution(narration, k) for k in narration.live]
    names = {"numbers": numbers, "shown": numbers.each.shape[1], "terms": terms}
    blocks = {
        "gate products": _products(narration, numbers),
        "contributions": _contributions(narration, numbers),
        "alone": _alone(narration, numbers),
    }
    if numbers.with_output:
        blocks["whole"] = _whole(narration, numbers.total, numbers.with_output)
    return fill("gates", narration.names | names, blocks)


def _contribution(narration: Narration, k: int) -> str:
    n = narration.notation
    return rf"{n.of('U', k)}^{{\top}} {n.d(n.pre(k))}"


def _products(narration: Narration, numbers: GateNumbers) -> Table:
    """Of one neuron: every contribution is one product."""
    n = narration.notation
    rows = tuple(
        numbers_row(f"${n.gate(k)}$", (numbers.weights[k, 0], numbers.dz[k, 0], numbers.each[k, 0]))
        for k in narration.live
    )
    return Table("gate products", ("gate", "$U_{k}$", f"its ${n.d('z')}$", "product"), rows)


def _contributions(narration: Narration, numbers: GateNumbers) -> Table:
    rows = []
    for k in narration.live:
        values = zip(numbers.each[k], numbers.measured_each[k], strict=True)
        rows.append((f"${_contribution(narration, k)}$", *_flat(values)))
    rows.append(("all gates", *_flat(zip(numbers.total, numbers.measured, strict=True))))
    header = ["contribution"]
    for entry in range(numbers.each.shape[1]):
        header += [f"$h_{{t-1}}$[{entry}]", "measured"]
    return Table("contributions", tuple(header), tuple(rows))


def _flat(pairs: Iterator[tuple[float, float]]) -> tuple[Cell, ...]:
    return tuple(float(value) for pair in pairs for value in pair)


def _alone(narration: Narration, numbers: GateNumbers) -> Table:
    n, total = narration.notation, float(numbers.total[0])
    rows = tuple(
        (
            f"only ${n.gate(k)}$",
            float(numbers.each[k, 0]),
            total,
            Percent(abs(float(numbers.each[k, 0]) - total) / abs(total)) if total else None,
        )
        for k in narration.live
    )
    return Table("alone", ("kept", "gives", "right", "off by"), rows)


def _whole(narration: Narration, of_gates: Floats, whole: WithOutput) -> Table:
    d = narration.notation.d
    columns = zip(of_gates, whole.of_output, whole.total, whole.measured, strict=True)
    rows = tuple(numbers_row(f"$h_{{t-1}}$[{j}]", values) for j, values in enumerate(columns))
    header = ("sum over the gates", f"${d('y')}_{{t-1}}$", f"${d('h')}_{{t-1}}$ in full", "measured")
    return Table("whole", ("entry", *header), rows)
