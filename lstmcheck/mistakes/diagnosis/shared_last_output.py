"""A loss that reads the last h beside y: how its gradient is shared between d_y and d_h nobody can measure.

The right gradients are the same for every share. Those of a mistake that treats both otherwise are not, and
depend linearly on it: the share is solved for, mistake by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Floats
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake

Place = tuple[int, int, int]
"""A direction, a sequence, a unit of the last layer's h."""


def find_with_shares(
    replay: Replay, mistakes: Sequence[Mistake], wanted: Floats, match: float, *, of_another_loss: bool
) -> list[Explanation]:
    """The mistakes that give the wanted difference for some share between d_y and d_h.

    `of_another_loss`: whether the gradients are those of another loss. Then what explains any change of the
    last outputs' gradients explains nothing.
    """
    places = list(np.ndindex(*_shape(replay)))
    if 2 * len(places) > len(wanted):
        return []
    return best_group(_explanations(replay, mistakes, wanted, places, match, of_another_loss), match)


def _explanations(
    replay: Replay,
    mistakes: Sequence[Mistake],
    wanted: Floats,
    places: Sequence[Place],
    match: float,
    of_another_loss: bool,
) -> Iterator[Explanation]:
    random = np.random.default_rng(0).standard_normal(_shape(replay))
    for mistake in mistakes:
        with np.errstate(all="ignore"):
            none, some = (_difference(replay, mistake, share) for share in (0 * random, random))
            if not np.isfinite(none).all() or np.abs(some - none).max() <= match * np.abs(wanted).max():
                continue
            columns = [_difference(replay, mistake, _unit(random, place)) - none for place in places]
        system = np.stack(columns, axis=1)
        share, _, rank, _ = np.linalg.lstsq(system, wanted - none, rcond=None)
        if of_another_loss and rank == len(places):
            continue
        yield Explanation((mistake,), residual(wanted, none + system @ share))


def _shape(replay: Replay) -> Place:
    spec = replay.case.spec
    return spec.directions, replay.upstream.h_T.shape[1], spec.output_size


def _unit(like: Floats, place: Place) -> Floats:
    unit = np.zeros_like(like)
    unit[place] = 1
    return unit


def _difference(replay: Replay, mistake: Mistake, share: Floats) -> Floats:
    """What a mistake changes where `share` (directions, B, P) of d_y arrives as d_h."""
    y, h_T = replay.upstream.y.copy(), replay.upstream.h_T.copy()
    h_T[-len(share) :] += share
    width, lengths = share.shape[2], replay.case.lengths
    ends = np.full(share.shape[1], len(y)) if lengths is None else lengths
    for direction, mine in enumerate(share):
        steps = 0 * ends if direction else ends - 1
        y[steps, np.arange(len(ends)), direction * width : (direction + 1) * width] -= mine
    upstream = Outputs(y, h_T, replay.upstream.c_T)
    return replay.flat(mistake.backward(replay.trace).gradients(upstream)) - replay.flat_right
