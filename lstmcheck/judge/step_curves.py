"""What differences find at every step, along one direction: too long a step and they bend, too short a one
and noise is all that is left of them.

The picture that comes of it is a V. A gradient that is the derivative meets the bottom of it; one that is not
stays at the same distance, whatever the step.
"""

from __future__ import annotations

from dataclasses import dataclass

from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.gates import gate_label
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Floats


@dataclass(frozen=True)
class Direction:
    """What is moved: one entry of a gate, or a whole gate along a random direction of length 1."""

    info: ArrayInfo
    gate: str | None
    index: tuple[int, ...] | None

    @property
    def label(self) -> str:
        """`W_l0_f`."""
        return gate_label(self.info.name, self.gate)

    @property
    def name(self) -> str:
        """`W_l0_f[2,1]`, or `W_l0_f along a random direction`."""
        if self.index is None:
            return f"{self.label} along a random direction"
        return f"{self.label}[{','.join(map(str, self.index))}]"


@dataclass(frozen=True)
class StepCurves:
    """Derivatives along a direction by step, all (K,), NaN where nothing could be measured."""

    direction: Direction
    steps: Floats
    """From long to short, each half or a quarter of the one before."""
    forward: Floats
    central: Floats
    richardson: Floats
    """From a step and the next shorter one."""
    complex: Floats
    complex_fault: str | None
    """Why there are none."""
    analytic: float
    """The gradient that is judged."""
    reference: float
    uncertainty: float
    """Of the reference."""
    tolerance: float
    """By how much the gradient may be off; along a direction what the tolerances of its entries add up to."""
    scale: float
    """The largest derivative beside it."""
    noise: float
    """Standard deviation of the loss."""
    bend: float
    """What a forward difference is off by, as a multiple of the step: half the second derivative."""
    twist: float
    """A central one, of the square of the step: a sixth of the third derivative. Both NaN where noise hides
    them."""
    verdict: Verdict
    """On the gate: no picture accuses a gradient that passes."""
    chosen: float | None
    """The step of the check's central differences there; None where it took none."""
