"""Activation functions, each beside its derivative and the points where it has none.

The functions take real or complex numbers and keep the imaginary part, so that a complex step passes
through them; a kink is decided by the real part. The derivatives take the pre-activation z, not the
activation: v(1 − v) has no correct digit left where v rounds to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstmcheck.lstm.types import Floats, Numbers


@dataclass(frozen=True)
class Activation:
    """A function of z, elementwise. `value(z, out)` may write over z itself."""

    value: Callable[[Numbers, Numbers], Numbers]
    derivative: Callable[[Floats], Floats]
    kinks: tuple[float, ...] = ()


def _sigmoid(z: Numbers, out: Numbers) -> Numbers:
    # 1/(1 + exp(−z)) overflows; this is the same function and shares tanh's speed.
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


def _sigmoid_derivative(z: Floats) -> Floats:
    e = np.exp(-np.abs(z))
    return np.asarray(e / (1 + e) ** 2)


def _tanh(z: Numbers, out: Numbers) -> Numbers:
    return np.tanh(z, out=out)


def _tanh_derivative(z: Floats) -> Floats:
    e = np.exp(-2 * np.abs(z))
    return np.asarray(4 * e / (1 + e) ** 2)


def _identity(z: Numbers, out: Numbers) -> Numbers:
    np.copyto(out, z)
    return out


def _relu(z: Numbers, out: Numbers) -> Numbers:
    return np.asarray(np.multiply(z, z.real > 0, out=out))


def _relu_derivative(z: Floats) -> Floats:
    return np.where(z > 0, 1.0, 0.0)


HARD_SIGMOID_SLOPE = 0.2
"""ONNX's default: max(0, min(1, 0.2 z + 0.5))."""
_HARD_SIGMOID_END = 0.5 / HARD_SIGMOID_SLOPE


def _hard_sigmoid(z: Numbers, out: Numbers) -> Numbers:
    above, below = z.real >= _HARD_SIGMOID_END, z.real <= -_HARD_SIGMOID_END
    np.multiply(z, HARD_SIGMOID_SLOPE, out=out)
    out += 0.5
    out[above] = 1
    out[below] = 0
    return out


def _hard_sigmoid_derivative(z: Floats) -> Floats:
    return np.where(np.abs(z) < _HARD_SIGMOID_END, HARD_SIGMOID_SLOPE, 0.0)


def _softsign(z: Numbers, out: Numbers) -> Numbers:
    size = np.where(z.real >= 0, z, -z)
    return np.asarray(np.divide(z, 1 + size, out=out))


def _softsign_derivative(z: Floats) -> Floats:
    return np.asarray((1 + np.abs(z)) ** -2.0)


ACTIVATIONS = {
    "sigmoid": Activation(_sigmoid, _sigmoid_derivative),
    "tanh": Activation(_tanh, _tanh_derivative),
    "identity": Activation(_identity, np.ones_like),
    "relu": Activation(_relu, _relu_derivative, kinks=(0.0,)),
    "hard_sigmoid": Activation(
        _hard_sigmoid, _hard_sigmoid_derivative, kinks=(-_HARD_SIGMOID_END, _HARD_SIGMOID_END)
    ),
    "softsign": Activation(_softsign, _softsign_derivative),
}
