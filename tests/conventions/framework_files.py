"""Files as frameworks write them, and one step of each framework in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
File = dict[str, Floats]
States = tuple[Floats, Floats]
Step = Callable[[File, Floats, Floats, Floats], States]
"""Arrays of the file, x (B, D), h and c (B, H) → the next h and c."""

D, H, T, B = 4, 6, 5, 3


@dataclass(frozen=True)
class Framework:
    shapes: Mapping[str, tuple[int, ...]]
    step: Step
    bias: str = "one"

    def file(self, seed: int = 0) -> File:
        random = np.random.default_rng(seed)
        return {name: random.standard_normal(shape) / H**0.5 for name, shape in self.shapes.items()}

    def run(self, file: File, x: Floats, h: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
        """y (T, B, H) and the last h and c."""
        y = []
        for x_t in x:
            h, c = self.step(file, x_t, h, c)
            y.append(h)
        return np.stack(y), h, c


def sigmoid(z: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-z)))


def updated(i: Floats, f: Floats, g: Floats, o: Floats, c: Floats) -> States:
    """From pre-activations."""
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def torch(file: File, x: Floats, h: Floats, c: Floats) -> States:
    z = x @ file["weight_ih_l0"].T + file["bias_ih_l0"] + h @ file["weight_hh_l0"].T + file["bias_hh_l0"]
    i, f, g, o = np.split(z, 4, axis=1)
    return updated(i, f, g, o, c)


def keras(file: File, x: Floats, h: Floats, c: Floats) -> States:
    z0, z1, z2, z3 = np.split(x @ file["kernel"] + h @ file["recurrent_kernel"] + file["bias"], 4, axis=1)
    return updated(z0, z1, z2, z3, c)


def onnx(file: File, x: Floats, h: Floats, c: Floats) -> States:
    weights = np.split(file["W"][0], 4), np.split(file["R"][0], 4), np.split(file["B"][0], 8)
    i, o, f, g = (
        x @ weights[0][k].T + h @ weights[1][k].T + weights[2][k] + weights[2][4 + k] for k in range(4)
    )
    return updated(i, f, g, o, c)


def tensorflow_block(file: File, x: Floats, h: Floats, c: Floats) -> States:
    i, ci, f, o = np.split(np.hstack([x, h]) @ file["kernel"] + file["bias"], 4, axis=1)
    forget_bias = 1.0
    return updated(i, f + forget_bias, ci, o, c)


def flax(file: File, x: Floats, h: Floats, c: Floats) -> States:
    z = {k: x @ file[f"i{k}/kernel"] + h @ file[f"h{k}/kernel"] + file[f"h{k}/bias"] for k in "ifgo"}
    return updated(z["i"], z["f"], z["g"], z["o"], c)


def equinox(file: File, x: Floats, h: Floats, c: Floats) -> States:
    z = [
        file["weight_ih"] @ x_b + file["weight_hh"] @ h_b + file["bias"]
        for x_b, h_b in zip(x, h, strict=True)
    ]
    i, f, g, o = np.split(np.stack(z), 4, axis=1)
    return updated(i, f, g, o, c)


def haste(file: File, x: Floats, h: Floats, c: Floats) -> States:
    i, g, f, o = np.split(x @ file["kernel"] + h @ file["recurrent_kernel"] + file["bias"], 4, axis=1)
    return updated(i, f, g, o, c)


def cs231n(file: File, x: Floats, h: Floats, c: Floats) -> States:
    a = x @ file["Wx"] + h @ file["Wh"] + file["b"]
    return updated(a[:, :H], a[:, H : 2 * H], a[:, 3 * H :], a[:, 2 * H : 3 * H], c)


def karpathy(file: File, x: Floats, h: Floats, c: Floats) -> States:
    ifog = np.hstack([np.ones((len(x), 1)), x, h]) @ file["WLSTM"]
    return updated(ifog[:, :H], ifog[:, H : 2 * H], ifog[:, 3 * H :], ifog[:, 2 * H : 3 * H], c)


def course(file: File, x: Floats, h: Floats, c: Floats) -> States:
    concat = np.vstack([h.T, x.T])
    f, i, g, o = (file[f"W{k}"] @ concat + file[f"b{k}"] for k in "fico")
    return updated(i.T, f.T, g.T, o.T, c)


def chainer(file: File, x: Floats, h: Floats, c: Floats) -> States:
    z = x @ file["upward/W"].T + file["upward/b"] + h @ file["lateral/W"].T
    a, i, f, o = np.moveaxis(z.reshape(len(x), H, 4), -1, 0)
    return updated(i, f, a, o, c)


_TORCH = {
    "weight_ih_l0": (4 * H, D),
    "weight_hh_l0": (4 * H, H),
    "bias_ih_l0": (4 * H,),
    "bias_hh_l0": (4 * H,),
}
_KERAS = {"kernel": (D, 4 * H), "recurrent_kernel": (H, 4 * H), "bias": (4 * H,)}

FRAMEWORKS = {
    "torch": Framework(_TORCH, torch, "two"),
    "keras": Framework(_KERAS, keras),
    "onnx": Framework({"W": (1, 4 * H, D), "R": (1, 4 * H, H), "B": (1, 8 * H)}, onnx, "two"),
    "cudnn": Framework(_TORCH, torch, "two"),
    "tensorflow-block": Framework({"kernel": (D + H, 4 * H), "bias": (4 * H,)}, tensorflow_block),
    "flax": Framework(
        {f"i{k}/kernel": (D, H) for k in "ifgo"}
        | {f"h{k}/kernel": (H, H) for k in "ifgo"}
        | {f"h{k}/bias": (H,) for k in "ifgo"},
        flax,
    ),
    "equinox": Framework({"weight_ih": (4 * H, D), "weight_hh": (4 * H, H), "bias": (4 * H,)}, equinox),
    "haste": Framework(_KERAS, haste),
    "cs231n": Framework({"Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}, cs231n),
    "karpathy": Framework({"WLSTM": (1 + D + H, 4 * H)}, karpathy),
    "course": Framework({f"W{k}": (H, H + D) for k in "fico"} | {f"b{k}": (H, 1) for k in "fico"}, course),
    "chainer": Framework({"upward/W": (4 * H, D), "upward/b": (4 * H,), "lateral/W": (4 * H, H)}, chainer),
}
