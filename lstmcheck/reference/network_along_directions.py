"""Copies of our network, each with a whole gate moved along a direction, run as one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from lstmcheck.lstm.forward import Outputs, Trace, run_layers
from lstmcheck.lstm.types import Floats, Numbers
from lstmcheck.reference.cell_along_directions import CellAlongDirections, Move
from lstmcheck.reference.directions import Directions, Slopes
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.tolerances.precision import COMPLEX_STEP

ROWS = 96
"""Copies times sequences in one run, where the network is too large for the cache: each reads all of it."""
NUMBERS = 2**25
"""Of the directions that one portion holds at once, unless a single gate has more."""
Read = Callable[[Outputs], Floats]
"""What the loss has of each copy, or of each pair."""


class NetworkAlongDirections:
    """Derivatives of our own loss along whole directions, counted with those of a network's entries.

    In portions that its threads share: each is of the parameters of one cell, of the inputs, or of a state.
    """

    def __init__(self, network: NudgedNetwork) -> None:
        self.network, self.case, self.base = network, network.case, network.base

    def central_along(self, asked: Sequence[Directions], steps: Floats) -> list[Slopes]:
        """(L(θ + s·u) − L(θ − s·u)) / 2s for each of `steps` times the unit of the gate."""
        return self._in_portions(asked, steps, np.array([1, -1]), self._differences)

    def complex_along(self, asked: Sequence[Directions]) -> list[Slopes]:
        """Im L(θ + is·u) / s."""
        return self._in_portions(asked, np.array([COMPLEX_STEP]), np.array([1j]), self._imaginary_parts)

    def _differences(self, outputs: Outputs) -> Floats:
        """Of copies that stand in pairs, one for each side: (N/2,)."""
        plus, minus = (Outputs(*(q[:, side::2] for q in outputs)) for side in (0, 1))
        return np.asarray(self.case.loss.difference(plus, minus).sum(-1))

    def _imaginary_parts(self, outputs: Outputs) -> Floats:
        return np.asarray(self.case.loss.value(outputs).sum(-1).imag)

    def _in_portions(
        self, asked: Sequence[Directions], steps: Floats, sides: Numbers, read: Read
    ) -> list[Slopes]:
        def measured(portion: Sequence[Directions]) -> list[Slopes]:
            return self._measured(portion, steps, sides, read)

        copies = len(steps) * len(sides)
        portions = list(self._portions(asked, copies))
        pool = self.network.pool
        found: list[Slopes] = []
        for portion, seen in zip(portions, (pool.map if pool else map)(measured, portions), strict=True):
            found += seen
            self.network.count(copies * sum(each.count for each in portion))
        return found

    def _portions(self, asked: Sequence[Directions], copies: int) -> Iterator[list[Directions]]:
        """Cuts that do not depend on the number of threads, with so many copies for each direction."""
        for _, group in groupby(asked, key=_place):
            portion: list[Directions] = []
            for each in group:
                together = [*portion, each]
                too_many = copies * sum(d.count for d in together) > self._copies_at_once()
                if portion and (too_many or sum(map(_numbers, together)) > NUMBERS):
                    yield portion
                    together = [each]
                portion = together
            yield portion

    def _copies_at_once(self) -> int:
        return max(1, self.network.rows(ROWS) // len(self.case.arrays["x"][0]))

    # What overflows is told by the verdict. Each thread has error handling of its own.
    @np.errstate(all="ignore")
    def _measured(
        self, portion: Sequence[Directions], steps: Floats, sides: Numbers, read: Read
    ) -> list[Slopes]:
        drawn = [each.drawn() for each in portion]
        directions = sum(each.count for each in portion)
        at_once = max(1, self._copies_at_once() // (len(sides) * directions))
        derivatives: list[list[Floats]] = [[] for _ in portion]
        for begin in range(0, len(steps), at_once):
            those = [steps[begin : begin + at_once] * each.claim.unit for each in portion]
            moves = _moves(portion, [u for u, _ in drawn], [np.outer(s, sides).ravel() for s in those])
            numbers = read(self._run(moves))
            for each, s, found in zip(portion, those, derivatives, strict=True):
                mine, numbers = np.split(numbers, [each.count * len(s)])
                found.append(mine.reshape(each.count, len(s)).T / (len(sides) * s[:, None]))
        return [Slopes(np.concatenate(d), along) for d, (_, along) in zip(derivatives, drawn, strict=True)]

    def _run(self, moves: Sequence[Move]) -> Outputs:
        count, dtype = moves[-1].copies.stop, moves[-1].steps.dtype
        cells = dict(self.base.cells)
        kept = dict(self.base.runs)
        for key, cell in self.base.cells.items():
            if moves[0].reaches(key):
                x, read = self.base.layer_input(key[0]), self.network.read[key]
                cells[key] = CellAlongDirections(cell, moves, x, read, count, dtype, self.network.workspace())
                del kept[key]
        trace = Trace(self.base.spec, self.base.x, self.base.valid, cells, kept)
        states = (self._states(moves, block, count) for block in ("h0", "c0"))
        return run_layers(trace, *states, keep=False).outputs

    def _states(self, moves: Sequence[Move], block: str, count: int) -> list[Numbers]:
        """The initial states of every cell (B, ·), or (N, B, ·) where they are moved."""
        states = self.case.arrays[block]
        mine = [move for move in moves if move.info.block == block]
        if not mine:
            return list(states)
        own = np.repeat(states[None], count, axis=0).astype(mine[0].steps.dtype)
        for move in mine:
            own[(move.copies, *move.box)] += move.shift()
        return list(own.swapaxes(0, 1))


def _place(asked: Directions) -> tuple[str, int | None, bool]:
    """Directions of the same place can be run together."""
    info = asked.claim.info
    return (info.block if info.layer is None else "", info.layer, info.reverse)


def _numbers(asked: Directions) -> int:
    return asked.count * asked.claim.gradient[asked.box].size


def _moves(
    portion: Sequence[Directions], directions: Sequence[Floats], steps: Sequence[Numbers]
) -> list[Move]:
    moves, begin = [], 0
    for each, u, s in zip(portion, directions, steps, strict=True):
        copies = slice(begin, begin + len(u) * len(s))
        moves.append(Move(each.claim.info, each.claim.row, each.box, u, s, copies))
        begin = copies.stop
    return moves
