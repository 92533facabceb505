"""What a check found out: one result per gate of every array, and the report of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Literal

from lstmcheck.config import Config
from lstmcheck.conventions.table import Convention
from lstmcheck.errors import Problem
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.case import Case
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
    "imprecise",
    "rounding",
    "contradicted",
    "rough",
    "unresolved",
    "on a kink",
    "beside a kink",
    "no effect",
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
    reference beside it: of its gate, or of its step of x. `scale` is the largest reference of the whole
    gate, in units of the loss.
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
        return self.info.name if self.gate is None else f"{self.info.name}_{self.gate}"

    @property
    def where(self) -> str:
        """Block, gate and index of the worst entry: `W_f[3,7]`."""
        base = self.info.block if self.gate is None else f"{self.info.block}_{self.gate}"
        return f"{base}[{','.join(map(str, self.worst.index))}]"


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


@dataclass(frozen=True)
class Values:
    """The arrays behind a report, by name: what went in, what came out, and every gradient.

    References that were not measured are NaN.
    """

    parameters: Arrays
    inputs: Arrays
    outputs: Arrays
    analytic: Arrays
    reference: Arrays
    uncertainty: Arrays


@dataclass(frozen=True)
class Suspect:
    """One explanation of everything that is wrong: a mistake of the catalogue, or several at once."""

    mistake: str
    title: str
    residual: float
    """What it leaves unexplained, relative to the difference."""
    formulas: tuple[tuple[str, str], ...]
    """Wrong and right, for each mistake."""
    partners: tuple[str, ...] = ()
    """The other mistakes that it needs."""
    apart: str | None = None
    """Where others explain as much: what to change so that they differ."""
    beyond: str | None = None
    """Where no change does that: what a target could do, as `returning the gradient of c0`."""


@dataclass(frozen=True)
class Location:
    """The first pre-activation, from the end, whose gradient is wrong; `measured` by a nudge of it alone."""

    layer: int
    reverse: bool
    time: int
    gate: str
    sequence: int
    unit: int
    analytic: float
    measured: float


@dataclass(frozen=True)
class Diagnosis:
    """What a failure looks like. Without suspects nothing known matched."""

    suspects: tuple[Suspect, ...] = ()
    location: Location | None = None
    note: str | None = None
    """Why there is nothing to tell, or what is known besides."""
    complete: bool = True
    """Whether the search came to its end."""


@dataclass(frozen=True)
class Match:
    """A forward pass that gives the target's outputs: its convention, and what else is different."""

    convention: Convention
    changes: tuple[str, ...]
    """In words, what differs from what was declared."""
    names: tuple[str, ...] = ()
    """Conventions of the table that are laid out so."""


@dataclass(frozen=True)
class Conformance:
    """Whether a target's forward pass is ours under the declared convention."""

    verdict: Verdict
    max_error: float
    """Largest difference of an output."""
    allowed: float
    """What rounding may do to that output."""
    declared: Convention
    matches: tuple[Match, ...] = ()
    where: str | None = None
    """The first output that differs, in the order in which they are computed."""
    note: str | None = None
    """Why there are no matches, where not everything was looked for."""


@dataclass(frozen=True)
class Purity:
    """Whether a target's functions depend on their arguments only, and leave them as they were."""

    problems: tuple[str, ...] = ()
    """What gives other numbers another time."""
    warnings: tuple[str, ...] = ()
    """What is careless, and does no harm here."""
    strict: bool = False
    """Whether that fails too."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.FAIL if self.problems or (self.strict and self.warnings) else Verdict.PASS


@dataclass(frozen=True)
class Coverage:
    """What was compared of all gradients. Names are those of arrays, of gates (`W_l0_f`) and of upstreams."""

    covered: tuple[str, ...]
    """Arrays that were checked, if not with all their gates."""
    missing: tuple[str, ...] = ()
    """What was asked for and did not come back."""
    not_asked: tuple[str, ...] = ()
    """Left out by `check.blocks`, without a place in the protocol, or upstreams that it does not take."""
    whole: tuple[str, ...] = ()
    """Blocks of which nothing is missing: what could be asked for instead."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.INCONCLUSIVE if self.missing else Verdict.PASS


@dataclass(frozen=True)
class TargetAnswers:
    """What is said of a target beside its gradients."""

    name: str
    """Of its file or module."""
    protocol: str
    conformance: Conformance | None
    """None where it shows no outputs."""
    purity: Purity
    precision: str
    """What it computes in: float64, float32."""
    judged_by_ours: bool = False
    """Whether our forward pass was measured in place of its own, which has fewer digits."""
    hidden: tuple[str, ...] = ()
    """Known mistakes that could hide in what is not covered."""
    notes: tuple[str, ...] = ()


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
    target: TargetAnswers | None = None
    """None where our own network was checked."""
    overflow: str | None = None
    """Where the forward pass first leaves the range of float64; None where it does not."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the gradient, the coverage and, with a target, of its conformance and purity."""
        return Verdict.worst(self.answers.values())

    @property
    def answers(self) -> dict[str, Verdict]:
        """The verdict on each question that was asked, by name."""
        found = {"gradient": self.gradient}
        if self.target and self.target.conformance:
            found["conformance"] = self.target.conformance.verdict
        if self.target:
            found["purity"] = self.target.purity.verdict
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
        return self.coverage.missing + self.coverage.not_asked

    @property
    def smallest_detectable_error(self) -> float:
        """The largest of what each gate could have missed, relative to the gate's scale."""
        return max(block.smallest_detectable_error for block in self.blocks)

    @property
    def worst(self) -> GateResult:
        """The gate to look at first: the most severe verdict, then the largest error."""
        order = list(Verdict).index
        return max(self.blocks, key=lambda b: (order(b.verdict), not b.rel_error < float("inf"), b.rel_error))

    def _repr_html_(self) -> str:
        # Only a notebook asks for this; nothing else here depends on how results are shown.
        from lstmcheck.report.run.html import fragment

        return fragment(self)


@dataclass(frozen=True)
class NotRun:
    """A configuration that could not be checked, and what was in the way."""

    name: str
    problems: tuple[Problem, ...]
    bug: str | None = None
    """The traceback, where it was a bug in lstmcheck."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.INCONCLUSIVE


Ran = Report | NotRun
"""What becomes of one configuration out of several."""
