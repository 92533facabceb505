"""Whether a target's functions depend on nothing but their arguments, and leave those as they were.

What gives other numbers the second time is harmful. What is only careless, as to overwrite an argument, to
add to the gradients of the call before or to keep one cache for all calls, is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.answers import Purity
from lstmcheck.lstm.parameters import INPUT_BLOCKS
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.reference.function import moved, random_direction
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.target import Target

ON_ONE_CACHE = "backward twice on one cache"
AGAIN = "running forward and backward a second time"
NOT_CONTIGUOUS = "running on tensors that are not contiguous"
STRIDES = "call .contiguous() on inputs and upstreams, or go by their strides"
AFTER_ANOTHER = "a later forward changes the cache of an earlier one: its backward"
UNAFFECTED = "the gradients that are judged come of a backward right after its forward"
"""Many a class keeps its cache as `self.cache`: harm where calls overlap, as in layers that share it."""
OTHERS_WITH_SAME_SEEDS = (
    ", others each time, with the same seeds too: something is kept from call to call,"
    " or random numbers come from a generator of its own"
)


@dataclass(frozen=True)
class Answers:
    """The first forward and backward pass of a target, and how pure they are."""

    ran: Pass
    returned: Returned
    purity: Purity
    added: tuple[str, ...] = ()
    """Arrays whose gradients it adds to those of earlier calls."""


@dataclass(frozen=True)
class _Repeated:
    """What a backward pass gave another time: gradients, or why there are none."""

    what: str
    returned: Returned | None
    fault: str = ""


def first_answers(target: Target) -> Answers:
    """Run a target forward and backward, several times over, and compare.

    The gradients are those of the first call: nothing has been added to them, or written over. Raises
    LstmcheckError for a target that cannot be run.
    """
    ran = target.session.forward(target.inputs, watched=True)
    returned = target.session.backward(target.upstream(ran), ran, watched=True)
    findings = _Findings(target, returned, warnings=list(returned.observed))
    findings.repeat(ran)
    purity = Purity(tuple(findings.problems), tuple(findings.warnings), target.section.strict)
    return Answers(ran, findings.returned, purity, tuple(findings.added))


class _Findings:
    """Collects what is not the same the second time."""

    def __init__(self, target: Target, returned: Returned, warnings: list[str]) -> None:
        self.target, self.returned, self.warnings = target, returned, warnings
        self.problems = list(returned.problems)
        self.added: list[str] = []

    def repeat(self, ran: Pass) -> None:
        """Once more, several times over."""
        again = self.target.session.forward(self.target.inputs)
        if different := _different(_outputs(ran), _outputs(again)):
            what = f"forward twice gives different outputs: {different}"
            self.problems.append(f"{what}{self._drift(ran, again)}")
            return
        # In this order: caches on a stack of the target's own are right while calls take turns.
        found = [
            self._backward(AGAIN, again),
            self._backward(ON_ONE_CACHE, again),
            self._backward(AFTER_ANOTHER, self._overtaken()),
        ]
        self._judge_faults(found)
        whole = [each for each in found if each.returned is not None and not self._used_up(each)]
        self._judge(whole)
        if self.target.section.capabilities.strides:
            self._spread(ran)

    def _spread(self, ran: Pass) -> None:
        """The same numbers in memory that is not contiguous: kernels that take no notice read others."""
        session, share = self.target.session, ran.precision.eps**0.5
        try:
            other = session.spread(self.target.inputs)
            found = session.backward(self.target.upstream(other), other)
        except EndedError:
            raise
        except LstmcheckError as error:
            problem = error.problems[0]
            self.warnings.append(f"{NOT_CONTIGUOUS} fails: {problem.where}: {problem.what.rstrip('.')}")
            return
        for what, one, two in (
            ("outputs", _outputs(ran), _outputs(other)),
            ("gradients", self.returned.arrays, found.arrays),
        ):
            apart = [name for name in one if not close(one[name], two[name], share)]
            if apart:
                self.problems.append(f"{NOT_CONTIGUOUS} gives other {what}: {', '.join(apart)} ({STRIDES})")
                return

    def _drift(self, *passes: Pass) -> str:
        """How a third forward pass differs from two that are not alike, and why."""
        session, arrays = self.target.session, self.target.inputs
        one, two, three = (_outputs(each) for each in (*passes, session.forward(arrays)))
        if any(not _differs(two, three, name) for name in two if _differs(one, two, name)):
            return ""
        if all(close(two[name] - one[name], three[name] - two[name]) for name in one):
            return ", by as much each time: something is kept from call to call"
        if _different(*(_outputs(session.seeded(arrays)) for _ in range(2))):
            return OTHERS_WITH_SAME_SEEDS
        return ", others each time, but for the same seeds the same: random numbers (is there dropout in it?)"

    def _overtaken(self) -> Pass:
        """A forward pass with another after it."""
        ran = self.target.session.forward(self.target.inputs)
        elsewhere = moved(self.target.arrays, random_direction(self.target, 0, "another"), 1.0)
        self.target.session.forward(self.target.given(elsewhere))
        return ran

    def _backward(self, what: str, ran: Pass) -> _Repeated:
        try:
            return _Repeated(what, self.target.session.backward(self.target.upstream(ran), ran))
        except EndedError:
            raise
        except LstmcheckError as error:
            problem = error.problems[0]
            return _Repeated(what, None, f"{problem.where}: {problem.what.rstrip('.')}")

    def _judge_faults(self, found: list[_Repeated]) -> None:
        for each in found:
            if each.returned is None:
                self._note(each, f"{each.what} fails: {each.fault}")

    def _note(self, again: _Repeated, what: str) -> None:
        """A problem, where the gradients that are judged are affected."""
        if again.what == AFTER_ANOTHER:
            self.warnings.append(f"{what}; {UNAFFECTED}")
        elif again.what == ON_ONE_CACHE and again.returned is None:
            self.warnings.append(what)
        else:
            self.problems.append(what)

    def _used_up(self, again: _Repeated) -> bool:
        """Whether the same cache gave no gradient of any parameter: there are no steps left in it."""
        first, found = self.returned.arrays, again.returned
        if again.what != ON_ONE_CACHE or found is None or found.arrays.keys() != first.keys():
            return False
        parameters = [name for name in first if name not in INPUT_BLOCKS and first[name].any()]
        if not parameters or any(found.arrays[name].any() for name in parameters):
            return False
        self.warnings.append("backward uses up its cache: on the same one again it gives zeros")
        return True

    def _judge(self, found: list[_Repeated]) -> None:
        """Gradients that are others than the first: added up, drawn at random, or otherwise."""
        passes = [self.returned, *(each.returned for each in found if each.returned is not None)]
        if any(each.arrays.keys() != self.returned.arrays.keys() for each in passes):
            self.problems.append("backward returns other gradients from call to call")
            return
        differ = [name for name in self.returned.arrays if not _all_equal([p.arrays[name] for p in passes])]
        added = {name: fresh for name in differ if (fresh := _added_up(passes, name)) is not None}
        self.added = list(added)
        if added:
            self.warnings.append(
                f"backward adds the gradients of {', '.join(added)} to those of earlier calls"
            )
            self.returned = replace(self.returned, arrays={**self.returned.arrays, **added})
        begun = [name for name in differ if name not in added and _increment(_last(passes, name)) is not None]
        if begun:
            what = "backward adds to what earlier calls left, and does not begin at zero"
            self.problems.append(f"{what}: {', '.join(begun)}")
        others = [name for name in differ if name not in added and name not in begun]
        self._distinguish(found, others)

    def _distinguish(self, found: list[_Repeated], names: list[str]) -> None:
        """What gave other gradients, by what had been done before."""
        if not names:
            return
        first = self.returned.arrays
        passes = [first, *(each.returned.arrays for each in found if each.returned)]
        if len(passes) > 2 and _all_differ([[arrays[name] for name in names] for arrays in passes]):
            why = "random numbers, or something that is kept from call to call"
            self.problems.append(f"backward gives different gradients each time ({why}): {', '.join(names)}")
            return
        for each in found:
            assert each.returned is not None
            if different := _different({n: first[n] for n in names}, each.returned.arrays):
                self._note(each, f"{each.what} gives different gradients: {different}")


def _added_up(passes: list[Returned], name: str) -> Numbers | None:
    """One call's own gradient, where each pass has added it to what was there; None for anything else."""
    own = _last(passes, name)
    if _all_equal(own):
        return None
    times = [_multiple(array, own[0]) for array in own[1:]]
    if all(times) and max(times) > 1:
        return own[0]
    # Used before, it begins at a whole number of them; what begins at anything else is wrong.
    increment = _increment(own)
    return increment if increment is not None and _multiple(own[0], increment) else None


