"""Every term of the equations dropped, doubled or negated: slips that need no story."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import F, G, I, O, Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.families.alterations import inside, scaled_gate
from lstmcheck.mistakes.families.step_order import followed
from lstmcheck.mistakes.mistake import Family
from lstmcheck.mistakes.needs import (
    BIAS,
    COUPLED,
    FORGET_GATE,
    LOSS_ON_CELL,
    LOSS_ON_HIDDEN,
    LOSS_ON_OUTPUTS,
    PEEPHOLE,
    PROJECTION,
    TWO_BIASES,
    TWO_STEPS,
    Need,
)

TERMS = Family("terms")
FACTORS = {"dropped": 0.0, "doubled": 2.0, "negated": -1.0}
WHY = {
    "dropped": "A term that is not there is not noticed.",
    "doubled": "Two paths meet there, and one was added twice.",
    "negated": "A sign was lost.",
}

Arguments = tuple[Any, ...]
Change = Callable[[Arguments, float], Arguments]
"""Of a method's arguments and the factor: the arguments with which its result has the term scaled."""
Result = Callable[[Backward, Arguments, Numbers, float], Numbers]
"""Of a method's arguments and its right result: the result with the term scaled."""


@dataclass(frozen=True)
class Term:
    """A term, the equation that it stands in with a place for it, and the method that computes it."""

    id: str
    text: str
    equation: str
    method: str
    needs: tuple[Need, ...] = ()
    arguments: Change = lambda arguments, factor: arguments
    result: Result = lambda b, arguments, right, factor: right
    without: str = ""
    """Which of the three stand elsewhere in the catalogue under a name of their own."""

    def scaled(self, factor: float) -> type[Backward]:
        """The backward pass that has this term multiplied."""

        def wrong(b: Backward, *arguments: Any) -> Numbers:
            changed = self.arguments(arguments, factor)
            right: Numbers = getattr(super(made, b), self.method)(*changed)
            return self.result(b, arguments, right, factor)

        made = type(f"Scaled_{self.method}", (Backward,), {self.method: wrong})
        return made

    def formula(self, slip: str) -> str:
        """The equation with the slip in it."""
        marked = {"dropped": "0", "doubled": f"2 ({self.text})", "negated": f"(−{self.text})"}
        return self.equation.format(marked[slip])


def _whole(b: Backward, arguments: Arguments, right: Numbers, factor: float) -> Numbers:
    return factor * right


def _carried(b: Backward, arguments: Arguments, right: Numbers, factor: float) -> Numbers:
    """What is carried past a sequence's end is no term of the equation."""
    return inside(arguments[0], factor * right, right)


def _recurrent(b: Backward, arguments: Arguments, right: Numbers, factor: float) -> Numbers:
    """Where a step follows; the upstream of the last step is another term."""
    return np.where(followed(b, arguments[0]), factor * right, right)


def _position(n: int) -> Change:
    """The n-th argument multiplied."""

    def change(arguments: Arguments, factor: float) -> Arguments:
        return (*arguments[:n], factor * arguments[n], *arguments[n + 1 :])

    return change


def _of_step(letter: str) -> Change:
    """One letter of the step multiplied."""

    def change(arguments: Arguments, factor: float) -> Arguments:
        s: Step = arguments[0]
        return (s._replace(**{letter: factor * getattr(s, letter)}), *arguments[1:])

    return change


def _of_gate(gate: int) -> Change:
    """d_z of one gate multiplied."""

    def change(arguments: Arguments, factor: float) -> Arguments:
        s, d, *rest = arguments
        return (s, scaled_gate(d, gate, factor), *rest)

    return change


def _row(n: int) -> Result:
    def result(b: Backward, arguments: Arguments, right: Numbers, factor: float) -> Numbers:
        scaled = right.copy()
        scaled[n] *= factor
        return scaled

    return result


def _gate_needs(gate: int) -> tuple[Need, ...]:
    return (FORGET_GATE,) if gate == F else ()


def _of_gates() -> Iterable[Term]:
    factors = ("g ∘ gate'(z_i)", "c_{t−1} ∘ gate'(z_f)", "i ∘ candidate'(z_g)", "output(c_t) ∘ gate'(z_o)")
    for k, letter in enumerate("ifgo"):
        text = f"{'d_m' if k == O else 'd_c'} ∘ {factors[k]}"
        without = {G: "negated", O: "dropped"}.get(k, "")
        needs = _gate_needs(k)
        yield Term(
            f"gate-{letter}",
            text,
            f"d_z_{letter} = {{}}",
            f"d_z_{letter}",
            needs,
            result=_whole,
            without=without,
        )
        into_x, into_h = f"W_{letter}ᵀ d_z_{letter}", f"U_{letter}ᵀ d_z_{letter}"
        yield Term(
            f"input-from-{letter}",
            into_x,
            "d_x = … + {}",
            "d_x",
            needs,
            _of_gate(k),
            without="dropped" if k == O else "",
        )
        yield Term(
            f"hidden-from-{letter}",
            into_h,
            "d_h = … + {}",
            "d_h_prev",
            needs,
            _of_gate(k),
            without="dropped" if k in (G, O) else "",
        )


