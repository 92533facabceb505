"""Answers to what is asked beside the gradient: is it an LSTM, is it pure, did everything come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lstmcheck.conventions.table import Convention
from lstmcheck.judge.verdict import Verdict


@dataclass(frozen=True)
class Match:
    """A forward pass that gives the target's outputs: its convention, and what else is different."""

    convention: Convention
    changes: tuple[str, ...]
    """In words, what differs from what was declared."""
    names: tuple[str, ...] = ()
    """Conventions of the table that are laid out so."""
    keys: Mapping[str, Any] | None = None
    """Of a configuration that declares it so, dotted, with their values; None where none do."""


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
class Behaviour:
    """One thing that a target's functions do when they are asked otherwise than a check asks them."""

    check: str
    """Its name, as in `target.behaviour`."""
    told: str
    """What is so where nothing is wrong; or why it was not asked."""
    problems: tuple[str, ...] = ()
    """What no right backward pass does."""
    warnings: tuple[str, ...] = ()
    """What a right one may do."""
    asked: bool = True
    strict: bool = False
    """Whether that fails too."""

    @property
    def verdict(self) -> Verdict | None:
        """None where it was not asked."""
        if not self.asked:
            return None
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
    not_reached: tuple[str, ...] = ()
    """What was not measured when the check was ended early."""

    @property
    def verdict(self) -> Verdict:
        return Verdict.INCONCLUSIVE if self.missing or self.not_reached else Verdict.PASS


@dataclass(frozen=True)
class TargetAnswers:
    """What is said of a target beside its gradients."""

    name: str
    """Of its file or module."""
    protocol: str
    conformance: Conformance | None
    """None where it shows no outputs."""
    purity: Purity | None
    """None where no functions were called."""
    behaviour: tuple[Behaviour, ...]
    precision: str
    """What it computes in: float64, float32."""
    judged_by_ours: bool = False
    """Whether our forward pass was measured in place of its own, which has fewer digits."""
    hidden: tuple[str, ...] = ()
    """Known mistakes that could hide in what is not covered."""
    notes: tuple[str, ...] = ()
