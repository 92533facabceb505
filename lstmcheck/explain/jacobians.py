"""Exact Jacobians of one step, and their products over time.

The state of a step is the pair (h, c). A step's Jacobian is the derivative of its new pair by its old one,
a matrix of four blocks,

    ∂h_t/∂h_{t−1}  ∂h_t/∂c_{t−1}
    ∂c_t/∂h_{t−1}  ∂c_t/∂c_{t−1}

and the chain rule multiplies these matrices. A block of a product is therefore a total derivative through
both states: ∂c_T/∂c_t moves c_t with h_t held, and follows every later path through c and through h.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Step, Trace
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.types import Floats


def step_jacobian(trace: Trace, s: Step) -> Floats:
    """∂(h_t, c_t)/∂(h_{t−1}, c_{t−1}) of each sequence, (B, P + H, P + H).

    Derived from the equations of `lstmcheck.lstm.forward.step`; sequences past their end are not looked at.
    """
    into_c, (by_c, by_z_o) = _cell_slopes(trace, s), output_slopes(trace, s)
    batch, H = s.c.shape
    P, unit = s.cell.U.shape[-1], np.arange(H)
    c_by_c = s.f.copy()
    if s.cell.p is not None:
        c_by_c += s.cell.peephole(I, into_c[I]) + s.cell.peephole(F, into_c[F])
    found = np.zeros((batch, P + H, P + H))
    found[:, P:, :P] = c_by_h = np.einsum("kbh,khp->bhp", into_c[:O], s.cell.U[:O])
    found[:, P + unit, P + unit] = c_by_c
    m_rows = found[:, :P] if s.cell.R is None else np.zeros((batch, H, P + H))
    m_rows[..., :P] = by_c[..., None] * c_by_h + by_z_o[..., None] * s.cell.U[O]
    m_rows[:, unit, P + unit] = by_c * c_by_c
    if s.cell.R is not None:
        found[:, :P] = s.cell.R @ m_rows
    return found


def _cell_slopes(trace: Trace, s: Step) -> Floats:
    """∂c_t/∂z_k, diagonal: (4, B, H), zero for o."""
    through_i = s.g - s.c_prev if trace.spec.coupled else s.g
    found = np.zeros_like(s.z)
    found[I] = through_i * s.cell.gate.derivative(s.z[I])
    if not trace.spec.coupled:
        found[F] = s.c_prev * s.cell.gate.derivative(s.z[F])
    found[G] = s.i * s.cell.candidate.derivative(s.z[G])
    return found


def output_slopes(trace: Trace, s: Step) -> tuple[Floats, Floats]:
    """∂m/∂c_t in all, through o's peephole too, and ∂m/∂z_o; (B, H) each."""
    by_z_o = Backward(trace).output_of_cell(s) * s.cell.gate.derivative(s.z[O])
    by_c = s.o * s.cell.output.derivative(s.c)
    return by_c if s.cell.p is None else by_c + s.cell.peephole(O, by_z_o), by_z_o


def chain(jacobians: Iterable[Floats]) -> Iterator[tuple[Floats, Floats]]:
    """Products J_T ⋯ J_{t+1} for lags 1, 2, …, T: a matrix (B, n, n) and the logarithm of its scale (B,).

    `jacobians` last step first. Each product is exp(scale) times its matrix: so it neither overflows nor
    loses its digits, however long the sequence.
    """
    product, scale = None, np.zeros(1)
    for jacobian in jacobians:
        product = jacobian if product is None else product @ jacobian
        size = np.abs(product).max((1, 2))
        safe = np.where((size > 0) & np.isfinite(size), size, 1)
        product = product / safe[:, None, None]
        scale = scale + np.log(safe)
        yield product, scale
