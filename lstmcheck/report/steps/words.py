"""What the branches of the V are, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, isnan

from lstmcheck.config import Config
from lstmcheck.judge.step_curves import StepCurves
from lstmcheck.judge.verdict import Verdict
from lstmcheck.tolerances.differences import NOISE_FACTOR
from lstmcheck.tolerances.verdict import TIMES_OVER


def title(config: Config, curves: StepCurves) -> str:
    """Whose, and where."""
    return f"{config.name}: {curves.direction.name}, step by step"


def sentences(config: Config, curves: StepCurves) -> Iterator[str]:
    """One for each branch, for the step that was taken, and for how far the gradient is off."""
    yield _two_gradients(curves)
    yield _truncation(curves)
    yield _noise(curves)
    if curves.chosen is not None:
        yield _step(config, curves, curves.chosen)
    yield _complex(curves)
    yield _verdict(curves)


def is_wrong(curves: StepCurves) -> bool:
    """Whether the gradient is off by more than the tolerance and many uncertainties, in a gate that fails."""
    return curves.verdict == Verdict.FAIL and _is_off(curves)


def _is_off(curves: StepCurves) -> bool:
    off = abs(curves.analytic - curves.reference)
    return not off - TIMES_OVER * curves.uncertainty <= curves.tolerance


def best_step(curves: StepCurves) -> float | None:
    """Where noise and truncation add up to least; None where truncation is not seen."""
    if not (curves.noise and isfinite(curves.twist) and curves.twist):
        return None
    return float((NOISE_FACTOR * curves.noise / 2 / abs(curves.twist)) ** (1 / 3))


def _two_gradients(curves: StepCurves) -> str:
    along = "" if curves.direction.index is not None else " (along the direction)"
    return (
        f"The gradient says {curves.analytic:.6e}{along}; measured is {curves.reference:.6e} ±"
        f" {curves.uncertainty:.1e}."
    )


def _truncation(curves: StepCurves) -> str:
    best = best_step(curves)
    if best is None or isnan(curves.bend):
        return (
            "The branch on the right, long steps, is truncation. Here no difference bends enough to be seen"
            " above the noise."
        )
    return (
        f"The branch on the right, steps above {best:.0e}, is truncation: what a difference leaves out."
        f" A central one leaves out {abs(curves.twist):.1e}·s², a sixth of the third derivative times the"
        f" square of the step; a forward one {abs(curves.bend):.1e}·s. At half the step that is a quarter and"
        " a half."
    )


def _noise(curves: StepCurves) -> str:
    return (
        f"The branch on the left, short steps, is noise: the loss is rounded to ± {curves.noise:.1e}"
        " (measured), and a difference divides that by the step. At half the step it is twice as large."
    )


def _step(config: Config, curves: StepCurves, step: float) -> str:
    if curves.direction.index is None:
        return f"Entries of the gate that were measured one by one took steps of {step:.1e}."
    noise = NOISE_FACTOR * curves.noise / step
    cut = abs(curves.twist) * step**2 if isfinite(curves.twist) else 0.0
    share = f", {(noise + cut) / curves.tolerance:.0e} of the tolerance" if curves.tolerance else ""
    adds = f"noise {noise:.0e} and truncation {cut:.0e} add up to {noise + cut:.0e}{share}"
    if config.check.step != "auto":
        return f"check.step is {step:.1e}, as configured: {adds}."
    best = best_step(curves)
    if best is not None and not 0.25 < step / best < 4:
        return (
            f"step: auto took {step:.1e}: {adds}. It goes by the entries of the gate that bend most, and"
            f" stays within limits; for this one {best:.0e} would be best."
        )
    return f"step: auto took {step:.1e}, where both together are least: {adds}."


def _complex(curves: StepCurves) -> str:
    if curves.complex_fault is not None:
        return f"No complex steps: {curves.complex_fault}"
    return "A complex step subtracts nothing: it has no left branch, and can be as short as you like."


def _verdict(curves: StepCurves) -> str:
    off = abs(curves.analytic - curves.reference)
    share = f", {off / curves.scale:.1e} of the gate's scale" if curves.scale and isfinite(off) else ""
    if not isfinite(curves.analytic):
        return "The gradient is not finite: no step comes near it."
    if not off and not curves.analytic:
        return "Both are zero: the loss does not change along it."
    if is_wrong(curves):
        return (
            f"Between the branches is a plateau at {off:.1e}{share}. It does not move with the step: neither"
            " truncation nor noise explains it. The gradient is not the derivative."
        )
    if _is_off(curves):
        return (
            f"Here the two are {off:.1e} apart{share}, but the gate does not fail: where an activation has a"
            " kink, differences measure the middle of both its sides."
        )
    if off + curves.uncertainty <= curves.tolerance:
        return (
            f"There is no plateau above the tolerance: the gradient and the best measured derivative are"
            f" {off:.1e} apart{share}."
        )
    return (
        f"The two are {off:.1e} apart{share}, which the uncertainty of the reference reaches: nothing is"
        " proven here."
    )
