"""Whether a target's functions depend on nothing but their arguments, and leave those as they were.

What gives other numbers the second time is harmful. What is only careless, as to overwrite an argument, to
add to the gradients of the call before or to keep one cache for all calls, is a warning.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.target_answers import Purity
from lstmcheck.lstm.parameters import INPUT_BLOCKS
from lstmcheck.lstm.precision import Precision
from lstmcheck.lstm.types import Arrays
from lstmcheck.reference.loss_function import moved, random_direction
from lstmcheck.targets.accumulated import added_up, adds_each_time
from lstmcheck.targets.protocols import Pass, Returned
from lstmcheck.targets.rounding_room import room
from lstmcheck.targets.running.faults import EndedError
from lstmcheck.targets.same_numbers import all_differ, all_equal, close, different, differs
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
        if apart := different(_outputs(ran), _outputs(again)):
            what = f"forward twice gives different outputs: {apart}"
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
        session = self.target.session
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
            if apart := self._apart(one, two, ran.precision):
                self.problems.append(f"{NOT_CONTIGUOUS} gives other {what}: {', '.join(apart)} ({STRIDES})")
                return

    def _apart(self, one: Arrays, two: Arrays, precision: Precision) -> list[str]:
        """What is off by more than half of the digits, and by more than rounding does to this network."""
        apart = [name for name in one if not close(one[name], two[name], precision.eps**0.5)]
        if not apart:
            return apart
        with np.errstate(all="ignore"):
            shares = room(self.target.case.at_scale_one(), self.target.config.seed, precision)
        return [name for name in apart if not close(one[name], two[name], shares.get(name, 0))]

    def _drift(self, *passes: Pass) -> str:
        """How a third forward pass differs from two that are not alike, and why."""
        session, arrays = self.target.session, self.target.inputs
        one, two, three = (_outputs(each) for each in (*passes, session.forward(arrays)))
        if any(not differs(two, three, name) for name in two if differs(one, two, name)):
            return ""
        if all(close(two[name] - one[name], three[name] - two[name]) for name in one):
            return ", by as much each time: something is kept from call to call"
        if different(*(_outputs(session.seeded(arrays)) for _ in range(2))):
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
        differ = [name for name in self.returned.arrays if not all_equal([p.arrays[name] for p in passes])]
        added = {name: fresh for name in differ if (fresh := added_up(passes, name)) is not None}
        self.added = list(added)
        if added:
            self.warnings.append(
                f"backward adds the gradients of {', '.join(added)} to those of earlier calls"
            )
            self.returned = replace(self.returned, arrays={**self.returned.arrays, **added})
        begun = [name for name in differ if name not in added and adds_each_time(passes, name)]
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
        if len(passes) > 2 and all_differ([[arrays[name] for name in names] for arrays in passes]):
            why = "random numbers, or something that is kept from call to call"
            self.problems.append(f"backward gives different gradients each time ({why}): {', '.join(names)}")
            return
        for each in found:
            assert each.returned is not None
            if apart := different({n: first[n] for n in names}, each.returned.arrays):
                self._note(each, f"{each.what} gives different gradients: {apart}")


def _outputs(ran: Pass) -> Arrays:
    if ran.outputs is None:
        return {"loss": np.asarray(ran.loss)}
    return ran.outputs._asdict()
