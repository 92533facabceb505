"""How a target is asked once more: one forward and one backward pass at a time, compared but for rounding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import tolerance
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays, Floats, Numbers
from lstmcheck.reference.rounding import scope_maxima
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.target import Target
from lstmcheck.tolerances.noise import IMPRECISE


class NotAskedError(Exception):
    """There is nothing that could be asked; the message says why."""


@dataclass
class Found:
    """What came out of asking. `problems` fail, `warnings` do so where that is asked for."""

    told: str = ""
    """What is so where there are none of either."""
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def accuse(self, what: str, *, harmful: bool) -> None:
        """A problem, or a warning."""
        (self.problems if harmful else self.warnings).append(what)


@dataclass(frozen=True)
class Answer:
    """A forward pass, and the gradients of a backward pass after it."""

    ran: Pass
    upstream: Outputs
    gradients: Arrays


@dataclass(frozen=True)
class Asking:
    """A target that gives the same numbers when it is asked the same."""

    target: Target
    """Its loss is not multiplied by anything."""
    shares: Mapping[str, float]
    """By array, what rounding may take of a gate's largest gradient."""
    eps: float
    """Of the precision that it computes in."""
    conforms: bool
    """Whether its forward pass is ours, so that it is known what it is meant to be."""

    @property
    def case(self) -> Case:
        return self.target.case

    def at(self, case: Case) -> Target:
        """The same target, asked about another case."""
        return replace(self.target, case=case)

    def run(self, case: Case | None = None, upstream: Outputs | None = None) -> Answer:
        """Forward and backward at a case, by default the first; the upstream is that of its loss by default.

        A pair of its own each time: caches may be used up, or kept by the object. Raises LstmcheckError.
        """
        at = self.target if case is None else self.at(case)
        ran = at.session.forward(at.inputs)
        given = at.upstream(ran) if upstream is None else upstream
        return Answer(ran, given, at.session.backward(given, ran).arrays)

    @cached_property
    def first(self) -> Answer:
        """At the case of the check."""
        return self.run()

    @property
    def rtol(self) -> float:
        """Share of its scale by which a gradient may be off: lost precision is no behaviour."""
        wanted = float(self.target.config.check.rtol)
        return max(wanted, self.eps**IMPRECISE) if self.first.ran.precision.is_low else wanted

    def differing(
        self,
        got: Arrays,
        wanted: Arrays,
        sizes: Arrays | None = None,
        *,
        case: Case | None = None,
        floor: float = 0.0,
    ) -> dict[str, float]:
        """Arrays that are not the same but for rounding → by which share of their largest entry.

        `sizes`: what was added up to get there, in absolute values; unless given the wanted arrays. `floor`:
        what is below does not count.
        """
        sizes = wanted if sizes is None else sizes
        found = {}
        for info in (case or self.case).infos:
            if (name := info.name) in got and name in wanted:
                off, size = (scope_maxima(info, a) for a in (got[name] - wanted[name], sizes[name]))
                if self._beyond(off, size, self.shares[name], floor) or _lost(got[name], wanted[name]):
                    found[name] = float(np.max(off)) / max(float(np.max(size)), np.finfo(float).tiny)
        return found

    def _beyond(self, off: Floats, size: Floats, share: float, floor: float) -> bool:
        with np.errstate(invalid="ignore"):
            allowed = tolerance(size, self.rtol, share * size) + self.eps * size.max() + floor
            return bool((off > allowed).any())


def _lost(got: Numbers, wanted: Numbers) -> bool:
    """Whether something is not finite that should be."""
    return bool((np.isfinite(wanted) & ~np.isfinite(got)).any())


def said(error: LstmcheckError) -> str:
    """What the target did wrong, within a sentence."""
    return error.problems[0].what.rstrip(".")


def listed(differing: Mapping[str, float]) -> str:
    """`W_l0, b_l0 (off by up to 9.9e-01 of their size)`."""
    shares = list(differing.values())
    if not np.isfinite(shares).all():
        return f"{', '.join(differing)} (not finite)"
    whose = "its" if len(shares) == 1 else "their"
    return f"{', '.join(differing)} (off by up to {max(shares):.1e} of {whose} size)"


def times(factor: float, arrays: Arrays) -> dict[str, Numbers]:
    """All arrays, multiplied."""
    return {name: factor * array for name, array in arrays.items()}
