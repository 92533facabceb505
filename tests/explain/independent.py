"""The forward pass of one sequence once more, written from the equations alone, with edits on its way.

Nothing of the package's forward or backward pass is used. Derivatives are complex steps of this pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Floats, Numbers

STEP = 1e-40
GATES = "ifgo"
Edits = Mapping[tuple[str, int], Numbers]


def sigmoid(z: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-z)))


class Sequence:
    """One sequence of a case with one cell and a loss that is a projection."""

    def __init__(self, case: Case, b: int) -> None:
        assert case.loss.kind == "projection"
        assert not case.loss.mean
        assert len(case.spec.cells) == 1
        assert (case.spec.gate, case.spec.candidate, case.spec.output) == ("sigmoid", "tanh", "tanh")
        arrays, self.spec, self.b = case.arrays, case.spec, b
        self.W, self.U = arrays["W_l0"], arrays["U_l0"]
        self.bias = sum(arrays[name] for name in ("b_l0", "b_ih_l0", "b_hh_l0") if name in arrays)
        self.p, self.R = arrays.get("p_l0"), arrays.get("R_l0")
        self.x, self.h0, self.c0 = arrays["x"][:, b], arrays["h0"][0, b], arrays["c0"][0, b]
        self.T = len(self.x) if case.lengths is None else int(case.lengths[b])
        H, P = self.spec.hidden_size, self.spec.output_size
        zero = {"y": np.zeros((self.T, P)), "h": np.zeros(P), "c": np.zeros(H)}
        scale = case.loss.scale
        given = {part: scale * target for part, target in case.loss.targets.items()}
        self.d_y = given["y"][: self.T, b] if "y" in given else zero["y"]
        self.d_h = given["h"][0, b] if "h" in given else zero["h"]
        self.d_c = given["c"][0, b] if "c" in given else zero["c"]
        self.base: list[dict[str, Any]] = []
        self.base = self.run()[0]

    def run(self, edits: Edits | None = None, *, frozen: bool = False) -> tuple[list[dict[str, Any]], Any]:
        """What each step computed, by letter, and the loss. `frozen`: i, f, g as they were but for edits."""
        edits = edits or {}

        def edited(name: str, t: int, value: Any) -> Any:
            return value + edits.get((name, t), 0)

        h, c, steps = self.h0, self.c0, []
        loss: Any = 0
        for t in range(self.T):
            q: dict[str, Any] = {"x": edited("x", t, self.x[t])}
            q["h_prev"], q["c_prev"] = edited("h", t, h), edited("c", t, c)
            if frozen:
                q |= {name: self.base[t][name] for name in ("x", "h_prev")}
            W, U = edited("W", t, self.W), edited("U", t, self.U)
            z = {k: W[n] @ q["x"] + U[n] @ q["h_prev"] for n, k in enumerate(GATES)}
            z = {k: edited(f"z_{k}", t, value) for k, value in z.items()}
            if not isinstance(self.bias, int):
                z = {k: z[k] + self.bias[n] for n, k in enumerate(GATES)}
            if self.p is not None:
                seen = self.base[t]["c_prev"] if frozen else q["c_prev"]
                z["i"], z["f"] = z["i"] + self.p[0] * seen, z["f"] + self.p[1] * seen
            q["i"] = edited("i", t, sigmoid(z["i"]))
            q["f"] = edited("f", t, 1 - q["i"] if self.spec.coupled else sigmoid(z["f"]))
            q["g"] = edited("g", t, np.tanh(z["g"]))
            q["c"] = edited("c_new", t, q["f"] * q["c_prev"] + q["i"] * q["g"])
            if self.p is not None:
                z["o"] = z["o"] + self.p[2] * q["c"]
            q["o"] = edited("o", t, sigmoid(z["o"]))
            q["m"] = edited("m", t, q["o"] * np.tanh(q["c"]))
            h = q["h"] = edited("h_new", t, q["m"] if self.R is None else self.R @ q["m"])
            c, q["z"] = q["c"], z
            loss = loss + self.d_y[t] @ edited("y", t, h)
            steps.append(q)
        loss = loss + self.d_h @ edited("h_T", 0, h) + self.d_c @ edited("c_T", 0, c)
        return steps, loss

    def by(self, edits: Edits, *, frozen: bool = False) -> float:
        """The derivative of the loss along edits."""
        moved = {key: 1j * STEP * edit for key, edit in edits.items()}
        return float(self.run(moved, frozen=frozen)[1].imag / STEP)

    def gradient(self, name: str, t: int, *, frozen: bool = False) -> Floats:
        """The gradient of a vector quantity at step t."""
        size = {"x": self.spec.input_size, "h": self.spec.output_size}.get(name, self.spec.hidden_size)
        if name in ("y", "h_new", "h_T"):
            size = self.spec.output_size
        return np.array([self.by({(name, t): unit}, frozen=frozen) for unit in np.eye(size)])

    def dz(self, t: int) -> Floats:
        """The gradients of the four pre-activations, (4, H)."""
        return np.stack([self.gradient(f"z_{k}", t) for k in GATES])

    def new_h(self, t: int, unit: int) -> Floats:
        """The derivative of h_t by one unit of c_t."""
        steps, _ = self.run({("c_new", t): 1j * STEP * np.eye(self.spec.hidden_size)[unit]})
        found: Floats = steps[t]["h"].imag / STEP
        return found
