"""The objects of which the JSON of a run consists."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from lstmcheck.config.choices import BehaviourName, Reference
from lstmcheck.conventions.table import Joined, Split, Weights
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.spec import Bias
from lstmcheck.report.json_model import Count, Document, Head, Number, Seconds

Letter = Literal["i", "f", "g", "o"]


class Entry(Document):
    index: Annotated[list[Count], Field(description="within the gate")]
    analytic: Number
    reference: Number
    uncertainty: Number


class Wrong(Document):
    """The entries of a gate that are off by more than their tolerance."""

    count: Count
    axes: Annotated[list[str], Field(description="what the axes of the gate are called")]
    positions: Annotated[list[list[Count]], Field(description="along each axis, where some entry is off")]
    errors: Annotated[
        list[list[Number]],
        Field(description="the largest of each part of the gate, beside its scale; 0: within tolerance"),
    ]


class Gate(Document):
    """One gate of one array, or an array that has no gates."""

    array: Annotated[str, Field(description="name of the array in files")]
    block: Literal["W", "U", "b", "b_ih", "b_hh", "p", "R", "x", "h0", "c0"]
    layer: Count | None
    reverse: bool
    gate: Letter | None
    shape: Annotated[list[Count], Field(description="of the gate")]
    entries: Count
    method: Annotated[Literal["entries", "directions"], Field(description="entry by entry, or as a whole")]
    directions: Annotated[Count, Field(description="random directions along which it was judged")]
    miss_probability: Annotated[
        Number, Field(description="that an entry is off by more than rel_error; null: by entries")
    ]
    passed: Count
    failed: Count
    inconclusive: Count
    unmeasurable: Count
    resolved: Annotated[Count, Field(description="entries in whose place zeros would not have passed")]
    max_abs_error: Number
    rel_error: Annotated[
        Number,
        Field(
            description="of the worst entry, relative to its gate's scale, its step's of x, its cell's of h0"
            " and c0; by directions a bound on all entries"
        ),
    ]
    uncertainty: Annotated[Number, Field(description="of the worst entry's reference, relative as rel_error")]
    tolerance: Annotated[Number, Field(description="that judged the worst entry, relative as rel_error")]
    scale: Annotated[Number, Field(description="largest reference of the gate")]
    verdict: Verdict
    worst: Entry
    wrong: Annotated[Wrong | None, Field(description="null: it does not fail, or not all entries are known")]
    note: str | None


class Suspect(Document):
    mistake: str
    title: str
    residual: Annotated[float, Field(ge=0, description="what is left over of the difference")]
    partners: Annotated[list[str], Field(alias="with", description="other mistakes that are there at once")]
    wrong: list[str]
    right: list[str]
    equal: Annotated[list[str], Field(description="what explains as much on this configuration")]
    apart: Annotated[str | None, Field(description="the keys that would tell them apart")]
    beyond: Annotated[str | None, Field(description="what a target could return to that end")]
    cells: Annotated[list[str], Field(description="those that make it, `l1_reverse`, if others do not")]
    look: Annotated[list[str], Field(description="the lines of a backward pass that make it, in words")]
    partial: Annotated[bool, Field(description="whether it explains some of what is wrong only")]
    explains: Annotated[list[str], Field(description="the gradients that it explains, where not all")]
    unexplained: Annotated[list[str], Field(description="the others")]


class ChangedLine(Document):
    """An expression of a target's source, and a change of it that helps."""

    file: str
    line: Count
    column: Annotated[Count, Field(description="of its first character, from 1")]
    end_column: Annotated[Count, Field(description="behind its last character of that line")]
    source: Annotated[str, Field(description="the line as it stands")]
    suggestion: Annotated[str, Field(description="the line as it would read, which was tried")]


class WrongLine(ChangedLine):
    """The smallest expression of a target's source that is wrong while all that it reads is right."""

    part: Literal["backward", "forward"]
    computes: Annotated[str | None, Field(description="in letters of the derivation; null: it has no name")]
    belongs: Annotated[str | None, Field(description="what should be there, in the same letters")]
    settles: Annotated[bool, Field(description="with it and all other suggestions the results were right")]
    alternatives: Annotated[
        list[ChangedLine],
        Field(description="changed in its place, they do as much: one of all is wrong"),
    ]


class Location(Document):
    layer: Count
    reverse: bool
    time: Count
    gate: Letter
    sequence: Count
    unit: Count
    analytic: Number
    measured: Number


class WrongTerm(Document):
    name: Annotated[str, Field(description="a term of the equations, or an array")]
    index: list[Count]
    analytic: Number | None
    right: Number | None


class Asked(Document):
    question: Annotated[str, Field(description="one step of one sequence, d_c alone")]
    wrong: list[WrongTerm]
    right: list[str]


