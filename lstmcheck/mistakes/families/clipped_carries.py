"""Backward passes that clip what they carry from step to step, or all quantities of a step, at a limit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.alterations import inside
from lstmcheck.mistakes.mistake import Mistake, WrongTerm, row

shared = partial(row, "shared")


def limited(gradient: Numbers, limit: float | None = None) -> Numbers:
    """Clipped at a limit; at half of its largest entry, where none is given."""
    at = np.abs(gradient).max() / 2 if limit is None else limit
    return np.clip(gradient, -at, at)


LIMIT = " at "
"""Between the catalogue's id and the limit of one that is replayed with it."""


def clipped_carries(limit: float | None = None) -> tuple[Mistake, ...]:
    """What is carried from step to step, or made in one, clipped at a limit."""
    said = "half of the largest, here" if limit is None else f"{limit:.6g}"
    exactly = "" if limit is None else f"{LIMIT}{limit!r}"

    def d_h(b: Backward, right: WrongTerm, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return inside(s, limited(right(s, d, d_h), limit), d_h)

    def d_c(b: Backward, right: WrongTerm, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return inside(s, limited(right(s, d, d_c), limit), d_c)

    def deltas(b: Backward, right: WrongTerm, *given: Any) -> Deltas:
        found: Deltas = right(*given)
        return replace(found, z=limited(found.z, limit))

    why = "Gradients explode in training, and the limit was put where they are made."
    seen = "a recurrent network in a distributed array library"
    return (
        shared(
            f"carries-clipped{exactly}",
            f"d_h and d_c are clipped on their way to the previous step, at {said}",
            "d_h = clip(Σ_k U_kᵀ d_z_k, −m, m),  d_c_prev = clip(d_c ∘ f, −m, m)",
            "d_h = Σ_k U_kᵀ d_z_k,  d_c_prev = d_c ∘ f",
            why=why,
            seen=seen,
            d_h_prev=d_h,
            d_c_prev=d_c,
        ),
        shared(
            f"hidden-carry-clipped{exactly}",
            f"d_h is clipped on its way to the previous step, at {said}",
            "d_h = clip(Σ_k U_kᵀ d_z_k, −m, m)",
            "d_h = Σ_k U_kᵀ d_z_k",
            why=why,
            d_h_prev=d_h,
        ),
        shared(
            f"cell-carry-clipped{exactly}",
            f"d_c is clipped on its way to the previous step, at {said}",
            "d_c_prev = clip(d_c ∘ f, −m, m)",
            "d_c_prev = d_c ∘ f",
            why=why,
            d_c_prev=d_c,
        ),
        shared(
            f"gate-gradients-clipped{exactly}",
            f"the gradients of the pre-activations are clipped at {said}",
            "d_z_k = clip(…, −m, m)",
            "d_z_k = …",
            why=why,
            deltas=deltas,
        ),
    )
