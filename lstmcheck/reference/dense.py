"""Copies of our network, each with a whole gate moved along a direction, run as one batch.

All copies share the product with the unmoved matrix, which is what takes the time; each adds what its own
direction makes of its own states. A direction is read once for all the steps along it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from lstmcheck.lstm.forward import Cell, CellKey, Outputs, Trace, run_layers
from lstmcheck.lstm.gates import peephole_row
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import DType, Floats, Numbers
from lstmcheck.reference.directions import Box, Directions, Seen
from lstmcheck.reference.evaluate import NudgedNetwork
from lstmcheck.reference.nudge import NudgedCell, Workspace
from lstmcheck.tolerances.precision import COMPLEX_STEP

ROWS = 96
"""Copies times sequences in one run, where the network is too large for the cache: each reads all of it."""
NUMBERS = 2**25
"""Of the directions that one portion holds at once, unless a single gate has more."""
Read = Callable[[Outputs], Floats]
"""What the loss has of each copy, or of each pair."""


@dataclass(frozen=True)
class Move:
    """Copies that move a box of one row of an array by each of `steps` along each of `directions`."""

    info: ArrayInfo
    row: int
    box: Box
    directions: Floats
    """(K, …), with the shape of the box behind it."""
    steps: Numbers
    """(S,)."""
    copies: slice
    """Their places among all copies: direction by direction, K·S."""

    def is_of(self, key: CellKey) -> bool:
        """Whether a cell reads the array."""
        if self.info.block == "x":
            return key[0] == 0
        return key == (self.info.layer, self.info.reverse)

    def reaches(self, key: CellKey) -> bool:
        """Whether the states of a cell are other than without the move."""
        return self.info.layer is None or self.is_of(key) or key[0] > self.info.layer

    def shift(self) -> Numbers:
        """By how much copies differ from the box, (K·S, …)."""
        return self.stepped(self.directions)

    def of_shared(self, states: Numbers) -> Numbers:
        """What the directions make of states (T, B, ·) that no copy moves, (T, K, B, rows of the box)."""
        rows = states[..., self.box[1]].reshape(-1, self.directions.shape[2])
        products = np.matmul(rows, self.directions.swapaxes(1, 2))
        return np.asarray(products.reshape(len(products), *states.shape[:2], -1).swapaxes(0, 1))

    def of_own(self, states: Numbers) -> Numbers:
        """What the moved matrices make of the states (N, B, ·) of all copies, (K·S, B, rows of the box)."""
        mine = states[self.copies][..., self.box[1]]
        rows = mine.reshape(len(self.directions), -1, mine.shape[-1])
        products = _product(rows, self.directions.swapaxes(1, 2))
        each = products.reshape(len(products), len(self.steps), mine.shape[1], -1)
        return np.asarray(self.steps[:, None, None] * each).reshape(len(mine), mine.shape[1], -1)

    def of_input(self, t: int, W: Numbers) -> Numbers:
        """What a moved x adds to the pre-activations of a step, (4, K·S, moved sequences, H)."""
        moved = self.directions[:, t - self.box[0].start]
        return np.stack([self.stepped(moved @ matrix.T) for matrix in W[..., self.box[2]]])

    def stepped(self, along: Numbers) -> Numbers:
        """(K, …) → (K·S, …), times each of the steps."""
        steps = self.steps.reshape(-1, *[1] * (along.ndim - 1))
        return np.asarray(steps * along[:, None]).reshape(-1, *along.shape[1:])


def _product(states: Numbers, matrices: Floats) -> Numbers:
    """Of numbers that may be complex with real ones, without making those complex."""
    if not np.iscomplexobj(states):
        return np.asarray(np.matmul(states, matrices))
    return np.asarray(np.matmul(states.real, matrices) + 1j * np.matmul(states.imag, matrices))


class DenseCell(NudgedCell):
    """A cell whose states have a copies axis (…, N, B, ·), its arrays moved along directions."""

    def __init__(
        self,
        cell: Cell,
        moves: Sequence[Move],
        x: Numbers,
        read: Numbers,
        copies: int,
        dtype: DType,
        workspace: Workspace,
    ) -> None:
        """`x` (T, B, ·) is what the cell reads where no copy moves that, `read` what it makes of it."""
        super().__init__(cell, None, read, copies, dtype, workspace)
        self.moves = [move for move in moves if move.is_of(cell.key)]
        # Once for all steps: large directions are slow to read.
        self.of_inputs = [move.of_shared(x) if move.info.block == "W" else None for move in self.moves]

    def affine(self, t: int, x: Numbers, h: Numbers) -> Numbers:
        z = super().affine(t, x, h)
        for move, of_inputs in zip(self.moves, self.of_inputs, strict=True):
            match move.info.block:
                case "W":
                    assert of_inputs is not None
                    z[move.row, move.copies, :, move.box[0]] += move.stepped(of_inputs[t])
                case "U" if h.ndim == 2:
                    z[move.row, move.copies, :, move.box[0]] += move.stepped(move.of_shared(h[None])[0])
                case "U":
                    z[move.row, move.copies, :, move.box[0]] += move.of_own(h)
                case "b" | "b_ih" | "b_hh":
                    z[move.row, move.copies, :, move.box[0]] += move.shift()[:, None]
                case "x" if move.box[0].start <= t < move.box[0].stop:
                    z[:, move.copies, move.box[1]] += move.of_input(t, self.W)
        return z

    def peephole(self, gate: int, c: Numbers) -> Numbers:
        shared = super().peephole(gate, c)
        moves = [m for m in self.moves if m.info.block == "p" and m.row == peephole_row(gate)]
        if not moves:
            return shared
        own = np.broadcast_to(shared, (self.copies, *shared.shape[-2:])).astype(self.dtype)
        for move in moves:
            states = c if c.ndim == 2 else c[move.copies]
            own[move.copies, :, move.box[0]] += move.shift()[:, None] * states[..., move.box[0]]
        return own

    def project(self, m: Numbers) -> Numbers:
        h = super().project(m)
        for move in self.moves:
            if move.info.block == "R":
                h[move.copies, :, move.box[0]] += move.of_own(m)
        return h


class DenseNetwork:
    """Derivatives of our own loss along whole directions, counted with those of a network's entries.

    In portions that its threads share: each is of the parameters of one cell, of the inputs, or of a state.
    """

    def __init__(self, network: NudgedNetwork) -> None:
        self.network, self.case, self.base = network, network.case, network.base

    def central_along(self, asked: Sequence[Directions], steps: Floats) -> list[Seen]:
        """(L(θ + s·u) − L(θ − s·u)) / 2s for each of `steps` times the unit of the gate."""
        return self._in_portions(asked, steps, np.array([1, -1]), self._differences)

    def complex_along(self, asked: Sequence[Directions]) -> list[Seen]:
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
    ) -> list[Seen]:
        def measured(portion: Sequence[Directions]) -> list[Seen]:
            return self._measured(portion, steps, sides, read)

        copies = len(steps) * len(sides)
        portions = list(self._portions(asked, copies))
        pool = self.network.pool
        found: list[Seen] = []
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
    ) -> list[Seen]:
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
        return [Seen(np.concatenate(d), along) for d, (_, along) in zip(derivatives, drawn, strict=True)]

    def _run(self, moves: Sequence[Move]) -> Outputs:
        count, dtype = moves[-1].copies.stop, moves[-1].steps.dtype
        cells = dict(self.base.cells)
        kept = dict(self.base.runs)
        for key, cell in self.base.cells.items():
            if moves[0].reaches(key):
                x, read = self.base.layer_input(key[0]), self.network.read[key]
                cells[key] = DenseCell(cell, moves, x, read, count, dtype, self.network.workspace())
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
