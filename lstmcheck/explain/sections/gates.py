"""Question 2: why δh_{t−1} is the sum over the gates."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.document import Block, Cell, Equations, Heading, Percent, Sentences, Table, numbers_row
from lstmcheck.explain.gates import GateNumbers, gate_numbers
from lstmcheck.explain.telling import Telling, number


def gates_section(telling: Telling) -> list[Block]:
    """The contributions, their sum, and what is missing with one gate alone."""
    numbers = gate_numbers(telling.focus)
    n = telling.notation
    dh = f"{n.d('h')}_{{t-1}}"
    terms = " + ".join(rf"{n.of('U', k)}^{{\top}} {n.d(n.pre(k))}" for k in telling.live)
    return [
        Heading(f"2. Why is ${dh}$ the sum over the gates?"),
        Sentences(_argument(telling)),
        Equations((f"{dh} = {terms}",)),
        *_products(telling, numbers),
        Sentences(_table_words(telling, numbers)),
        _contributions(telling, numbers),
        Sentences(_alone_words(telling)),
        _alone(telling, numbers),
        *_whole(telling, numbers),
    ]


def _argument(telling: Telling) -> str:
    n, H, P = telling.notation, telling.spec.hidden_size, telling.spec.output_size
    return (
        "It is question 1 once more, for the lower part of $I$. One and the same $h_{t-1}$ is read by all"
        f" {len(telling.live)} gates, each through its own matrix $U_{{k}}$, {H} × {P}. Nudge it and every"
        f" gate answers at once; the loss feels all of them, so the answers add up. $U_{{k}}^{{\\top}}$ is"
        f" {P} × {H} and makes {number(P, 'number')}, as many as ${n.d('h')}_{{t-1}}$ has, out of a gate's"
        f" {number(H, 'number')}."
    )


def _products(telling: Telling, numbers: GateNumbers) -> Iterator[Block]:
    """With one neuron every contribution is one product."""
    if not telling.one_neuron:
        return
    n = telling.notation
    rows = tuple(
        (f"${n.gate(k)}$", float(numbers.weights[k, 0]), float(numbers.dz[k, 0]), float(numbers.each[k, 0]))
        for k in telling.live
    )
    yield Table("gate products", ("gate", "$U_{k}$", f"its ${n.d('z')}$", "product"), rows)


def _table_words(telling: Telling, numbers: GateNumbers) -> str:
    shown = numbers.each.shape[1]
    which = f" for the first {shown} of {numbers.width} entries" if shown < numbers.width else ""
    return (
        f"Each contribution can be measured by itself{which}: nudge $h_{{t-1}}$ as this one gate reads it"
        " and let the other gates read the old one. The last row nudges it for all."
    )


def _contributions(telling: Telling, numbers: GateNumbers) -> Table:
    n, shown = telling.notation, numbers.each.shape[1]
    rows = []
    for k in telling.live:
        values = zip(numbers.each[k], numbers.measured_each[k], strict=True)
        rows.append((rf"${n.of('U', k)}^{{\top}} {n.d(n.pre(k))}$", *_flat(values)))
    rows.append(("all gates", *_flat(zip(numbers.total, numbers.measured, strict=True))))
    header = ["contribution"]
    for entry in range(shown):
        header += [f"$h_{{t-1}}$[{entry}]", "measured"]
    return Table("contributions", tuple(header), tuple(rows))


def _flat(pairs: Iterator[tuple[float, float]]) -> tuple[Cell, ...]:
    return tuple(float(value) for pair in pairs for value in pair)


def _alone_words(telling: Telling) -> str:
    n = telling.notation
    return (
        "A single gate is not enough. Whoever keeps one contribution for $h_{t-1}$[0] and forgets the rest"
        " is off by"
        f" this part of the right ${n.d('h')}_{{t-1}}$:"
    )


def _alone(telling: Telling, numbers: GateNumbers) -> Table:
    n, total = telling.notation, float(numbers.total[0])
    rows = tuple(
        (
            f"only ${n.gate(k)}$",
            float(numbers.each[k, 0]),
            total,
            Percent(abs(float(numbers.each[k, 0]) - total) / abs(total)) if total else None,
        )
        for k in telling.live
    )
    return Table("alone", ("kept", "gives", "right", "off by"), rows)


def _whole(telling: Telling, numbers: GateNumbers) -> Iterator[Block]:
    n = telling.notation
    dh, dy = f"{n.d('h')}_{{t-1}}", f"{n.d('y')}_{{t-1}}"
    if numbers.own is None or numbers.whole is None or numbers.measured_whole is None:
        yield Sentences(
            "At step 1, $h_{0}$ is the initial state. Only the gates read it, so the sum is its gradient."
        )
        return
    yield Sentences(
        f"One thing is left. $h_{{t-1}}$ is also the output $y_{{t-1}}$ of the step before, and the loss may"
        f" read that directly. Step {telling.time - 1} therefore begins with the sum over the gates plus"
        f" ${dy}$; nudging $h_{{t-1}}$ itself, for the gates and for the loss, shows both."
    )
    columns = zip(numbers.total, numbers.own, numbers.whole, numbers.measured_whole, strict=True)
    rows = tuple(numbers_row(f"$h_{{t-1}}$[{j}]", values) for j, values in enumerate(columns))
    header = ("entry", "sum over the gates", f"${dy}$", f"${dh}$ in full", "measured")
    yield Table("whole", header, rows)