def _of_carries() -> Iterable[Term]:
    yield Term(
        "hidden-carry", "Σ_k U_kᵀ d_z_k", "d_h = {}", "d_h_prev", result=_carried, without="dropped doubled"
    )
    yield Term(
        "cell-recurrence",
        "d_c from step t+1",
        "d_c = {} + d_m ∘ o ∘ output'(c_t)",
        "d_c_total",
        (TWO_STEPS,),
        result=_recurrent,
        without="doubled",
    )
    yield Term("forget-path", "d_c ∘ f", "d_c_prev = {}", "d_c_prev", arguments=_of_step("f"))
    yield Term("cell-from-output", "d_m ∘ o ∘ output'(c_t)", "d_c += {}", "d_c", arguments=_position(1))
    yield Term("output-sum", "d_y + d_h", "d_m = {}", "d_m", (), result=_whole)
    yield Term(
        "output-gradient",
        "d_y",
        "d_h = {} + d_h from step t+1",
        "d_h_total",
        (LOSS_ON_OUTPUTS,),
        _position(1),
        without="dropped",
    )
    yield Term("input-gradient", "Σ_k W_kᵀ d_z_k", "d_x = {}", "d_x", result=_whole)
    for part, n, need in (("hidden", 2, LOSS_ON_HIDDEN), ("cell", 3, LOSS_ON_CELL)):
        letter = part[0]
        yield Term(
            f"final-{part}-gradient",
            f"∂L/∂{letter}_T",
            f"d_{letter} = {{}} at the end",
            "cell",
            (need,),
            _position(n),
            without="dropped",
        )


def _of_parameters() -> Iterable[Term]:
    for block, text in (("W", "d_z_k xᵀ"), ("U", "d_z_k hᵀ")):
        yield Term(f"{block}-term", text, f"d_{block}_k += {{}}", f"d_{block}", result=_whole)
    yield Term("bias-term", "d_z_k", "d_b_k += {}", "d_b", (BIAS,), result=_whole, without="doubled")
    yield Term(
        "both-biases",
        "d_z_k",
        "d_b_ih_k, d_b_hh_k += {}",
        "d_b",
        (TWO_BIASES,),
        result=_whole,
        without="dropped negated",
    )
    yield Term("projection-term", "d_h mᵀ", "d_R += {}", "d_R", (PROJECTION,), result=_whole)
    for row, letter in enumerate("ifo"):
        state = "c_t" if letter == "o" else "c_{{t−1}}"
        needs = (PEEPHOLE, FORGET_GATE) if letter == "f" else (PEEPHOLE,)
        yield Term(
            f"peephole-{letter}-term",
            f"d_z_{letter} ∘ {state.format()}",
            f"d_p_{letter} += {{}}",
            "d_p",
            needs,
            result=_row(row),
        )


def _of_variants() -> Iterable[Term]:
    yield Term(
        "peephole-o-path",
        "p_o ∘ d_z_o",
        "d_c += d_m ∘ o ∘ output'(c_t) + {}",
        "d_c",
        (PEEPHOLE,),
        _position(2),
        without="dropped",
    )
    for gate, letter in ((I, "i"), (F, "f")):
        needs = (PEEPHOLE, *_gate_needs(gate))
        yield Term(
            f"peephole-{letter}-path",
            f"p_{letter} ∘ d_z_{letter}",
            "d_c_prev = … + {}",
            "d_c_prev",
            needs,
            _of_gate(gate),
        )
    equation = "d_z_i = d_c ∘ ({} − c_{{t−1}}) ∘ gate'(z_i)"
    yield Term("coupled-g", "g", equation, "d_z_i", (COUPLED,), _of_step("g"))
    equation = "d_z_i = d_c ∘ (g − {}) ∘ gate'(z_i)"
    yield Term(
        "coupled-c", "c_{t−1}", equation, "d_z_i", (COUPLED,), _of_step("c_prev"), without="dropped negated"
    )


def _add_all() -> None:
    for terms in (_of_gates(), _of_carries(), _of_parameters(), _of_variants()):
        for term in terms:
            for slip, factor in FACTORS.items():
                if slip not in term.without:
                    _add(term, slip, factor)


def _add(term: Term, slip: str, factor: float) -> None:
    right = term.equation.format(term.text)
    title = f"in the equation of {right.partition('=')[0].rstrip(' +')} the term {term.text} is {slip}"
    TERMS(f"{term.id}-{slip}", title, term.formula(slip), right, *term.needs, why=WHY[slip])(
        term.scaled(factor)
    )


_add_all()
