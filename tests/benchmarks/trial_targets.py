"""Right LSTMs as ordinary people write them: one layer, derivatives from the values, no care for digits.

Independent of the package: nothing of it is imported here. `forward` and `backward` follow protocol plain,
`loss_and_grads` protocol loss. A habit is harmless with real numbers; with complex ones it loses the
imaginary part of some path, or raises.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = dict[str, Array]

CONVENTIONS = {
    "torch": ("ifgo", "rows"),
    "equinox": ("ifgo", "rows"),
    "onnx": ("iofg", "rows"),
    "keras": ("ifgo", "columns"),
    "haste": ("igfo", "columns"),
    "cs231n": ("ifog", "columns"),
}
"""Order of the gates, and whether a gate is some rows of W or some columns."""

HABITS = {
    "float-h0": "h0",
    "abs-c0": "c0",
    "float-x": "x",
    "float-W": "W",
    "float-p": "p",
    "clip": None,
    "float-buffer": None,
    "buffer-as-x": None,
    "in-place-cell": None,
}
"""What each loses, where that is one array."""
LIMIT = 30.0
"""Of the habit to clip pre-activations."""


class Function(NamedTuple):
    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    """From the value."""


FUNCTIONS = {
    "sigmoid": Function(lambda z: 1 / (1 + np.exp(-z)), lambda v: v * (1 - v)),
    "tanh": Function(np.tanh, lambda v: 1 - v**2),
    "identity": Function(lambda z: z, np.ones_like),
    "relu": Function(lambda z: np.maximum(z, 0), lambda v: (v > 0) * 1.0),
    "hard_sigmoid": Function(lambda z: np.clip(0.2 * z + 0.5, 0, 1), lambda v: 0.2 * ((v > 0) & (v < 1))),
    "softsign": Function(lambda z: z / (1 + np.abs(z)), lambda v: (1 - np.abs(v)) ** 2),
}


@dataclass(frozen=True)
class Variant:
    """What is computed, and how it is laid out."""

    order: str
    columns: bool
    bias: str
    peephole: bool
    coupled: bool
    projected: bool
    gate: str
    candidate: str
    output: str
    habit: str | None = None
    single: bool = False
    """It computes in float32, whatever it is given."""


class Lstm:
    def __init__(self, variant: Variant) -> None:
        self.v = variant
        self.gate, self.candidate = FUNCTIONS[variant.gate], FUNCTIONS[variant.candidate]
        self.output = FUNCTIONS[variant.output]

    def forward(self, params: Arrays, x: Array, h0: Array, c0: Array) -> tuple[Array, Array, Array, Any]:
        """x (T, B, D), h0 (B, P), c0 (B, H) → y (T, B, P), h_T, c_T and the cache."""
        if self.v.single:
            params = {name: a.astype(np.float32) for name, a in params.items()}
            x, h0, c0 = x.astype(np.float32), h0.astype(np.float32), c0.astype(np.float32)
        params, x, h0, c0 = self._with_habit(params, x, h0, c0)
        h, c = h0, c0
        steps = []
        for x_t in x:
            s = self._step(params, x_t, h, c)
            h, c = s["h"], s["c"]
            steps.append(s)
        return self._outputs(steps, x), h, c, (params, x, steps)

    def _outputs(self, steps: list[Arrays], x: Array) -> Array:
        """y (T, B, P), stacked or filled in."""
        if self.v.habit not in ("float-buffer", "buffer-as-x"):
            return np.stack([s["h"] for s in steps])
        kind = x.dtype if self.v.habit == "buffer-as-x" or self.v.single else None
        y = np.zeros((len(steps), *steps[0]["h"].shape), kind)
        for t, s in enumerate(steps):
            y[t] = s["h"]
        return y

    def _with_habit(
        self, params: Arrays, x: Array, h0: Array, c0: Array
    ) -> tuple[Arrays, Array, Array, Array]:
        habit, real = self.v.habit, np.float32 if x.dtype == np.float32 else float
        if habit == "float-h0":
            h0 = np.array(h0, dtype=real)
        if habit == "abs-c0":
            c0 = np.abs(c0) * np.sign(c0.real)
        if habit == "float-x":
            x = x.astype(real)
        if habit == "float-W":
            params = {**params, "W": params["W"].astype(real)}
        if habit == "float-p" and self.v.peephole:
            params = {**params, "p": params["p"].astype(real)}
        return params, x, h0, c0

    def _step(self, params: Arrays, x: Array, h: Array, c: Array) -> Arrays:
        W, U = (a if self.v.columns else a.T for a in (params["W"], params["U"]))
        z = x @ W + h @ U
        for name in ("b", "b_ih", "b_hh"):
            if name in params:
                z = z + params[name]
        if self.v.habit == "clip":
            z = np.clip(z, -LIMIT, LIMIT)
        H, p = c.shape[1], self._peepholes(params)
        z_ = {gate: z[:, k * H : (k + 1) * H] for k, gate in enumerate(self.v.order)}
        i = self.gate.value(z_["i"] + p["i"] * c if p else z_["i"])
        f = 1 - i if self.v.coupled else self.gate.value(z_["f"] + p["f"] * c if p else z_["f"])
        g = self.candidate.value(z_["g"])
        c_new = self._cell(f, c, i, g)
        o = self.gate.value(z_["o"] + p["o"] * c_new if p else z_["o"])
        a = self.output.value(c_new)
        m = o * a
        h_new = m @ self._projection(params) if self.v.projected else m
        before = {"x": x, "h_prev": h, "c_prev": c, "z": z}
        return before | {"i": i, "f": f, "g": g, "o": o, "c": c_new, "a": a, "m": m, "h": h_new}

    def _cell(self, f: Array, c: Array, i: Array, g: Array) -> Array:
        if self.v.habit != "in-place-cell":
            return np.asarray(f * c + i * g)
        c = c.copy()
        c *= f
        c += i * g
        return c

    def _peepholes(self, params: Arrays) -> Arrays:
        """By gate; none of them without peepholes."""
        if not self.v.peephole:
            return {}
        order = self.v.order.replace("g", "")
        return dict(zip(order, np.split(params["p"], 3), strict=True))

    def _projection(self, params: Arrays) -> Array:
        return params["R"] if self.v.columns else params["R"].T

    def backward(self, d_y: Array, d_h: Array, d_c: Array, cache: Any) -> Arrays:
        """d_y (T, B, P), d_h (B, P), d_c (B, H) → the gradients of params, x, h0 and c0."""
        params, x, steps = cache
        grads = {name: np.zeros_like(a) for name, a in params.items()}
        p, W, U = self._peepholes(params), *(a if self.v.columns else a.T for a in (params["W"], params["U"]))
        d_x = np.zeros_like(x)
        for t in reversed(range(len(steps))):
            s = steps[t]
            d_h = d_h + d_y[t]
            d_m = d_h @ self._projection(params).T if self.v.projected else d_h
            d_o = d_m * s["a"] * self.gate.slope(s["o"])
            d_c = d_c + d_m * s["o"] * self.output.slope(s["a"])
            if p:
                d_c = d_c + p["o"] * d_o
            d_f = d_c * s["c_prev"] * self.gate.slope(s["f"])
            if self.v.coupled:
                d_i = d_c * (s["g"] - s["c_prev"]) * self.gate.slope(s["i"])
                d_f = np.zeros_like(d_f)
            else:
                d_i = d_c * s["g"] * self.gate.slope(s["i"])
            d_g = d_c * s["i"] * self.candidate.slope(s["g"])
            d = {"i": d_i, "f": d_f, "g": d_g, "o": d_o}
            if self.v.peephole:
                seen = {"i": s["c_prev"], "f": s["c_prev"], "o": s["c"]}
                order = self.v.order.replace("g", "")
                grads["p"] += np.concatenate([(d[k] * seen[k]).sum(0) for k in order])
            d_z = np.concatenate([d[k] for k in self.v.order], axis=1)
            if self.v.habit == "clip":
                d_z = np.where(np.abs(s["z"]) < LIMIT, d_z, 0)
            self._add(grads, s, d_z, d_h)
            d_x[t] = d_z @ W.T
            d_h = d_z @ U.T
            d_c = d_c * s["f"]
            if p:
                d_c = d_c + p["i"] * d_i + p["f"] * d_f
        return {**grads, "x": d_x, "h0": d_h, "c0": d_c}

    def _add(self, grads: Arrays, s: Arrays, d_z: Array, d_h: Array) -> None:
        for name, inputs in (("W", s["x"]), ("U", s["h_prev"])):
            grads[name] += inputs.T @ d_z if self.v.columns else d_z.T @ inputs
        for name in ("b", "b_ih", "b_hh"):
            if name in grads:
                grads[name] += d_z.sum(0)
        if self.v.projected:
            grads["R"] += s["m"].T @ d_h if self.v.columns else d_h.T @ s["m"]


@dataclass(frozen=True)
class Loss:
    """Of the outputs, and of W with a weight; `scale` times all of it."""

    kind: str
    mean: bool
    states: float
    """Weight of ½ Σ h_T² and ½ Σ c_T²."""
    penalty: str
    decay: float
    scale: float

    def value(self, y: Array, h: Array, c: Array, W: Array) -> Any:
        total = np.sum(LOSSES[self.kind][0](y)) * self._share(y)
        total = total + self.states * 0.5 * (np.sum(h**2) + np.sum(c**2))
        if self.penalty == "norm":
            total = total + self.decay * 0.5 * np.linalg.norm(W) ** 2
        if self.penalty == "sum":
            total = total + self.decay * 0.5 * (W**2).sum()
        return self.scale * total

    def upstream(self, y: Array, h: Array, c: Array) -> tuple[Array, Array, Array]:
        weight = self.scale * self.states
        return self.scale * LOSSES[self.kind][1](y) * self._share(y), weight * h, weight * c

    def of_weights(self, W: Array) -> Array:
        return np.asarray(self.scale * self.decay * W if self.penalty != "none" else np.zeros_like(W))

    def _share(self, y: Array) -> float:
        return 1 / y.size if self.mean else 1.0


class WithLoss(Lstm):
    def __init__(self, variant: Variant, loss: Loss) -> None:
        super().__init__(variant)
        self.loss = loss

    def loss_and_grads(self, params: Arrays, x: Array, h0: Array, c0: Array) -> tuple[Any, Arrays]:
        y, h, c, cache = self.forward(params, x, h0, c0)
        value = self.loss.value(y, h, c, params["W"])
        grads = self.backward(*self.loss.upstream(y, h, c), cache)
        grads["W"] = grads["W"] + self.loss.of_weights(params["W"])
        return value, grads


def wanted(y: Array) -> Array:
    """A signal that no two steps, sequences or units share."""
    return np.asarray(np.cos(np.arange(np.prod(y.shape))).reshape(y.shape))


def labels(y: Array) -> Array:
    """One-hot."""
    return np.asarray(np.eye(y.shape[-1])[np.arange(np.prod(y.shape[:-1])) % y.shape[-1]].reshape(y.shape))


def _softmax(y: Array) -> Array:
    e = np.exp(y - np.max(y, axis=-1, keepdims=True))
    return np.asarray(e / np.sum(e, axis=-1, keepdims=True))


def _huber(e: Array) -> Array:
    return np.where(np.abs(e) < 1, 0.5 * e**2, np.abs(e) - 0.5)


SMOOTHING = 1e-3
LOSSES: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "squared error": (lambda y: 0.5 * (y - wanted(y)) ** 2, lambda y: y - wanted(y)),
    "cross entropy": (lambda y: -labels(y) * np.log(_softmax(y)), lambda y: _softmax(y) - labels(y)),
    "huber": (lambda y: _huber(y - wanted(y)), lambda y: np.clip(y - wanted(y), -1, 1)),
    "smoothed abs": (
        lambda y: np.sqrt((y - wanted(y)) ** 2 + SMOOTHING),
        lambda y: (y - wanted(y)) / np.sqrt((y - wanted(y)) ** 2 + SMOOTHING),
    ),
}
"""Term by term: the loss, and its gradient."""
