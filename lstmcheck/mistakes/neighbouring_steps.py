"""Which step of a cell comes before and after another: mistakes are made at the ends."""

from __future__ import annotations

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Flags


def steps_of(b: Backward, s: Step) -> tuple[Step, ...]:
    """All steps of the cell that s belongs to, in the order of the forward pass."""
    return b.trace.runs[s.cell.key].steps


def neighbour(b: Backward, s: Step, distance: int) -> Step | None:
    """The step that the forward pass took `distance` steps later (negative: earlier), None beyond an end."""
    steps = steps_of(b, s)
    # The reverse direction begins at the last time.
    position = (len(b.trace.x) - 1 - s.t if s.cell.key[1] else s.t) + distance
    by_time = {step.t: step for step in steps}
    t = len(b.trace.x) - 1 - position if s.cell.key[1] else position
    return by_time.get(t)


def is_first(b: Backward, s: Step) -> bool:
    """Whether the cell took this step first: the backward pass comes to it last."""
    return neighbour(b, s, -1) is None


def is_last(b: Backward, s: Step) -> bool:
    """Whether the cell took this step last: the backward pass begins with it."""
    return neighbour(b, s, 1) is None


def followed(b: Backward, s: Step) -> Flags | bool:
    """Where a step of the same sequence follows, so that d_h and d_c come from it and not from the loss."""
    following = neighbour(b, s, 1)
    if following is None:
        return False
    return True if following.valid is None else following.valid
