"""Mistakes in what a step adds to the parameters, in the inputs' gradients, and in the variants."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from planted import Mistakes

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.cell import CellKey
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import F, G, I, O
from lstmcheck.lstm.types import Numbers

ARRAY_MISTAKES = Mistakes()
mistake = ARRAY_MISTAKES.file

Cells = tuple[Numbers, Numbers, Numbers]
"""d_x, d_h0 and d_c0 of one cell."""


# Parameters.


@mistake("recurrent-weights-use-new-hidden", "U")
class _RecurrentWeightsUseNewHidden(Backward):
    def d_U(self, s: Step, d: Deltas) -> Numbers:
        return np.asarray(d.z.swapaxes(1, 2) @ s.h)


@mistake("recurrent-weights-overwritten", "U")
class _RecurrentWeightsOverwritten(Backward):
    def d_U(self, s: Step, d: Deltas) -> Numbers:
        return super().d_U(s, d) * (s.t == 0)


@mistake("input-weights-last-step-only", "W")
class _InputWeightsLastStepOnly(Backward):
    def d_W(self, s: Step, d: Deltas) -> Numbers:
        return super().d_W(s, d) * (s.t == len(self.trace.x) - 1)


@mistake("first-step-skipped", "W", "U", "b")
class _FirstStepSkipped(Backward):
    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        return {block: term * (s.t > 0) for block, term in super().parameter_terms(s, d).items()}


@mistake("bias-batch-mean", "b")
class _BiasBatchMean(Backward):
    def d_b(self, s: Step, d: Deltas) -> Numbers:
        return np.asarray(d.z.mean(1))


@mistake("bias-first-sample", "b")
class _BiasFirstSample(Backward):
    def d_b(self, s: Step, d: Deltas) -> Numbers:
        return d.z[:, 0]


@mistake("bias-doubled", "b")
class _BiasDoubled(Backward):
    def d_b(self, s: Step, d: Deltas) -> Numbers:
        return 2 * super().d_b(s, d)


@mistake("bias-doubled, one of two", "b_hh", lstm={"bias": "two"})
class _OneBiasDoubled(Backward):
    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        terms = super().parameter_terms(s, d)
        return terms | {"b_hh": 2 * terms["b_hh"]}


@mistake("copied-gate", "b_i", "b_o")
class _CopiedGate(Backward):
    def d_b(self, s: Step, d: Deltas) -> Numbers:
        return super().d_b(s, d)[[F, F, G, F]]


@mistake("weights-batch-mean", "W", "U")
class _WeightsBatchMean(Backward):
    def d_W(self, s: Step, d: Deltas) -> Numbers:
        return super().d_W(s, d) / len(s.x)

    def d_U(self, s: Step, d: Deltas) -> Numbers:
        return super().d_U(s, d) / len(s.x)


@mistake("gate-order-in-backward")
class _GateOrderInBackward(Backward):
    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        d = super().deltas(s, d_h, d_c)
        return Deltas(d.h, d.m, d.c, d.z[[I, F, O, G]])


# Inputs and states.


@mistake("hidden-without-output-gate")
class _HiddenWithoutOutputGate(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return np.asarray((d.z[:O] @ s.cell.U[:O]).sum(0))


@mistake("recurrent-weights-not-transposed")
class _RecurrentWeightsNotTransposed(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return np.asarray((d.z @ s.cell.U.swapaxes(1, 2)).sum(0))


@mistake("input-without-output-gate", "x")
class _InputWithoutOutputGate(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        return np.asarray((d.z[:O] @ s.cell.W[:O]).sum(0))


@mistake("input-other-gate-order", "x")
class _InputOtherGateOrder(Backward):
    def d_x(self, s: Step, d: Deltas) -> Numbers:
        return np.asarray((d.z @ s.cell.W[[I, F, O, G]]).sum(0))


@mistake("initial-hidden-zero", "h0")
class _InitialHiddenZero(Backward):
    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> Cells:
        d_x, d_h0, d_c0 = super().cell(key, d_y, d_h, d_c)
        return d_x, 0 * d_h0, d_c0


@mistake("initial-cell-zero", "c0")
class _InitialCellZero(Backward):
    def cell(self, key: CellKey, d_y: Numbers, d_h: Numbers, d_c: Numbers) -> Cells:
        d_x, d_h0, d_c0 = super().cell(key, d_y, d_h, d_c)
        return d_x, d_h0, 0 * d_c0


@mistake("reverse-direction-not-added", "x", lstm={"bidirectional": True})
class _ReverseDirectionNotAdded(Backward):
    def d_x_of_layer(self, d_x: Sequence[Numbers]) -> Numbers:
        return d_x[0]


@mistake("upper-layer-bias-zero", "b_l2", lstm={"num_layers": 3})
class _UpperLayerBiasZero(Backward):
    def d_b(self, s: Step, d: Deltas) -> Numbers:
        return super().d_b(s, d) * (s.cell.key[0] < 2)


# Masks and variants.


@mistake("mask-not-on-hidden-gradient", sequence={"lengths": [3, 2, 1, 3, 2]})
class _MaskNotOnHiddenGradient(Backward):
    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        return d_y + d_h


@mistake("masked-output-only", sequence={"lengths": [3, 2, 1, 3, 2]})
class _MaskedOutputOnly(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return np.asarray((d.z @ s.cell.U).sum(0))

    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return np.asarray(d.c * s.f)


@mistake("peephole-output-uses-old-cell", "p_o", lstm={"peephole": True})
class _PeepholeOutputUsesOldCell(Backward):
    def d_p(self, s: Step, d: Deltas) -> Numbers:
        found = super().d_p(s, d)
        found[2] = (d.z[O] * s.c_prev).sum(0)
        return found


@mistake("peephole-output-not-in-cell", lstm={"peephole": True})
class _PeepholeOutputNotInCell(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return super().d_c(s, d_m, np.zeros_like(d_z_o), d_c)


@mistake("peephole-not-in-carry", lstm={"peephole": True})
class _PeepholeNotInCarry(Backward):
    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return np.asarray(d.c * s.f)


@mistake("coupled-sign", lstm={"coupled": True})
class _CoupledSign(Backward):
    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * (s.g + s.c_prev) * s.cell.gate.derivative(s.z[I]))


@mistake("coupled-ignored", lstm={"coupled": True})
class _CoupledIgnored(Backward):
    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.g * s.cell.gate.derivative(s.z[I]))


@mistake("projection-gradient-without-output-gate", "R", lstm={"hidden_size": 4, "proj_size": 2})
class _ProjectionWithoutOutputGate(Backward):
    def d_R(self, s: Step, d: Deltas) -> Numbers:
        return np.asarray(d.h.T @ self.output_of_cell(s))


@mistake("projection-not-transposed", lstm={"hidden_size": 4, "proj_size": 2})
class _ProjectionNotTransposed(Backward):
    def d_m(self, s: Step, d_h: Numbers) -> Numbers:
        assert s.cell.R is not None
        return np.asarray(d_h @ s.cell.R.reshape(s.cell.R.shape[::-1]).T)
