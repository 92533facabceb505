"""Every term of the equations dropped, doubled or negated: slips that need no story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import GATES, PEEPHOLE_GATES, F, G, I, O
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import inside, scaled_gate
from lstmcheck.mistakes.mistake import Mistake, WrongTerm, row, with_terms
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
from lstmcheck.mistakes.neighbouring_steps import followed

terms = partial(row, "terms")
FACTORS = {"dropped": 0.0, "doubled": 2.0, "negated": -1.0}
WHY = {
    "dropped": "A term that is not there is not noticed.",
    "doubled": "Two paths meet there, and one was added twice.",
    "negated": "A sign was lost.",
}
Scaled = Callable[..., Numbers]
"""A method's result with a term scaled, `(factor, b, right, *arguments)`."""


def _whole(factor: float, b: Backward, right: WrongTerm, *arguments: Any) -> Numbers:
    value: Numbers = factor * right(*arguments)
    return value


def _carried(factor: float, b: Backward, right: WrongTerm, s: Step, *others: Any) -> Numbers:
    """What is carried past a sequence's end is no term of the equation."""
    value: Numbers = right(s, *others)
    return inside(s, factor * value, value)


def _recurrent(factor: float, b: Backward, right: WrongTerm, s: Step, d_c: Numbers) -> Numbers:
    """Where a step follows; the upstream of the last step is another term."""
    value: Numbers = right(s, d_c)
    return np.where(followed(b, s), factor * value, value)


def _argument(n: int) -> Scaled:
    """Whose n-th argument is the term."""
    return lambda factor, b, right, *arguments: right(
        *arguments[:n], factor * arguments[n], *arguments[n + 1 :]
    )


def _letter(letter: str) -> Scaled:
    """Whose step holds the term under its letter."""
    return lambda factor, b, right, s, *others: right(
        s._replace(**{letter: factor * getattr(s, letter)}), *others
    )


def _gate(gate: int) -> Scaled:
    """Whose term is made of d_z of one gate."""
    return lambda factor, b, right, s, d, *others: right(s, scaled_gate(d, gate, factor), *others)


def _row(n: int) -> Scaled:
    """Whose result has the term in one row."""

    def scaled(factor: float, b: Backward, right: WrongTerm, *arguments: Any) -> Numbers:
        value: Numbers = right(*arguments).copy()
        value[n] *= factor
        return value

    return scaled


@dataclass(frozen=True)
class Term:
    """A term, the equation that it stands in with a place for it, and the method that computes it."""

    id: str
    text: str
    equation: str
    method: str
    needs: tuple[Need, ...] = ()
    scaled: Scaled = _whole
    without: str = ""
    """Which of the three stand elsewhere in the catalogue under a name of their own."""

    def mistakes(self) -> Iterator[Mistake]:
        """The term dropped, doubled and negated."""
        right = self.equation.format(self.text)
        place = f"in the equation of {right.partition('=')[0].rstrip(' +')} the term {self.text}"
        for slip, factor in FACTORS.items():
            if slip not in self.without:
                yield terms(
                    f"{self.id}-{slip}",
                    f"{place} is {slip}",
                    self.formula(slip),
                    right,
                    *self.needs,
                    why=WHY[slip],
                    backward=with_terms({self.method: partial(self.scaled, factor)}),
                )

    def formula(self, slip: str) -> str:
        """The equation with the slip in it."""
        marked = {"dropped": "0", "doubled": f"2 ({self.text})", "negated": f"(−{self.text})"}
        return self.equation.format(marked[slip])


def _gate_needs(gate: int) -> tuple[Need, ...]:
    return (FORGET_GATE,) if gate == F else ()


def _of_gates() -> Iterator[Term]:
    factors = ("g ∘ gate'(z_i)", "c_{t−1} ∘ gate'(z_f)", "i ∘ candidate'(z_g)", "output(c_t) ∘ gate'(z_o)")
    for k, letter in enumerate(GATES):
        text = f"{'d_m' if k == O else 'd_c'} ∘ {factors[k]}"
        without = {G: "negated", O: "dropped"}.get(k, "")
        needs = _gate_needs(k)
        yield Term(
            f"gate-{letter}",
            text,
            f"d_z_{letter} = {{}}",
            f"d_z_{letter}",
            needs,
            without=without,
        )
        into_x, into_h = f"W_{letter}ᵀ d_z_{letter}", f"U_{letter}ᵀ d_z_{letter}"
        yield Term(
            f"input-from-{letter}",
            into_x,
            "d_x = … + {}",
            "d_x",
            needs,
            _gate(k),
            without="dropped" if k == O else "",
        )
        yield Term(
            f"hidden-from-{letter}",
            into_h,
            "d_h = … + {}",
            "d_h_prev",
            needs,
            _gate(k),
            without="dropped" if k in (G, O) else "",
        )