def _last(passes: list[Returned], name: str) -> list[Numbers]:
    """What the last step of each pass returned: of steps that add up, all of it."""
    return [each.last.get(name, each.arrays[name]) for each in passes]


def _increment(own: list[Numbers]) -> Numbers | None:
    """By how much each call's numbers differ from those before, if that is always the same."""
    first, *others = (b - a for a, b in pairwise(own))
    return first if others and first.any() and all(close(each, first) for each in others) else None


def _multiple(array: Numbers, unit: Numbers) -> int:
    """How many times another an array is, 1, 2, 3 …; 0 where it is no such multiple."""
    size, share = float(np.vdot(unit, unit)), float(np.vdot(unit, array))
    if not (0 < size < np.inf and np.isfinite(share / size)):
        return 0
    times = round(share / size)
    return times if times >= 1 and close(array, times * unit) else 0


def close(one: Numbers, other: Numbers, share: float = float(np.finfo(np.float32).eps)) -> bool:
    """To half of the digits: sums round."""
    if np.array_equal(one, other, equal_nan=True):
        return True
    allowed = share * max(float(np.abs(one).max(initial=0)), np.finfo(float).tiny)
    return bool((np.abs(one - other) <= allowed).all())


def _outputs(ran: Pass) -> Arrays:
    if ran.outputs is None:
        return {"loss": np.asarray(ran.loss)}
    return ran.outputs._asdict()


def _differs(one: Arrays, other: Arrays, name: str) -> bool:
    return not np.array_equal(one[name], other[name], equal_nan=True)


def _all_equal(arrays: list[Numbers]) -> bool:
    return all(np.array_equal(arrays[0], each, equal_nan=True) for each in arrays[1:])


def _all_differ(passes: list[list[Numbers]]) -> bool:
    """Whether no two of them are the same."""
    pairs = ((a, b) for k, a in enumerate(passes) for b in passes[:k])
    return all(not all(np.array_equal(p, q) for p, q in zip(a, b, strict=True)) for a, b in pairs)


def _different(one: Arrays, other: Arrays) -> str:
    """Names of arrays that are not the same to the last bit, and by how much they differ."""
    names = [name for name in one if _differs(one, other, name)]
    apart = max((float(np.abs(one[name] - other[name]).max()) for name in names), default=0.0)
    return f"{', '.join(names)} (by up to {apart:.1e})" if names else ""
