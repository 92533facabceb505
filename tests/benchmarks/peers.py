"""Other ways to check the gradients of an LSTM, beside which `bench_run.py` times ours."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST = 4096
"""Entries that a peer measures; with more its time is taken from these."""


@dataclass(frozen=True)
class Sizes:
    D: int
    H: int
    T: int
    B: int
    layers: int = 1

    def __str__(self) -> str:
        layers = f" {self.layers} layers" if self.layers > 1 else ""
        return f"D{self.D} H{self.H} T{self.T} B{self.B}{layers}, {self.parameters:,} parameters"

    @property
    def parameters(self) -> int:
        above = (self.layers - 1) * (2 * self.H + 1)
        return 4 * self.H * (self.D + self.H + 1 + above)

    def yaml(self, method: str = "auto", blocks: str = "[W, U, b]") -> str:
        return (
            f"lstm: {{input_size: {self.D}, hidden_size: {self.H}, num_layers: {self.layers}}}\n"
            f"sequence: {{length: {self.T}, batch: {self.B}}}\n"
            f"check: {{method: {method}, blocks: {blocks}}}\n"
        )


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


class Plain:
    """The loop that everybody writes first: one LSTM forward for each side of each entry."""

    def __init__(self, sizes: Sizes) -> None:
        random = np.random.default_rng(0)
        self.sizes = sizes
        D, H, T, B = sizes.D, sizes.H, sizes.T, sizes.B
        self.parameters = [0.2 * random.standard_normal(s) for s in ((D, 4 * H), (H, 4 * H), (4 * H,))]
        self.x = random.standard_normal((T, B, D))
        self.upstream = random.standard_normal((T, B, H))

    def loss(self) -> float:
        W, U, b = self.parameters
        h = c = np.zeros((self.sizes.B, self.sizes.H))
        total = 0.0
        for x, upstream in zip(self.x, self.upstream, strict=True):
            z_i, z_f, z_g, z_o = np.split(x @ W + h @ U + b, 4, axis=1)
            c = c / (1 + np.exp(-z_f)) + np.tanh(z_g) / (1 + np.exp(-z_i))
            h = np.tanh(c) / (1 + np.exp(-z_o))
            total += float((h * upstream).sum())
        return total

    def seconds(self) -> float:
        """Of all entries."""
        most = MOST // len(self.parameters)
        measured = sum(min(a.size, most) for a in self.parameters)
        return timed(lambda: self.differences(most)) * self.sizes.parameters / measured

    def differences(self, most: int, step: float = 1e-5) -> list[Floats]:
        """By up to so many entries of each array."""
        found = [np.zeros_like(a) for a in self.parameters]
        for array, into in zip(self.parameters, found, strict=True):
            for index in islice(np.ndindex(array.shape), most):
                kept = array[index]
                array[index] = kept + step
                plus = self.loss()
                array[index] = kept - step
                into[index] = (plus - self.loss()) / (2 * step)
                array[index] = kept
        return found


class Gradcheck:
    """torch's own check at its defaults, of torch.nn.LSTM's parameters, where one gradient may be wrong."""

    def __init__(self, sizes: Sizes) -> None:
        import torch

        torch.manual_seed(0)
        # More than one only wait for each other at these sizes.
        torch.set_num_threads(1)
        self.sizes = sizes
        lstm = torch.nn.LSTM(sizes.D, sizes.H, dtype=torch.float64)
        names, values = zip(*lstm.named_parameters(), strict=True)
        self.values = [v.detach().requires_grad_() for v in values]
        x = torch.randn(sizes.T, sizes.B, sizes.D, dtype=torch.float64)

        def loss(*arrays: torch.Tensor) -> torch.Tensor:
            y, _ = torch.func.functional_call(lstm, dict(zip(names, arrays, strict=True)), (x,))
            return torch.sum(y)

        self.loss = loss

    def passes(self, *, fast: bool, error: float = 0.0, arrays: int = 4) -> bool:
        """Of the last arrays; with the largest gradient of the first of them off by a share of itself."""
        import torch

        loss, fixed = self.loss, self.values[: 4 - arrays]

        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *given):  # type: ignore[no-untyped-def]
                ctx.given = given
                return loss(*fixed, *given)

            @staticmethod
            def backward(ctx, upstream):  # type: ignore[no-untyped-def]
                with torch.enable_grad():
                    own = [v.detach().requires_grad_() for v in ctx.given]
                    found = torch.autograd.grad(loss(*fixed, *own), own)
                first = found[0].clone().flatten()
                first[first.abs().argmax()] *= 1 + error
                return tuple(upstream * g for g in (first.view_as(found[0]), *found[1:]))

        given = tuple(self.values[4 - arrays :])
        return bool(torch.autograd.gradcheck(Wrong.apply, given, fast_mode=fast, raise_exception=False))

    def seconds(self, *, fast: bool) -> float:
        """The slow one takes as long for one entry as for another: it does those of a bias."""
        if fast:
            return timed(lambda: self.passes(fast=True))
        measured = self.values[-1].numel()
        return timed(lambda: self.passes(fast=False, arrays=1)) * float(self.sizes.parameters / measured)

    def smallest(self, *, fast: bool) -> float:
        """The least power of ten that fails, as a share of the largest gradient of a bias: the fast one, of
        more entries, would see less of it, and would do all of them slowly where it fails."""
        powers = (10.0**k for k in range(-7, 4))
        return next((e for e in powers if not self.passes(fast=fast, error=e, arrays=1)), np.inf)