def _of_carries() -> Iterator[Term]:
    yield Term(
        "hidden-carry", "Σ_k U_kᵀ d_z_k", "d_h = {}", "d_h_prev", scaled=_carried, without="dropped doubled"
    )
    yield Term(
        "cell-recurrence",
        "d_c from step t+1",
        "d_c = {} + d_m ∘ o ∘ output'(c_t)",
        "d_c_total",
        (TWO_STEPS,),
        scaled=_recurrent,
        without="doubled",
    )
    yield Term("forget-path", "d_c ∘ f", "d_c_prev = {}", "d_c_prev", scaled=_letter("f"))
    yield Term("cell-from-output", "d_m ∘ o ∘ output'(c_t)", "d_c += {}", "d_c", scaled=_argument(1))
    yield Term("output-sum", "d_y + d_h", "d_m = {}", "d_m")
    yield Term(
        "output-gradient",
        "d_y",
        "d_h = {} + d_h from step t+1",
        "d_h_total",
        (LOSS_ON_OUTPUTS,),
        _argument(1),
        without="dropped",
    )
    yield Term("input-gradient", "Σ_k W_kᵀ d_z_k", "d_x = {}", "d_x")
    for part, n, need in (("hidden", 2, LOSS_ON_HIDDEN), ("cell", 3, LOSS_ON_CELL)):
        letter = part[0]
        yield Term(
            f"final-{part}-gradient",
            f"∂L/∂{letter}_T",
            f"d_{letter} = {{}} at the end",
            "cell",
            (need,),
            _argument(n),
            without="dropped",
        )


def _of_parameters() -> Iterator[Term]:
    for block, text in (("W", "d_z_k xᵀ"), ("U", "d_z_k hᵀ")):
        yield Term(f"{block}-term", text, f"d_{block}_k += {{}}", f"d_{block}")
    yield Term("bias-term", "d_z_k", "d_b_k += {}", "d_b", (BIAS,), without="doubled")
    yield Term(
        "both-biases",
        "d_z_k",
        "d_b_ih_k, d_b_hh_k += {}",
        "d_b",
        (TWO_BIASES,),
        without="dropped negated",
    )
    yield Term("projection-term", "d_h mᵀ", "d_R += {}", "d_R", (PROJECTION,))
    for position, letter in enumerate(PEEPHOLE_GATES):
        state = "c_t" if letter == "o" else "c_{{t−1}}"
        needs = (PEEPHOLE, FORGET_GATE) if letter == "f" else (PEEPHOLE,)
        yield Term(
            f"peephole-{letter}-term",
            f"d_z_{letter} ∘ {state.format()}",
            f"d_p_{letter} += {{}}",
            "d_p",
            needs,
            scaled=_row(position),
        )


def _of_variants() -> Iterator[Term]:
    yield Term(
        "peephole-o-path",
        "p_o ∘ d_z_o",
        "d_c += d_m ∘ o ∘ output'(c_t) + {}",
        "d_c",
        (PEEPHOLE,),
        _argument(2),
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
            _gate(gate),
        )
    equation = "d_z_i = d_c ∘ ({} − c_{{t−1}}) ∘ gate'(z_i)"
    yield Term("coupled-g", "g", equation, "d_z_i", (COUPLED,), _letter("g"))
    equation = "d_z_i = d_c ∘ (g − {}) ∘ gate'(z_i)"
    yield Term(
        "coupled-c", "c_{t−1}", equation, "d_z_i", (COUPLED,), _letter("c_prev"), without="dropped negated"
    )


SCALED_TERMS = tuple(
    mistake
    for chapter in (_of_gates(), _of_carries(), _of_parameters(), _of_variants())
    for term in chapter
    for mistake in term.mistakes()
)
