"""Before the questions: one step forward, and the line of each gate backward."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.document import Block, Cell, Equations, Heading, Sentences, Table, numbers_row
from lstmcheck.explain.step import StepNumbers, step_numbers
from lstmcheck.explain.telling import Telling, number
from lstmcheck.lstm.forward import F, G, I, O


def step_section(telling: Telling) -> list[Block]:
    """Forward values and the gradients of all of them."""
    numbers = step_numbers(telling.focus)
    return [
        Heading("Before the questions: one step, forward and backward"),
        Sentences(_forward_words(telling)),
        Equations(tuple(_forward_equations(telling))),
        *_products(telling),
        _forward_table(telling, numbers),
        Sentences(_backward_words(telling)),
        Equations(tuple(_backward_equations(telling))),
        _slopes(telling, numbers),
        Sentences(_gradient_words(telling, numbers)),
        _gradients(telling, numbers),
    ]


def _forward_words(telling: Telling) -> str:
    H, spec = telling.spec.hidden_size, telling.spec
    return (
        f"Forward, a step reads $x_{{t}}$ ({spec.input_size}), $h_{{t-1}}$ ({spec.output_size}) and"
        f" $c_{{t-1}}$ ({H}). Each gate has {number(H, 'row')} of weights: $W_{{k}}$ is {H} ×"
        f" {spec.input_size}, $U_{{k}}$ is {H} × {spec.output_size}."
    )


def _forward_equations(telling: Telling) -> Iterator[str]:
    n = telling.notation
    for k in n.order:
        if k not in telling.live:
            yield "f_{t} = 1 - i_{t}"
            continue
        terms = (
            f"{n.of('W', k)} x_{{t}} + {n.of('U', k)} h_{{t-1}}" + _bias(telling, k) + _peephole(telling, k)
        )
        yield rf"{n.pre(k)} = {terms} \quad {n.gate(k)}_{{t}} = {telling.function(k)}({n.pre(k)})"
    yield rf"c_{{t}} = f_{{t}} \odot c_{{t-1}} + i_{{t}} \odot {n.gate(G)}_{{t}}"
    m = rf"o_{{t}} \odot {telling.output}(c_{{t}})"
    yield f"h_{{t}} = {m}" if telling.spec.proj_size is None else rf"m = {m} \quad h_{{t}} = R m"


def _bias(telling: Telling, k: int) -> str:
    n = telling.notation
    names = {"none": [], "one": [n.of("b", k)], "two": [n.of("b^{ih}", k), n.of("b^{hh}", k)]}
    return "".join(f" + {name}" for name in names[telling.spec.bias])


def _peephole(telling: Telling, k: int) -> str:
    if not telling.spec.peephole or k == G:
        return ""
    return rf" + {telling.notation.of('p', k)} \odot c_{{{'t' if k == O else 't-1'}}}"


def _products(telling: Telling) -> list[Block]:
    """With one neuron, every factor of the four pre-activations."""
    if not telling.one_neuron:
        return []
    s, n = telling.focus.step, telling.notation
    header: tuple[str, ...] = ("gate", "$W_{k}$", "$x_{t}$", "$U_{k}$", "$h_{t-1}$")
    header += ("$b_{k}$",) * (s.cell.b is not None)
    header += ("$p_{k}$", "$c$ that it reads") * (s.cell.p is not None)
    rows = []
    for k in telling.live:
        row: list[Cell] = [f"${n.gate(k)}$", float(s.cell.W[k, 0, 0]), float(s.x[telling.focus.b, 0])]
        row += [float(s.cell.U[k, 0, 0]), float(s.h_prev[telling.focus.b, 0])]
        if s.cell.b is not None:
            row.append(float(s.cell.b[k, 0]))
        if s.cell.p is not None:
            row += _peephole_cells(telling, k)
        rows.append((*row, float(s.z[k, telling.focus.b, 0])))
    return [Table("products", (*header, "sum of products"), tuple(rows))]


def _peephole_cells(telling: Telling, k: int) -> list[Cell]:
    s, b = telling.focus.step, telling.focus.b
    if k == G or s.cell.p is None:
        return [None, None]
    row = {I: 0, F: 1, O: 2}[k]
    return [float(s.cell.p[row, 0]), float((s.c if k == O else s.c_prev)[b, 0])]


def _unit_header(count: int) -> tuple[str, ...]:
    return tuple(f"unit {unit}" for unit in range(count))


def _forward_table(telling: Telling, numbers: StepNumbers) -> Block:
    n, v = telling.notation, numbers.forward
    named = [("$c_{t-1}$", v["c_prev"])]
    for k in n.order:
        if k in telling.live:
            named.append((f"${n.pre(k)}$", v["z"][k]))
        named.append((f"${n.gate(k)}_{{t}}$", v["ifgo"[k]]))
    named += [("$c_{t}$", v["c"]), (f"${telling.output}(c_{{t}})$", numbers.output)]
    named.append(("$h_{t}$" if telling.spec.proj_size is None else "$m$", v["m"]))
    rows = tuple(numbers_row(name, values) for name, values in named)
    return Table("forward", ("forward", *_unit_header(numbers.units)), rows)


def _backward_words(telling: Telling) -> str:
    n = telling.notation
    return (
        f"Backward, each line is the chain rule through one forward equation. ${n.d('h')}_{{t}}$ is what the"
        f" loss says about the output of this step plus what returns from the next step. ${n.d('c')}_{{t}}$"
        " is what passes through the output plus what returns along the carousel from the next step."
        " A prime is the derivative of an activation at its own pre-activation;"
        r" of $\sigma$ it is $i(1-i)$, of $\tanh$ it is $1-\tanh^{2}$."
    )


def _backward_equations(telling: Telling) -> Iterator[str]:
    n, d = telling.notation, telling.notation.d
    yield f"{d('h')}_{{t}} = {d('y')}_{{t}} + {_carried(telling, 'h')}"
    m = "h_{t}"
    if telling.spec.proj_size is not None:
        m = "m"
        yield rf"{d('m')} = R^{{\top}} {d('h')}_{{t}}"
    yield rf"{d('o')} = {d(m)} \odot {telling.output}(c_{{t}}) \quad {_delta_pre(telling, O)}"
    own = rf"{d(m)} \odot o_{{t}} \odot {telling.output}'(c_{{t}})"
    peephole = rf" + {n.of('p', O)} \odot {d(n.pre(O))}" if telling.spec.peephole else ""
    yield f"{d('c')}_{{t}} = {_carried(telling, 'c')} + {own}{peephole}"
    for k in telling.live:
        if k != O:
            yield rf"{d(n.gate(k))} = {_of_cell(telling, k)} \quad {_delta_pre(telling, k)}"


def _carried(telling: Telling, state: str) -> str:
    d = telling.notation.d
    return rf"[{d(state)}_{{t}}\ \mathrm{{from\ the\ next\ step}}]"


def _of_cell(telling: Telling, k: int) -> str:
    n = telling.notation
    g = f"{n.gate(G)}_{{t}}"
    through_i = f"({g} - c_{{t-1}})" if telling.spec.coupled else g
    factor = {I: through_i, F: "c_{t-1}", G: "i_{t}"}[k]
    return rf"{n.d('c')}_{{t}} \odot {factor}"


def _delta_pre(telling: Telling, k: int) -> str:
    n = telling.notation
    return rf"{n.d(n.pre(k))} = {n.d(n.gate(k))} \odot {telling.function(k)}'({n.pre(k)})"


def _slopes(telling: Telling, numbers: StepNumbers) -> Block:
    n = telling.notation
    named = [(f"${telling.function(k)}'({n.pre(k)})$", numbers.slopes[k]) for k in telling.live]
    named.append((f"${telling.output}'(c_{{t}})$", numbers.output_slope))
    rows = tuple(numbers_row(name, values) for name, values in named)
    return Table("slopes", ("derivative", *_unit_header(numbers.units)), rows)


def _gradient_words(telling: Telling, numbers: StepNumbers) -> str:
    spec = telling.spec
    total = max(spec.hidden_size, spec.output_size)
    shown = f"The first {numbers.units} of {total} units:" if numbers.units < total else "In numbers:"
    if telling.one_neuron and not telling.focus.is_last:
        n = telling.notation
        return (
            f"{shown} what the next step returns is made of its own numbers,"
            f" ${n.d('h')}_{{t}}$ of ${n.d('z')}_{{t+1}}$ as in question 2 and ${n.d('c')}_{{t}}$ of"
            f" ${n.d('c')}_{{t+1}} \\odot f_{{t+1}}$ as in question 4."
        )
    if telling.focus.is_last:
        return (
            f"{shown} this is the last step, so that what returns from the next one is"
            " what the loss says about the last $h$ and $c$ themselves."
        )
    return shown


def _gradients(telling: Telling, numbers: StepNumbers) -> Block:
    count = max(numbers.units, numbers.states)
    header = ["gradient"]
    for unit in range(count):
        header += [f"unit {unit}", "measured"]
    rows = []
    for label, name in _gradient_names(telling):
        pair = numbers.gradients[name]
        row: list[Cell] = [label]
        for a, m in zip(pair.analytic, pair.measured, strict=True):
            row += [float(a), float(m)]
        rows.append((*row, *[None] * (len(header) - len(row))))
    return Table("gradients", tuple(header), tuple(rows))


def _gradient_names(telling: Telling) -> Iterator[tuple[str, str]]:
    n, d = telling.notation, telling.notation.d
    yield f"${d('y')}_{{t}}$, of the output alone", "y"
    yield f"${d('h')}_{{t}}$ from the next step", "h_carried"
    yield f"${d('h')}_{{t}}$", "h"
    if telling.spec.proj_size is not None:
        yield f"${d('m')}$", "m"
    yield f"${d('o')}$", "o"
    yield f"${d(n.pre(O))}$", "z_o"
    yield f"${d('c')}_{{t}}$ from the next step", "c_carried"
    yield f"${d('c')}_{{t}}$", "c"
    for k in telling.live:
        if k != O:
            yield f"${d(n.gate(k))}$", "ifgo"[k]
            yield f"${d(n.pre(k))}$", f"z_{'ifgo'[k]}"
