"""Equations whose terms depend on the gate and on the network, in TeX; the others stand in templates."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.explain.narration import Narration
from lstmcheck.lstm.gates import F, G, I, O


def forward_equations(narration: Narration) -> Iterator[str]:
    """One step, in the order of the notation."""
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


def backward_equations(narration: Narration) -> Iterator[str]:
    """The gradients of one step, in the order in which they depend on each other."""
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


def recurrence(narration: Narration) -> str:
    """What a cell state's gradient is made of."""
    n = narration.notation
    back = r"R^{\top} " if narration.spec.proj_size is not None else ""
    gates = rf"{back}\sum_{{k}} U_{{k}}^{{\top}} {n.d('z')}_{{k}}"
    peepholes = r" + \sum_{k} p_{k} \odot \mathrm{its}\ " + n.d("z") if narration.spec.peephole else ""
    inside = rf"o_{{t-1}} \odot {narration.output}'(c_{{t-1}})"
    return (
        rf"{n.d('c')}_{{t-1}} = {n.d('c')}_{{t}} \odot f_{{t}} + ({gates} + {back}{n.d('y')}_{{t-1}})"
        rf" \odot {inside}{peepholes}"
    )
