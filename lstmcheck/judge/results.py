"""What a check found out: one result per gate of every array, and the report of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import ClassVar, Literal

from lstmcheck.config import Config
from lstmcheck.judge.diagnosis_result import Diagnosis
from lstmcheck.judge.step_curves import StepCurves
from lstmcheck.judge.target_answers import Coverage, TargetAnswers
from lstmcheck.judge.verdict import Verdict
from lstmcheck.judge.wrong_entries import WrongEntries
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.gates import gate_label
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Arrays


@dataclass(frozen=True)
class Entry:
    """One entry's two gradients. `index` counts within the gate: W_f[3, 7] is (3, 7)."""

    index: tuple[int, ...]
    analytic: float
    reference: float
    uncertainty: float


def finite(value: float) -> float | None:
    """The number, or None where JSON has none for it."""
    return value if isfinite(value) else None


NoteCode = Literal[
    "zero",
    "overflow",
    "illegible",
    "few digits",
    "imprecise",
    "low sums",
    "rounding",
    "contradicted",
    "rough",
    "chaotic",
    "unresolved",
    "on a kink",
    "beside a kink",
    "no effect",
    "unbounded",
    "spread",
]


@dataclass(frozen=True)
class Note:
    """What a reader must know to understand the verdict of a gate: a code, whose words are the reports'
    business."""

    code: NoteCode
    count: int = 0
    """Entries that it is about, where that is not all of them."""


@dataclass(frozen=True)
class GateResult:
    """One gate of one array, or an array that has no gates.

    `rel_error`, `uncertainty` and `tolerance` are those of the worst entry, relative to the largest
    reference beside it: of its gate, its step of x, or its cell of h0 and c0. `scale` is the largest
    reference of the whole gate, in units of the loss.
    """

    info: ArrayInfo
    gate: str | None
    shape: tuple[int, ...]
    entries: int
    passed: int
    failed: int
    inconclusive: int
    unmeasurable: int
    resolved: int
    """Entries that are decided at a size of their own: zeros in their place would not have passed."""
    max_abs_error: float
    rel_error: float
    uncertainty: float
    tolerance: float
    scale: float
    smallest_detectable_error: float
    verdict: Verdict
    worst: Entry
    methods: Mapping[str, int]
    notes: tuple[Note, ...] = ()
    imprecise: bool = False
    """Undecided because precision was lost, rather than for want of a better reference."""
    directions: int = 0
    """Random directions along which the gate was judged as a whole; 0: entry by entry. `rel_error` and
    `max_abs_error` are then bounds on the error of every entry, except with `miss_probability`."""
    miss_probability: float | None = None
    wrong: WrongEntries | None = None
    """Of a gate that fails; None also where not all of its entries are known."""

    @property
    def total(self) -> int:
        """Entries that the gate has, checked or not."""
        total = 1
        for n in self.shape:
            total *= n
        return total

    @property
    def label(self) -> str:
        """The gate as the derivation writes it: `W_f`, in deeper networks `W_l1_f`, `W_l0_reverse_f`."""
        return gate_label(self.info.name, self.gate)

    @property
    def method(self) -> Literal["entries", "directions"]:
        """How it was judged."""
        return "directions" if self.directions else "entries"

    @property
    def where(self) -> str:
        """Block, gate and index of the worst entry: `W_f[3,7]`."""
        return f"{gate_label(self.info.block, self.gate)}[{','.join(map(str, self.worst.index))}]"


@dataclass(frozen=True)
class Method:
    """How the references were measured."""

    reference: str
    step: float | None
    """As configured, or the median of the steps chosen; None without differences."""
    noise: float
    evaluations: int
    complex_step_trusted: bool
    entries: Mapping[str, int]
    directions: int = 0
    """The most along which a gate was judged as a whole."""
    miss_probability: float | None = None
    """That a bound of some gate does not hold; None where there are none."""


@dataclass(frozen=True)
class Values:
    """The arrays behind a report, by name: what went in, what came out, and every gradient.

    What belongs to references is NaN where none was measured.
    """

    parameters: Arrays
    inputs: Arrays
    outputs: Arrays
    analytic: Arrays
    reference: Arrays
    uncertainty: Arrays
    tolerance: Arrays
    """By how much each entry may be off."""
    step: Arrays
    """Of each entry's central difference."""


@dataclass(frozen=True)
class Report:
    """The outcome of one check. In a notebook it shows itself as the table."""

    config: Config
    blocks: tuple[GateResult, ...]
    method: Method
    coverage: Coverage
    values: Values = field(repr=False)
    case: Case = field(repr=False)
    """What was differentiated."""
    seconds: float = 0.0
    """That the check took, from its configuration to its verdict."""
    diagnosis: Diagnosis | None = None
    """None where nobody has looked."""
    lines: tuple[WrongLine, ...] = ()
    """Of a target's source: what is wrong there, in the order of the file."""
    target: TargetAnswers | None = None
    """None where our own network was checked."""
    steps: StepCurves | None = None
    """Along one direction, where that was asked for."""
    overflow: str | None = None
    """Where the forward pass first leaves the range of float64; None where it does not."""

    _repr_html_: ClassVar[Callable[[Report], str]]
    """How a notebook shows it. Nothing here depends on how results look: the `notebook` module sets it."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the gradient, the coverage and, with a target, of all else that is asked of it."""
        return Verdict.worst(self.answers.values())

    @property
    def answers(self) -> dict[str, Verdict]:
        """The verdict on each question that was asked, by name."""
        found = {"gradient": self.gradient}
        if self.target and self.target.conformance:
            found["conformance"] = self.target.conformance.verdict
        if self.target and self.target.purity:
            found["purity"] = self.target.purity.verdict
        if self.target:
            found |= {each.check: each.verdict for each in self.target.behaviour if each.verdict}
        return found | {"coverage": self.coverage.verdict}

    @property
    def gradient(self) -> Verdict:
        """The worst of all gates."""
        return Verdict.worst(block.verdict for block in self.blocks)

    @property
    def entries(self) -> int:
        return sum(block.entries for block in self.blocks)

    def count(self, what: str) -> int:
        """Entries that are `passed`, `failed`, `inconclusive` or `unmeasurable`."""
        return sum(int(getattr(block, what)) for block in self.blocks)

    @property
    def total(self) -> int:
        """Entries of the checked gates, whether they were checked or left out by `check.entries`."""
        return sum(block.total for block in self.blocks)

    @property
    def covered(self) -> tuple[str, ...]:
        """Arrays that were checked."""
        return self.coverage.covered

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What was not checked, asked for or not."""
        return self.coverage.missing + self.coverage.not_reached + self.coverage.not_asked

    @property
    def smallest_detectable_error(self) -> float:
        """The largest of what each gate could have missed, relative to the gate's scale. Zeros that are zeros
        have none."""
        known = [b for b in self.blocks if b.scale or b.verdict != Verdict.PASS]
        return max((block.smallest_detectable_error for block in known), default=0.0)

    @property
    def worst(self) -> GateResult:
        """The gate to look at first: the most severe verdict, then the largest error."""
        order = list(Verdict).index
        return max(self.blocks, key=lambda b: (order(b.verdict), not b.rel_error < float("inf"), b.rel_error))
