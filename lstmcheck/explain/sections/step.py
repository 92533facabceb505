"""Before the questions: one step forward, and the line of each gate backward."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.blocks import Block, Cell, Equations, Table, numbers_row
from lstmcheck.explain.equations import backward_equations, forward_equations
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.explain.step import StepNumbers, step_numbers
from lstmcheck.lstm.gates import GATES, F, G, I, O


def step_section(narration: Narration) -> list[Block]:
    """Forward values and the gradients of all of them."""
    numbers = step_numbers(narration.focus)
    names = {"numbers": numbers, "largest": max(narration.spec.hidden_size, narration.spec.output_size)}
    blocks: dict[str, Block] = {
        "forward equations": Equations(tuple(forward_equations(narration))),
        "forward": _forward_table(narration, numbers),
        "backward equations": Equations(tuple(backward_equations(narration))),
        "slopes": _slopes(narration, numbers),
        "gradients": _gradients(narration, numbers),
    }
    if narration.one_neuron:
        blocks["products"] = _products(narration)
    return fill("step", narration.names | names, blocks)


def _products(narration: Narration) -> Table:
    """Of one neuron: every factor of the four pre-activations."""
    s, n = narration.focus.step, narration.notation
    header: tuple[str, ...] = ("gate", "$W_{k}$", "$x_{t}$", "$U_{k}$", "$h_{t-1}$")
    header += ("$b_{k}$",) * (s.cell.b is not None)
    header += ("$p_{k}$", "$c$ that it reads") * (s.cell.p is not None)
    rows = []
    for k in narration.live:
        row: list[Cell] = [f"${n.gate(k)}$", float(s.cell.W[k, 0, 0]), float(s.x[narration.focus.b, 0])]
        row += [float(s.cell.U[k, 0, 0]), float(s.h_prev[narration.focus.b, 0])]
        if s.cell.b is not None:
            row.append(float(s.cell.b[k, 0]))
        if s.cell.p is not None:
            row += _peephole_cells(narration, k)
        rows.append((*row, float(s.z[k, narration.focus.b, 0])))
    return Table("products", (*header, "sum of products"), tuple(rows))


def _peephole_cells(narration: Narration, k: int) -> list[Cell]:
    s, b = narration.focus.step, narration.focus.b
    if k == G or s.cell.p is None:
        return [None, None]
    row = {I: 0, F: 1, O: 2}[k]
    return [float(s.cell.p[row, 0]), float((s.c if k == O else s.c_prev)[b, 0])]


def _unit_header(count: int) -> tuple[str, ...]:
    return tuple(f"unit {unit}" for unit in range(count))


def _forward_table(narration: Narration, numbers: StepNumbers) -> Block:
    n, v = narration.notation, numbers.forward
    named = [("$c_{t-1}$", v["c_prev"])]
    for k in n.order:
        if k in narration.live:
            named.append((f"${n.pre(k)}$", v["z"][k]))
        named.append((f"${n.gate(k)}_{{t}}$", v[GATES[k]]))
    named += [("$c_{t}$", v["c"]), (f"${narration.output}(c_{{t}})$", numbers.output)]
    named.append(("$h_{t}$" if narration.spec.proj_size is None else "$m$", v["m"]))
    rows = tuple(numbers_row(name, values) for name, values in named)
    return Table("forward", ("forward", *_unit_header(numbers.units)), rows)


def _slopes(narration: Narration, numbers: StepNumbers) -> Block:
    n = narration.notation
    named = [(f"${narration.function(k)}'({n.pre(k)})$", numbers.slopes[k]) for k in narration.live]
    named.append((f"${narration.output}'(c_{{t}})$", numbers.output_slope))
    rows = tuple(numbers_row(name, values) for name, values in named)
    return Table("slopes", ("derivative", *_unit_header(numbers.units)), rows)


def _gradients(narration: Narration, numbers: StepNumbers) -> Block:
    count = max(numbers.units, numbers.states)
    header = ["gradient"]
    for unit in range(count):
        header += [f"unit {unit}", "measured"]
    rows = []
    for label, name in _gradient_names(narration):
        pair = numbers.gradients[name]
        row: list[Cell] = [label]
        for a, m in zip(pair.analytic, pair.measured, strict=True):
            row += [float(a), float(m)]
        rows.append((*row, *[None] * (len(header) - len(row))))
    return Table("gradients", tuple(header), tuple(rows))


def _gradient_names(narration: Narration) -> Iterator[tuple[str, str]]:
    n, d = narration.notation, narration.notation.d
    yield f"${d('y')}_{{t}}$, of the output alone", "y"
    yield f"${d('h')}_{{t}}$ from the next step", "h_carried"
    yield f"${d('h')}_{{t}}$", "h"
    if narration.spec.proj_size is not None:
        yield f"${d('m')}$", "m"
    yield f"${d('o')}$", "o"
    yield f"${d(n.pre(O))}$", "z_o"
    yield f"${d('c')}_{{t}}$ from the next step", "c_carried"
    yield f"${d('c')}_{{t}}$", "c"
    for k in narration.live:
        if k != O:
            yield f"${d(n.gate(k))}$", GATES[k]
            yield f"${d(n.pre(k))}$", f"z_{GATES[k]}"
