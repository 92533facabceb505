"""How other checkers decide, at their defaults, about a gradient of one number by many."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmcheck.config import Config
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.types import Arrays

Floats = NDArray[np.float64]


@dataclass
class Asked:
    """A loss, its arrays, and the gradient that is claimed to be the derivative."""

    config: Config
    case: Case
    backward: type[Backward]
    gradients: Arrays
    evaluations: int = field(default=0, init=False)

    def loss(self, arrays: Arrays) -> float:
        self.evaluations += 1
        return float(self.case.shares(self.case.at(arrays)).sum())

    @cached_property
    def random(self) -> np.random.Generator:
        return np.random.default_rng(self.config.seed)

    @property
    def arrays(self) -> Arrays:
        return self.case.arrays

    def entries(self, step: float, *, forward: bool = False) -> dict[str, Floats]:
        """Differences by every entry of every array."""
        here = self.loss(self.arrays) if forward else 0.0
        return {name: self._entries_of(name, step, here, forward) for name in self.arrays}

    def _entries_of(self, name: str, step: float, here: float, forward: bool) -> Floats:
        array = self.arrays[name].copy()
        arrays, found = {**self.arrays, name: array}, np.empty(array.shape)
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + step
            plus = self.loss(arrays)
            array[index] = kept - step
            found[index] = (plus - here) / step if forward else (plus - self.loss(arrays)) / (2 * step)
            array[index] = kept
        return found

    def along(self, direction: Arrays, step: float) -> float:
        """A central difference along a direction of all arrays."""
        plus, minus = (
            self.loss({name: a + sign * step * direction[name] for name, a in self.arrays.items()})
            for sign in (1, -1)
        )
        return (plus - minus) / (2 * step)

    def direction(self) -> dict[str, Floats]:
        return {name: self.random.standard_normal(a.shape) for name, a in self.arrays.items()}

    def slope(self, direction: Arrays) -> float:
        return sum(float((self.gradients[name] * u).sum()) for name, u in direction.items())


Decide = Callable[[Asked], bool]


@dataclass(frozen=True)
class Rule:
    """`needs`: the module that must be there."""

    decide: Decide
    needs: str = "numpy"

    def passes(self, asked: Asked) -> tuple[bool, int]:
        """Whether it lets a gradient pass, and with how many forward passes."""
        before = asked.evaluations
        return self.decide(asked), asked.evaluations - before


def gradcheck(*, fast: bool) -> Decide:
    """torch's own, on a function whose backward pass returns the gradients."""

    def decide(asked: Asked) -> bool:
        import torch

        names = list(asked.arrays)

        class Loss(torch.autograd.Function):
            @staticmethod
            def forward(ctx: Any, *tensors: Any) -> Any:
                arrays = {n: t.detach().numpy() for n, t in zip(names, tensors, strict=True)}
                return torch.tensor(asked.loss(arrays), dtype=torch.float64)

            @staticmethod
            def backward(ctx: Any, upstream: Any) -> Any:
                return tuple(upstream * torch.from_numpy(asked.gradients[n]) for n in names)

        tensors = [torch.tensor(a, requires_grad=True) for a in asked.arrays.values()]
        return bool(torch.autograd.gradcheck(Loss.apply, tensors, fast_mode=fast, raise_exception=False))

    return decide


def check_grads(asked: Asked) -> bool:
    """jax's own, in reverse mode and float64."""
    jax, check = import_module("jax"), import_module("jax.test_util").check_grads
    jax.config.update("jax_enable_x64", True)
    number = jax.ShapeDtypeStruct((), np.float64)

    def measured(arrays: Any) -> Any:
        return np.float64(asked.loss({name: np.asarray(a) for name, a in arrays.items()}))

    loss = jax.custom_vjp(lambda arrays: jax.pure_callback(measured, number, arrays))

    def backward(_: Any, upstream: Any) -> Any:
        return ({name: upstream * g for name, g in asked.gradients.items()},)

    loss.defvjp(lambda arrays: (loss(arrays), None), backward)
    try:
        check(loss, ({name: jax.numpy.asarray(a) for name, a in asked.arrays.items()},), 1, modes=["rev"])
    except AssertionError:
        return False
    return True


def hips_autograd(asked: Asked) -> bool:
    """One direction, step 5e-7; within 1e-6 absolutely, or relative to the sum."""
    u = asked.direction()
    a, m = asked.slope(u), asked.along(u, 0.5e-6)
    return abs(a - m) < 1e-6 or abs(a - m) / abs(a + m) < 1e-6


def chainer(asked: Asked) -> bool:
    """One direction of length one, step 1e-3; within 1e-5 + 1e-4 of the difference."""
    u = asked.direction()
    length = float(np.sqrt(sum((each**2).sum() for each in u.values())))
    u = {name: each / length for name, each in u.items()}
    a, m = asked.slope(u), asked.along(u, 1e-3)
    return abs(a - m) <= 1e-5 + 1e-4 * abs(m)


def pytensor(asked: Asked) -> bool:
    """Forward differences, step 1e-7; within 1e-4 absolutely, or relative to the sum."""
    for name, m in asked.entries(1e-7, forward=True).items():
        off, size = np.abs(asked.gradients[name] - m), np.abs(asked.gradients[name]) + np.abs(m)
        if np.minimum(off, off / np.maximum(size, 1e-8)).max() > 1e-4:
            return False
    return True


def caffe(asked: Asked) -> bool:
    """Step 1e-2; within 1e-3 of the larger of the two, and of one at least."""
    for name, m in asked.entries(1e-2).items():
        size = np.maximum(np.maximum(np.abs(asked.gradients[name]), np.abs(m)), 1)
        if (np.abs(asked.gradients[name] - m) > 1e-3 * size).any():
            return False
    return True


def cs231n(threshold: float) -> Decide:
    """Step 1e-5; each entry within a share of the sum, which counts as 1e-8 at least."""

    def decide(asked: Asked) -> bool:
        for name, m in asked.entries(1e-5).items():
            off, size = np.abs(asked.gradients[name] - m), np.abs(asked.gradients[name]) + np.abs(m)
            if (off / np.maximum(size, 1e-8)).max() > threshold:
                return False
        return True

    return decide


def openmdao(asked: Asked) -> bool:
    """Forward differences, step 1e-6; the norm of an array's error within 1e-6, absolutely and relatively."""
    for name, m in asked.entries(1e-6, forward=True).items():
        off = float(np.linalg.norm(asked.gradients[name] - m))
        if off > 1e-6 or off > 1e-6 * float(np.linalg.norm(m)):
            return False
    return True


RULES = {
    "torch gradcheck": Rule(gradcheck(fast=False), "torch"),
    "torch gradcheck, fast": Rule(gradcheck(fast=True), "torch"),
    "jax check_grads": Rule(check_grads, "jax"),
    "HIPS autograd": Rule(hips_autograd),
    "Chainer": Rule(chainer),
    "PyTensor": Rule(pytensor),
    "Caffe": Rule(caffe),
    "cs231n, 1e-7": Rule(cs231n(1e-7)),
    "OpenMDAO": Rule(openmdao),
}
