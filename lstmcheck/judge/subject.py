"""What a check asks about: whose gradients, of which case, and the network that they are measured on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from lstmcheck.config import Config
from lstmcheck.judge.results import Report
from lstmcheck.judge.target_answers import TargetAnswers
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.precision import DOUBLE, Precision
from lstmcheck.lstm.types import Arrays
from lstmcheck.reference.directions import DirectionalNetwork
from lstmcheck.reference.loss_function import LossFunction
from lstmcheck.reference.network import Network
from lstmcheck.tolerances.precision import EPS

Ask = Callable[[Case], Arrays | None]
"""A backward pass on another case of the same network: its gradients by array name, NaN where they are others
each time; None where it cannot be asked, or its forward pass is not ours there."""


@dataclass(frozen=True)
class Subject:
    """Our own network, or a target."""

    config: Config
    case: Case
    network: Network
    """Where single entries are moved; its loss is not multiplied by anything."""
    function: LossFunction
    """Where noise and trust are measured: the same forward pass, the same loss."""
    outputs: Arrays
    """y, h_T, c_T and the loss, as far as they are shown."""
    analytic: Arrays
    """The gradients that are checked, by array name; a target may return some only."""
    rounding: Arrays
    """Bound on what rounding does to a correct backward pass at a loss scale of 1, by array: (scopes,)."""
    right: Arrays
    """Our own gradients at a loss scale of 1: how large the others are."""
    along: DirectionalNetwork | None = None
    """The same forward pass, moved along whole directions; None where its numbers are too short for that."""
    everything: Callable[[], LossFunction] | None = None
    """Makes the same forward pass under a loss that reads all outputs; None where they are not shown."""
    pool: Executor | None = None
    """Threads on which `function` may be called; None where that is not known of it."""
    foreign: bool = False
    """Whether it is somebody else's forward pass that derivatives are measured on."""
    reference_precision: Mapping[str, float] = field(default_factory=dict)
    """By array, rounding of the reference as a share of `rounding`: less where float64 judges float32. 1
    where nothing is said."""
    unit: float = 1.0
    """What the loss is multiplied by: gradients are judged in units of it."""
    eps: float = EPS
    """Of the precision that the forward pass computes in on which derivatives are measured."""
    precision: Precision = DOUBLE
    """The lowest that the gradients were computed in."""
    precisions: Mapping[str, Precision] = field(default_factory=dict)
    """That each gradient is judged by, by array; `precision` where nothing is said."""
    missing_gates: Mapping[str, str] = field(default_factory=dict)
    """Letters of gates that did not come back, by array."""
    uncovered: tuple[str, ...] = ()
    """Upstream gradients that were not passed in."""
    no_place: tuple[str, ...] = ()
    """Blocks whose gradients its backward pass has no place for: they are not asked for unless by name."""
    imprecise: Arrays = field(default_factory=dict)
    """By array, the share of its scale up to which a scope's deviation may be lost precision: (scopes,)."""
    one_number: bool = False
    """Only the loss comes out, and it is not known which: its differences lose the digits that large
    losses have in common, and the size of its gradients is that of the reference."""
    answers: Callable[[], TargetAnswers] | None = None
    """What else is said of a target. Asked last: whatever it keeps of that disturbs no measurement."""
    wrong_lines: Callable[[Report], tuple[WrongLine, ...]] | None = None
    """Finds where its source is wrong, for a report that does not pass; None where there is none."""
    ask: Ask | None = None
    """Puts easier questions to a backward pass that has failed; None where it takes no upstreams."""

    @property
    def at_upstream_scale(self) -> Case:
        """The case whose loss the backward pass was asked about: its own, or ours at a scale of 1 where the
        precision is too low for others."""
        own = self.one_number or self.precision.is_low
        return self.case.at_scale_one() if own else self.case
