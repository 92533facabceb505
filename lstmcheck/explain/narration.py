"""What all sections share: the focus, the notation, and names of things in this configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lstmcheck.explain.focus import Focus
from lstmcheck.explain.notation import Notation
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.spec import LstmSpec

FUNCTIONS = {
    "sigmoid": r"\sigma",
    "tanh": r"\tanh",
    "identity": r"\mathrm{id}",
    "relu": r"\mathrm{relu}",
    "hard_sigmoid": r"\mathrm{hardsigmoid}",
    "softsign": r"\mathrm{softsign}",
}


@dataclass(frozen=True)
class Narration:
    """A focus and the letters in which it is told."""

    focus: Focus
    notation: Notation

    @property
    def spec(self) -> LstmSpec:
        return self.focus.trace.spec

    @property
    def time(self) -> int:
        """The step, counted from 1."""
        return self.focus.t + 1

    @property
    def names(self) -> dict[str, Any]:
        """What every template may name."""
        spec, n = self.spec, self.notation
        sizes = {"D": spec.input_size, "H": spec.hidden_size, "P": spec.output_size}
        sizes["rows"] = len(self.live) * spec.hidden_size
        gates = {"I": I, "F": F, "g": n.gate(G), "O": O, "live": self.live}
        others = {"time": self.time, "one_neuron": self.one_neuron, "output": self.output, "count": count}
        return {"n": n, "d": n.gradient, "spec": spec, "focus": self.focus, **sizes, **gates, **others}

    @property
    def one_neuron(self) -> bool:
        """Every vector has one entry, so that every line can be redone on paper."""
        return self.spec.hidden_size == self.spec.input_size == self.spec.output_size == 1

    def function(self, k: int) -> str:
        """The activation of a gate, in TeX."""
        return FUNCTIONS[self.spec.candidate if k == G else self.spec.gate]

    @property
    def output(self) -> str:
        return FUNCTIONS[self.spec.output]

    @property
    def live(self) -> tuple[int, ...]:
        """The gates that have a pre-activation of their own, in the order of the notation."""
        return tuple(k for k in self.notation.order if not (k == F and self.spec.coupled))


def count(number: int, word: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