class Layout(Document):
    name: str
    gates: str
    weights: Weights
    joined: Joined
    bias: Bias
    forget_offset: float
    split: Split


class Match(Layout):
    changes: list[str]
    names: list[str]
    keys: Annotated[
        dict[str, Any] | None, Field(description="of a configuration that declares it so; null: none does")
    ]


class Conformance(Document):
    verdict: Verdict
    max_error: Annotated[Number, Field(description="largest difference of an output")]
    allowed: Annotated[Number, Field(description="what rounding may do to it")]
    declared: Layout
    matches: Annotated[list[Match], Field(description="what gives the target's outputs instead")]
    where: Annotated[str | None, Field(description="the first output that differs")]
    note: Annotated[str | None, Field(description="what no explanation was looked for")]


class Purity(Document):
    verdict: Verdict
    problems: Annotated[list[str], Field(description="what gives other numbers another time")]
    warnings: Annotated[list[str], Field(description="what is careless, and fails if target.strict")]


class Behaviour(Document):
    """One thing that a target does when it is asked otherwise than a check asks it."""

    check: BehaviourName
    verdict: Annotated[Verdict | None, Field(description="null: it could not be asked")]
    told: Annotated[str, Field(description="the whole answer, in words")]
    problems: Annotated[list[str], Field(description="what no right backward pass does")]
    warnings: Annotated[list[str], Field(description="what a right one may do, and fails if target.strict")]


class Coverage(Document):
    verdict: Verdict
    covered: list[str]
    missing: Annotated[
        list[str], Field(description="asked for and did not come back: arrays, or gates as W_l0_f")
    ]
    not_covered: Annotated[
        list[str], Field(description="missing, left out, not reached, or without a place in the protocol")
    ]
    not_reached: Annotated[
        list[str], Field(description="left unmeasured when the check was ended early: arrays, or gates")
    ]


class Target(Document):
    name: str
    protocol: str
    precision: str
    gradient: Verdict
    hidden_mistakes: Annotated[list[str], Field(description="what could hide in what is not covered")]
    notes: list[str]


class Summary(Document):
    entries: Count
    total: Annotated[Count, Field(description="entries of the checked gates, with those that were left out")]
    passed: Count
    failed: Count
    inconclusive: Count
    unmeasurable: Count
    smallest_detectable_error: Number


class MethodEntries(Document):
    central: Count
    richardson: Count
    complex: Count


class Method(Document):
    reference: Reference
    step: Annotated[Number, Field(description="median of the steps chosen")]
    noise: Number
    evaluations: Count
    directions: Annotated[Count, Field(description="the most of any gate; 0: all were judged by entries")]
    miss_probability: Annotated[
        Number, Field(description="that a bound of some gate does not hold; null: there are none")
    ]
    complex_step_trusted: bool
    entries: MethodEntries


class Timing(Document):
    seconds: Seconds


class Run(Head):
    """One configuration's report."""

    command: Literal["run"] = "run"
    name: str
    config: Annotated[dict[str, Any], Field(description="the configuration, defaults filled in")]
    seed: Count
    verdict: Verdict
    summary: Summary
    blocks: Annotated[list[Gate], Field(min_length=1)]
    conformance: Conformance | None
    purity: Purity | None
    behaviour: Annotated[list[Behaviour] | None, Field(description="of a target, as target.behaviour asks")]
    coverage: Coverage
    target: Target | None
    diagnosis: Annotated[list[Suspect] | None, Field(description="best first; null: not looked")]
    diagnosed_as: Annotated[
        dict[str, Any] | None, Field(description="keys under which it holds, where those declared do not")
    ]
    tried: Annotated[list[str], Field(description="what a diagnosis has looked through in vain")]
    localisation: Location | None
    lines: Annotated[list[WrongLine], Field(description="of the target's source, in its order")]
    asked: Annotated[Asked | None, Field(description="the easiest question that shows what has no name")]
    method: Method
    timing: Timing
    error: Annotated[None, Field(description="an object where nothing could be run")] = None
    environment: dict[str, str]


class Problem(Document):
    what: str
    where: Annotated[str | None, Field(description="file:line:column, an option, a key")]
    remedy: str | None


class RunThatFailed(Head):
    """What was in the way of a configuration."""

    command: Literal["run"] = "run"
    name: str
    verdict: Literal[Verdict.INCONCLUSIVE]
    error: Problem
    problems: Annotated[list[Problem], Field(min_length=1, description="all of them")]


class Several(Head):
    """Several configurations, and the worst verdict."""

    command: Literal["run"] = "run"
    verdict: Verdict
    reports: Annotated[list[Run | RunThatFailed], Field(min_length=2)]
