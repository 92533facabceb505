"""What every table of a derivation must say, from the independent forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from independent import GATES, STEP, Sequence, sigmoid

from lstmcheck.explain.blocks import Percent, Precise, Table
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Floats

Rows = list[list[float]]
ORDERS = {"seed": "gifo", "torch": "ifgo", "keras": "ifgo"}


def numbers(table: Table) -> Rows:
    """The numbers of a table, row by row."""

    def value(cell: Any) -> float:
        return float(cell.value if isinstance(cell, Precise | Percent) else cell)

    return [[value(cell) for cell in row if not isinstance(cell, str | None)] for row in table.rows]


def twice(values: Iterable[float]) -> list[float]:
    """Analytic and measured side by side: both are what the independent pass says."""
    return [float(v) for value in values for v in (value, value)]


class Expected:
    """The tables for one step (from 0) of one sequence, by name."""

    def __init__(self, case: Case, b: int, t: int, notation: str) -> None:
        self.case, self.b, self.t = case, b, t
        self.all = [Sequence(case, k) for k in range(case.arrays["x"].shape[1])]
        self.s = self.all[b]
        self.spec, self.q = case.spec, self.s.base[t]
        self.live = [k for k in ORDERS[notation] if not (k == "f" and self.spec.coupled)]
        self.order = ORDERS[notation]
        self.H, self.P = self.spec.hidden_size, self.spec.output_size
        self.dz = dict(zip(GATES, self.s.dz(t), strict=True))

    def __call__(self, table: Table) -> Rows:
        name, *rest = table.name.split(" ")
        special: dict[str, Callable[[], Rows]] = {"by": self.by_hand, "gate": self.gate_products}
        if name == "terms":
            return self.terms(int(rest[0]))
        if name == "untied":
            return self.untied(rest[0], rest[1], table)
        found: Rows = special.get(name, getattr(self, name, None))()  # type: ignore[misc]
        return found

    def products(self) -> Rows:
        rows = []
        for k in self.live:
            n = GATES.index(k)
            row = [self.s.W[n, 0, 0], self.q["x"][0], self.s.U[n, 0, 0], self.q["h_prev"][0]]
            row += [] if isinstance(self.s.bias, int) else [self.s.bias[n, 0]]
            if self.s.p is not None and k != "g":
                row += [self.s.p["ifo".index(k), 0], self.q["c" if k == "o" else "c_prev"][0]]
            rows.append([*row, self.q["z"][k][0]])
        return rows

    def forward(self) -> Rows:
        q = self.q
        named = [q["c_prev"]]
        for k in self.order:
            named += ([q["z"][k]] if k in self.live else []) + [q[k]]
        named += [q["c"], np.tanh(q["c"]), q["m"]]
        return [list(values[:3]) for values in named]

    def slopes(self) -> Rows:
        found = [
            (np.tanh if k == "g" else sigmoid)(self.q["z"][k] + 1j * STEP).imag / STEP for k in self.live
        ]
        return [list(row[:3]) for row in [*found, np.tanh(self.q["c"] + 1j * STEP).imag / STEP]]

    def gradients(self) -> Rows:
        s, t, last = self.s, self.t, self.t == self.s.T - 1
        named = [s.gradient("y", t), s.gradient("h_T", 0) if last else s.gradient("h", t + 1)]
        named.append(s.gradient("h_new", t))
        named += [s.gradient("m", t)] if self.spec.proj_size else []
        named += [s.gradient("o", t), self.dz["o"]]
        named += [s.gradient("c_T", 0) if last else s.gradient("c", t + 1), s.gradient("c_new", t)]
        for k in self.live:
            named += [] if k == "o" else [s.gradient(k, t), self.dz[k]]
        return [twice(values[:3]) for values in named]

    def weight(self, k: str, j: int) -> Floats:
        """Column j of a gate's W and U side by side, (H,)."""
        n, D = GATES.index(k), self.spec.input_size
        return np.asarray(self.s.W[n, :, j] if j < D else self.s.U[n, :, j - D])

    def d_input(self, j: int) -> float:
        D = self.spec.input_size
        name, entry, size = ("x", j, D) if j < D else ("h", j - D, self.P)
        return self.s.by({(name, self.t): np.eye(size)[entry]})

    def terms(self, j: int) -> Rows:
        rows, others = [], 0.0
        for k in self.live:
            for unit in range(self.H):
                weight, dz = self.weight(k, j)[unit], self.dz[k][unit]
                others += 0 if unit < 2 else weight * dz
                rows += [[weight, dz, weight * dz]] if unit < 2 else []
        rows += [[others]] if self.H > 2 else []
        return [*rows, [self.d_input(j)], [self.d_input(j)]]

    def shown(self) -> list[int]:
        D, P = self.spec.input_size, self.P
        if D + P <= 8:
            return list(range(D + P))
        return [*range(min(D, 3)), *range(D, D + min(P, 3))]

    def sums(self) -> Rows:
        I = [*self.q["x"], *self.q["h_prev"]]  # noqa: E741 the letter of the derivation
        rows = []
        for j in self.shown():
            of_gates = [float(self.weight(k, j) @ self.dz[k]) for k in self.live]
            rows.append([I[j], *of_gates, self.d_input(j), self.d_input(j)])
        return rows

    def by_hand(self) -> Rows:
        unit = np.eye(self.spec.input_size)[0]
        plus, minus = (self.s.run({("x", self.t): sign * 1e-3 * unit})[1] for sign in (1, -1))
        return [[plus, minus, (plus - minus) / 2e-3]]

    def stacked(self) -> Floats:
        return np.concatenate(
            [np.concatenate([self.s.W[GATES.index(k)], self.s.U[GATES.index(k)]], 1) for k in self.live]
        )

    def gram(self) -> Rows:
        W = self.stacked()
        return [[float(a @ b) for b in W.T] for a in W.T]

    def inverse(self) -> Rows:
        dz = np.concatenate([self.dz[k] for k in self.live])
        nearest = np.linalg.lstsq(self.stacked(), dz, rcond=None)[0]
        return [[nearest[j], *twice([self.d_input(j)])] for j in self.shown()]

    def gate_products(self) -> Rows:
        found = [(self.s.U[GATES.index(k), 0, 0], self.dz[k][0]) for k in self.live]
        return [[u, dz, u * dz] for u, dz in found]

    def each(self, k: str) -> Floats:
        """What a nudge of h_{t−1} moves through one gate alone."""
        U = self.s.U[GATES.index(k)]
        return np.array([self.s.by({(f"z_{k}", self.t): U[:, j]}) for j in range(min(self.P, 3))])

    def contributions(self) -> Rows:
        return [*(twice(self.each(k)) for k in self.live), twice(self.s.gradient("h", self.t)[:3])]

    def alone(self) -> Rows:
        right = self.s.gradient("h", self.t)[0]
        given = [self.each(k)[0] for k in self.live]
        return [[one, right, abs(one - right) / abs(right)] for one in given]

    def whole(self) -> Rows:
        read, own = self.s.gradient("h", self.t), self.s.gradient("y", self.t - 1)
        both = self.s.gradient("h_new", self.t - 1)
        return [[a, b, *twice([c])] for a, b, c in zip(read[:3], own, both, strict=False)]

    def untied(self, block: str, k: str, table: Table) -> Rows:
        single = "sequence" in str(table.rows[0][0])
        rows: Rows = []
        for label in (str(row[0]) for row in table.rows[:-1]):
            steps, _, sequence = label.partition(", sequence ")
            rows.append(self.untied_row(block, k, steps, int(sequence) if single else None))
        everywhere = [(t, s) for s in self.all for t in range(s.T)]
        total = sum(self.of_copy(s, block, k, t) for t, s in everywhere)
        return [*rows, twice([total])]

    def untied_row(self, block: str, k: str, label: str, sequence: int | None) -> list[float]:
        first, _, last = label.partition("–")
        steps = range(int(first) - 1, int(last or first))
        s = self.s if sequence is None else self.all[sequence]
        mine = sum(self.of_copy(s, block, k, t) for t in steps if t < s.T)
        total = mine
        if sequence is None:
            total = sum(self.of_copy(each, block, k, t) for each in self.all for t in steps if t < each.T)
        others = [total - mine, total] if sequence is None and len(self.all) > 1 else []
        factors = []
        if len(steps) == 1:
            t = steps[0]
            factors = [s.gradient(f"z_{k}", t)[0], s.base[t]["x" if block == "W" else "h_prev"][0]]
        return [*factors, mine, *others, total]

    def of_copy(self, s: Sequence, block: str, k: str, t: int, *, frozen: bool = False) -> float:
        """The derivative by the first entry of the copy of the weights that one step uses."""
        push = np.zeros_like(s.W if block == "W" else s.U)
        push[GATES.index(k), 0, 0] = 1
        return s.by({(block, t): push}, frozen=frozen)

    def tied_of(self, block: str, k: str, *, frozen: bool = False) -> float:
        found = 0.0
        for s in self.all:
            push = np.zeros_like(s.W if block == "W" else s.U)
            push[GATES.index(k), 0, 0] = 1
            found += s.by({(block, t): push for t in range(s.T)}, frozen=frozen)
        return found

    def tied(self) -> Rows:
        return [twice([self.tied_of(block, k)]) for block in "WU" for k in self.live]

    def steps(self) -> list[int]:
        T = self.s.T
        return [*reversed(range(T))] if T <= 8 else [*reversed(range(T - 5, T)), 1, 0]

    def three_paths(self, t: int) -> list[float]:
        s, unit, dh = self.s, np.eye(self.H)[0], self.s.new_h(t, 0)
        last = t == s.T - 1
        read: list[tuple[str, int]] = [("c_T", 0), ("h_T", 0)] if last else [("c", t + 1), ("h", t + 1)]
        return [s.by({read[0]: unit}), s.by({read[1]: dh}), s.by({("y", t): dh})]

    def paths(self) -> Rows:
        return [twice(self.three_paths(t)) for t in self.steps()]

    def shares(self) -> Rows:
        rows = []
        for t in self.steps():
            paths = self.three_paths(t)
            size = sum(map(abs, paths))
            rows.append([*twice([self.s.gradient("c_new", t)[0]]), *(abs(v) / size for v in paths)])
        return rows

    def survival(self) -> Rows:
        s, rows = self.s, []
        for t in self.steps():
            product = 1.0
            for later in range(t + 1, s.T):
                product *= s.base[later]["f"][0]
            full, cut = s.gradient("c_new", t)[0], s.by({("c_new", t): np.eye(self.H)[0]}, frozen=True)
            forget = [] if t == s.T - 1 else [s.base[t + 1]["f"][0]]
            alone = product * s.gradient("c_new", s.T - 1)[0]
            rows.append([*forget, product, alone, *twice([cut]), full])
        return rows

    def truncation(self) -> Rows:
        return [
            [*twice([self.tied_of("W", k, frozen=True)]), *twice([self.tied_of("W", k)])] for k in self.live
        ]
