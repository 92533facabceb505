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
    """A function of z, elementwise."""

    value: Callable[[Numbers], Numbers]
    derivative: Callable[[Floats], Floats]
    kinks: tuple[float, ...] = ()
    """Where the derivative jumps: at such a point we take the one of the flat side."""
    bends: tuple[float, ...] = ()
    """Where the second derivative jumps: a difference across one is not accurate to second order."""
    fast: Callable[[Floats, Floats], Floats] | None = None
    """For differences, written into its second argument, which may be the first: as good to the last digit
    of 1, not of a small value."""
    complement: Callable[[Numbers], Numbers] | None = None
    """1 − value where that can be had without cancellation."""


def _sigmoid(z: Numbers) -> Numbers:
    # 1/(1 + exp(−z)) overflows, and ½(1 + tanh(z/2)) has no correct digit left where the gate is shut.
    shut = z.real < 0
    e = np.exp(np.where(shut, z, -z))
    return np.asarray(np.where(shut, e, 1) / (1 + e))


def _one_minus_sigmoid(z: Numbers) -> Numbers:
    return _sigmoid(-z)


def _sigmoid_by_tanh(z: Floats, out: Floats) -> Floats:
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out


def _sigmoid_derivative(z: Floats) -> Floats:
    e = np.exp(-np.abs(z))
    return np.asarray(e / (1 + e) ** 2)


def _tanh_derivative(z: Floats) -> Floats:
    e = np.exp(-2 * np.abs(z))
    return np.asarray(4 * e / (1 + e) ** 2)


def _relu(z: Numbers) -> Numbers:
    return np.asarray(z * (z.real > _reach(z)))


def _reach(z: Numbers) -> Floats | float:
    """How near to a kink counts as on it: the second-order effect of a complex step must not decide."""
    return np.abs(z.imag) if np.iscomplexobj(z) else 0.0


def _relu_derivative(z: Floats) -> Floats:
    return np.where(z > 0, 1.0, 0.0)


HARD_SIGMOID_SLOPE = 0.2
"""ONNX's default: max(0, min(1, 0.2 z + 0.5))."""
_HARD_SIGMOID_END = 0.5 / HARD_SIGMOID_SLOPE


def _hard_sigmoid(z: Numbers) -> Numbers:
    above, below = z.real >= _HARD_SIGMOID_END - _reach(z), z.real <= _reach(z) - _HARD_SIGMOID_END
    return np.where(above, 1, np.where(below, 0, HARD_SIGMOID_SLOPE * z + 0.5))


def _hard_sigmoid_derivative(z: Floats) -> Floats:
    return np.where(np.abs(z) < _HARD_SIGMOID_END, HARD_SIGMOID_SLOPE, 0.0)


def _softsign(z: Numbers) -> Numbers:
    sign = np.where(z.real >= 0, 1.0, -1.0)
    if np.iscomplexobj(z):
        # z/(1 + |z|) = ±(1 − 1/(1 + |z|)), of which the second form keeps the imaginary part of a large z.
        imaginary = -sign * (1 / (1 + sign * z)).imag
        return np.asarray(z.real / (1 + sign * z.real) + 1j * imaginary)
    return np.asarray(z / (1 + sign * z))


def _softsign_derivative(z: Floats) -> Floats:
    return np.asarray((1 + np.abs(z)) ** -2.0)


ACTIVATIONS = {
    "sigmoid": Activation(
        _sigmoid, _sigmoid_derivative, fast=_sigmoid_by_tanh, complement=_one_minus_sigmoid
    ),
    "tanh": Activation(np.tanh, _tanh_derivative, fast=np.tanh),
    "identity": Activation(np.positive, np.ones_like),
    "relu": Activation(_relu, _relu_derivative, kinks=(0.0,)),
    "hard_sigmoid": Activation(
        _hard_sigmoid, _hard_sigmoid_derivative, kinks=(-_HARD_SIGMOID_END, _HARD_SIGMOID_END)
    ),
    "softsign": Activation(_softsign, _softsign_derivative, bends=(0.0,)),
}
