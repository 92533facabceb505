"""Before the questions: one step forward, and the line of each gate backward."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.document import Block, Cell, Equations, Table, numbers_row
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.prose import fill
from lstmcheck.explain.step import StepNumbers, step_numbers
from lstmcheck.lstm.forward import F, G, I, O


def step_section(narration: Narration) -> list[Block]:
    """Forward values and the gradients of all of them.

    The equations are made here: which terms a gate has depends on the gate and on the network.
    """
    numbers = step_numbers(narration.focus)
    names = {"numbers": numbers, "largest": max(narration.spec.hidden_size, narration.spec.output_size)}
    blocks: dict[str, Block] = {
        "forward equations": Equations(tuple(_forward_equations(narration))),
        "forward": _forward_table(narration, numbers),
        "backward equations": Equations(tuple(_backward_equations(narration))),
        "slopes": _slopes(narration, numbers),
        "gradients": _gradients(narration, numbers),
    }
    if narration.one_neuron:
        blocks["products"] = _products(narration)
    return fill("step", narration.names | names, blocks)


def _forward_equations(narration: Narration) -> Iterator[str]:
    n = narration.notation
    for k in n.order:
        if k not in narration.live:
            yield "f_{t} = 1 - i_{t}"
            continue
        terms = (
            f"{n.of('W', k)} x_{{t}} + {n.of('U', k)} h_{{t-1}}"
            + _bias(narration, k)
            + _peephole(narration, k)
        )
        yield rf"{n.pre(k)} = {terms} \quad {n.gate(k)}_{{t}} = {narration.function(k)}({n.pre(k)})"
    yield rf"c_{{t}} = f_{{t}} \odot c_{{t-1}} + i_{{t}} \odot {n.gate(G)}_{{t}}"
    m = rf"o_{{t}} \odot {narration.output}(c_{{t}})"
    yield f"h_{{t}} = {m}" if narration.spec.proj_size is None else rf"m = {m} \quad h_{{t}} = R m"


def _bias(narration: Narration, k: int) -> str:
    n = narration.notation
    names = {"none": [], "one": [n.of("b", k)], "two": [n.of("b^{ih}", k), n.of("b^{hh}", k)]}
    return "".join(f" + {name}" for name in names[narration.spec.bias])


def _peephole(narration: Narration, k: int) -> str:
    if not narration.spec.peephole or k == G:
        return ""
    return rf" + {narration.notation.of('p', k)} \odot c_{{{'t' if k == O else 't-1'}}}"


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
        named.append((f"${n.gate(k)}_{{t}}$", v["ifgo"[k]]))
    named += [("$c_{t}$", v["c"]), (f"${narration.output}(c_{{t}})$", numbers.output)]
    named.append(("$h_{t}$" if narration.spec.proj_size is None else "$m$", v["m"]))
    rows = tuple(numbers_row(name, values) for name, values in named)
    return Table("forward", ("forward", *_unit_header(numbers.units)), rows)


def _backward_equations(narration: Narration) -> Iterator[str]:
    n, d = narration.notation, narration.notation.d
    yield f"{d('h')}_{{t}} = {d('y')}_{{t}} + {_carried(narration, 'h')}"
    m = "h_{t}"
    if narration.spec.proj_size is not None:
        m = "m"
        yield rf"{d('m')} = R^{{\top}} {d('h')}_{{t}}"
    yield rf"{d('o')} = {d(m)} \odot {narration.output}(c_{{t}}) \quad {_delta_pre(narration, O)}"
    own = rf"{d(m)} \odot o_{{t}} \odot {narration.output}'(c_{{t}})"
    peephole = rf" + {n.of('p', O)} \odot {d(n.pre(O))}" if narration.spec.peephole else ""
    yield f"{d('c')}_{{t}} = {_carried(narration, 'c')} + {own}{peephole}"
    for k in narration.live:
        if k != O:
            yield rf"{d(n.gate(k))} = {_of_cell(narration, k)} \quad {_delta_pre(narration, k)}"


def _carried(narration: Narration, state: str) -> str:
    d = narration.notation.d
    return rf"[{d(state)}_{{t}}\ \mathrm{{from\ the\ next\ step}}]"


def _of_cell(narration: Narration, k: int) -> str:
    n = narration.notation
    g = f"{n.gate(G)}_{{t}}"
    through_i = f"({g} - c_{{t-1}})" if narration.spec.coupled else g
    factor = {I: through_i, F: "c_{t-1}", G: "i_{t}"}[k]
    return rf"{n.d('c')}_{{t}} \odot {factor}"


def _delta_pre(narration: Narration, k: int) -> str:
    n = narration.notation
    return rf"{n.d(n.pre(k))} = {n.d(n.gate(k))} \odot {narration.function(k)}'({n.pre(k)})"


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
            yield f"${d(n.gate(k))}$", "ifgo"[k]
            yield f"${d(n.pre(k))}$", f"z_{'ifgo'[k]}"
