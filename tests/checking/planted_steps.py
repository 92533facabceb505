"""Mistakes inside a step, and in what is passed from step to step: one wrong method each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from planted import Mistakes

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.gates import F, G, I
from lstmcheck.lstm.types import Numbers

STEP_MISTAKES = Mistakes()
mistake = STEP_MISTAKES.file


def is_last(s: Step, backward: Backward) -> bool:
    return s.t == len(backward.trace.x) - 1


# Time.


@mistake("no-recurrence")
class _NoRecurrence(Backward):
    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        return d_y + d_h if is_last(s, self) else d_y

    def d_c_total(self, s: Step, d_c: Numbers) -> Numbers:
        return d_c if is_last(s, self) else np.zeros_like(d_c)


@mistake("hidden-carry-dropped")
class _HiddenCarryDropped(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return np.zeros_like(d_h)


@mistake("cell-carry-dropped")
class _CellCarryDropped(Backward):
    def d_c_total(self, s: Step, d_c: Numbers) -> Numbers:
        return np.zeros_like(d_c)


@mistake("hidden-carry-doubled")
class _HiddenCarryDoubled(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return 2 * super().d_h_prev(s, d, d_h)


@mistake("cell-carry-without-forget")
class _CellCarryWithoutForget(Backward):
    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return d.c


@mistake("cell-carry-wrong-gate")
class _CellCarryWrongGate(Backward):
    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return np.asarray(d.c * s.i)


@mistake("cell-carry-before-output-derivative")
class _CellCarryBeforeOutputDerivative(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return np.asarray((d_c + d_m * s.o) * s.cell.output.derivative(s.c))


@mistake("final-cell-gradient-ignored")
class _FinalCellGradientIgnored(Backward):
    def d_c_total(self, s: Step, d_c: Numbers) -> Numbers:
        return np.zeros_like(d_c) if is_last(s, self) else d_c


@mistake("output-gradient-ignored")
class _OutputGradientIgnored(Backward):
    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        return d_h


@mistake("only-last-output-gradient")
class _OnlyLastOutputGradient(Backward):
    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        return d_y + d_h if is_last(s, self) else d_h


@mistake("truncated-bptt-2")
class _TruncatedBptt(Backward):
    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return np.zeros_like(d_h) if s.t == len(self.trace.x) - 2 else super().d_h_prev(s, d, d_h)

    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return np.zeros_like(d_c) if s.t == len(self.trace.x) - 2 else super().d_c_prev(s, d, d_c)


@mistake("averaged-over-time", "W", "U", "b")
class _AveragedOverTime(Backward):
    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        return {block: term / len(self.trace.x) for block, term in super().parameter_terms(s, d).items()}


@mistake("input-gradient-time-reversed", "x")
class _InputGradientTimeReversed(Backward):
    def d_x_of_layer(self, d_x: Sequence[Numbers]) -> Numbers:
        return super().d_x_of_layer(d_x)[::-1]


# Local derivatives.


@mistake("output-gate-uses-cell")
class _OutputGateUsesCell(Backward):
    def output_of_cell(self, s: Step) -> Numbers:
        return s.c


@mistake("output-gate-uses-old-cell")
class _OutputGateUsesOldCell(Backward):
    def output_of_cell(self, s: Step) -> Numbers:
        return s.c_prev


@mistake("output-path-missing")
class _OutputPathMissing(Backward):
    def d_z_o(self, s: Step, d_m: Numbers) -> Numbers:
        return np.zeros_like(d_m)


@mistake("output-derivative-missing")
class _OutputDerivativeMissing(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return np.asarray(d_c + d_m * s.o)


@mistake("output-derivative-of-raw-cell")
class _OutputDerivativeOfRawCell(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return np.asarray(d_c + d_m * s.o * (1 - s.c**2))


@mistake("output-derivative-twice")
class _OutputDerivativeTwice(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return np.asarray(d_c + d_m * s.o * (1 - np.tanh(np.tanh(s.c)) ** 2))


@mistake("output-derivative-at-old-cell")
class _OutputDerivativeAtOldCell(Backward):
    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return np.asarray(d_c + d_m * s.o * (1 - np.tanh(s.c_prev) ** 2))


@mistake("sigmoid-derivative-twice")
class _SigmoidDerivativeTwice(Backward):
    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        again = 1 / (1 + np.exp(-s.i))
        return np.asarray(d_c * s.g * again * (1 - again))


@mistake("sigmoid-instead-of-derivative")
class _SigmoidInsteadOfDerivative(Backward):
    def d_z_f(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.c_prev * s.f)


@mistake("sigmoid-derivative-missing")
class _SigmoidDerivativeMissing(Backward):
    def d_z_f(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.c_prev)


@mistake("wrong-activation-derivative")
class _WrongActivationDerivative(Backward):
    def d_z_g(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.i * s.g * (1 - s.g))


@mistake("input-gate-uses-itself")
class _InputGateUsesItself(Backward):
    def d_z_i(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.i * s.cell.gate.derivative(s.z[I]))


@mistake("candidate-uses-itself")
class _CandidateUsesItself(Backward):
    def d_z_g(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.g * s.cell.candidate.derivative(s.z[G]))


@mistake("forget-uses-new-cell")
class _ForgetUsesNewCell(Backward):
    def d_z_f(self, s: Step, d_c: Numbers) -> Numbers:
        return np.asarray(d_c * s.c * s.cell.gate.derivative(s.z[F]))


@mistake("candidate-sign")
class _CandidateSign(Backward):
    def d_z_g(self, s: Step, d_c: Numbers) -> Numbers:
        return -super().d_z_g(s, d_c)
