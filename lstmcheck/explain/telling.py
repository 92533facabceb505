"""What all sections share: the focus, the notation, and names of things in this configuration."""

from __future__ import annotations

from dataclasses import dataclass

from lstmcheck.explain.document import Block, Heading, Sentences
from lstmcheck.explain.focus import Focus
from lstmcheck.explain.notation import Notation
from lstmcheck.lstm.forward import F, G, I, O
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.tolerances import COMPLEX_STEP

FUNCTIONS = {
    "sigmoid": r"\sigma",
    "tanh": r"\tanh",
    "identity": r"\mathrm{id}",
    "relu": r"\mathrm{relu}",
    "hard_sigmoid": r"\mathrm{hardsigmoid}",
    "softsign": r"\mathrm{softsign}",
}


@dataclass(frozen=True)
class Telling:
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


def number(count: int, word: str) -> str:
    """`1 step`, `2 steps`."""
    return f"{count} {word}" if count == 1 else f"{count} {'entrie' if word == 'entry' else word}s"


def opening(telling: Telling, name: str) -> list[Block]:
    """Sizes, letters, and what this configuration has that others have not."""
    focus, spec, n = telling.focus, telling.spec, telling.notation
    T, B, D = focus.case.arrays["x"].shape
    sizes = ", ".join(
        f"{letter} = {number(size, word)}"
        for letter, size, word in zip(
            "TBDH", (T, B, D, spec.hidden_size), ("step", "sequence", "input", "unit"), strict=True
        )
    )
    place = f"We stand at step t = {telling.time} of {focus.end}"
    if B > 1:
        place += f" of sequence {focus.b} of the batch; sequences do not touch each other"
    text = (
        f"This network has {sizes}. {place}. Steps count from 1, so that $h_{{0}}$ and $c_{{0}}$ are the"
        " initial states; entries in brackets count from 0, as arrays do."
    )
    letters = (
        f"The gates are told in the order {n.gates}. {n.remark} ${n.d('q')}$ is the gradient of the loss $L$"
        " with respect to $q$: by how much $L$ grows per unit of $q$. $\\odot$ multiplies entry by entry."
    )
    measured = (
        "Every gradient stands beside a measured one: the forward pass is run again with that one number"
        " nudged, and the change of the loss is divided by the nudge. Nothing of the backward pass is used"
        f" for it. (The nudge is imaginary, {COMPLEX_STEP:g} in size: then nothing is subtracted and all"
        " digits are right.)"
    )
    blocks: list[Block] = [Heading(f"{name}: the backward pass of an LSTM, step {telling.time}", 1)]
    blocks += [Sentences(text), Sentences(letters), Sentences(measured)]
    return blocks + [Sentences(remark) for remark in _remarks(telling)]


def _remarks(telling: Telling) -> list[str]:
    spec, focus, n = telling.spec, telling.focus, telling.notation
    found = []
    if len(spec.cells) > 1:
        found.append(
            "We look at the first layer's forward direction. Its nudges pass through everything above it on"
            " their way to the loss, and so did the gradients that arrive here."
        )
    if focus.case.lengths is not None:
        found.append(
            "The sequences end at different steps. Past its end a sequence has no gradient; this one is"
            f" the first of the longest, with {focus.end} steps."
        )
    if spec.coupled:
        found.append(
            f"The gates are coupled: $f = 1 - i$. So ${n.pre(F)}$ does not exist, and $i$ moves $c_{{t}}$"
            f" twice: ${n.d('i')} = {n.d('c')}_{{t}} \\odot ({n.gate(G)} - c_{{t-1}})$."
        )
    if spec.peephole:
        found.append(
            "Peepholes: $i$ and $f$ also read $c_{t-1}$, and $o$ reads $c_{t}$, each through a weight"
            f" ${n.of('p', I)}$, ${n.of('p', F)}$, ${n.of('p', O)}$ per unit. Each adds a term to a"
            " gradient of $c$."
        )
    if spec.proj_size is not None:
        found.append(
            f"A projection makes $h_{{t}} = R m$ out of $m = o \\odot {telling.output}(c_{{t}})$:"
            f" {spec.output_size} numbers from {spec.hidden_size}. Backward, ${n.d('m')} = R^{{\\top}}"
            f" {n.d('h')}_{{t}}$."
        )
    return found
