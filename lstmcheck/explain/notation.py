"""The letters and the order of the gates in the three derivations that people bring along."""

from __future__ import annotations

from dataclasses import dataclass

from lstmcheck.lstm.gates import F, G, I, O


@dataclass(frozen=True)
class Notation:
    """TeX for gates, pre-activations and gradients. `order` holds positions on our gate axis."""

    name: str
    order: tuple[int, ...]
    candidate: str
    hats: bool
    gradient: str
    remark: str

    def gate(self, k: int) -> str:
        """The letter of a gate."""
        return {I: "i", F: "f", G: self.candidate, O: "o"}[k]

    def pre(self, k: int, time: str = "") -> str:
        """The pre-activation of a gate: a hat over its letter, or z with the letter as its index."""
        if self.hats:
            return rf"\hat{{{self.gate(k)}}}" + (f"_{{{time}}}" if time else "")
        return f"z_{{{self.gate(k)}{',' + time if time else ''}}}"

    def d(self, quantity: str) -> str:
        """The gradient of the loss with respect to a quantity."""
        return f"{self.gradient}{quantity}"

    def of(self, matrix: str, k: int) -> str:
        """A gate's part of W, U, b or p."""
        return f"{matrix}_{{{self.gate(k)}}}"

    @property
    def gates(self) -> str:
        """The letters in order, for sentences."""
        return ", ".join(f"${self.gate(k)}$" for k in self.order)


NOTATIONS = {
    "seed": Notation(
        "seed",
        (G, I, F, O),
        "a",
        hats=True,
        gradient=r"\delta ",
        remark=(
            r"A hat marks what enters an activation: $\hat{a}$ before, $a$ after."
            r" $z$ stacks the four hatted vectors."
        ),
    ),
    "torch": Notation(
        "torch",
        (I, F, G, O),
        "g",
        hats=False,
        gradient=r"\mathrm{d}",
        remark=(
            "$z_{i}$ is what enters the gate $i$, and $z$ stacks all four."
            " PyTorch calls $W$ weight_ih and $U$ weight_hh."
        ),
    ),
    "keras": Notation(
        "keras",
        (I, F, G, O),
        r"\tilde{c}",
        hats=False,
        gradient=r"\mathrm{d}",
        remark=(
            r"$z_{i}$ is what enters the gate $i$, and $z$ stacks all four; $\tilde{c}$ is the candidate that"
            " Keras calls c. Keras stores both matrices transposed: kernel is $W^{\\top}$,"
            " recurrent_kernel $U^{\\top}$."
        ),
    ),
}
