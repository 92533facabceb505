"""What is known of one array's entries: reference derivatives with their uncertainties, and what follows
from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from lstmcheck.judge import verdict
from lstmcheck.lstm.parameters import ArrayInfo
from lstmcheck.lstm.types import Flags, Floats, Indices
from lstmcheck.reference.kinds import CENTRAL, KINDS
from lstmcheck.tolerances.verdict import CERTAIN_SCALE, LEGIBLE, LEGIBLE_SHORT, ROUNDING_ROOM, SCALE_GIVING

REFUTES = np.array([kind.refutes for kind in KINDS])
TELLS_ZERO = np.array([kind.tells_zero for kind in KINDS])
"""By position in `KINDS`."""


@dataclass(frozen=True)
class Given:
    """What is to be measured: some entries of one array, and their analytic gradient at a loss scale of 1."""

    info: ArrayInfo
    entries: Indices
    """Flat indices, (K,)."""
    analytic: Floats
    """(K,)."""
    rounding: Floats
    """Of a correct backward pass, per scope: (scopes,)."""
    sizes: Floats
    """The largest gradient of each scope, checked or not, as a correct backward pass has it: (scopes,)."""
    rounding_is_share: bool = False
    """`rounding` is relative to the largest reference of each scope: the size of the gradients is not
    known before."""
    computable: Flags | None = None
    """Entries whose gradient a correct backward pass gets in float64, (K,); None: all."""
    rough: bool = False
    """The loss changes so wildly within tiny steps that its differences prove nothing."""
    imprecise: Floats | float = 0.0
    """Up to this share of its scope's scale a deviation may be lost precision, (scopes,) or one for all: it
    is no proof of a mistake."""
    short: bool = False
    """Whether it is in numbers of sixteen bits, whose rounding takes digits that can be seen."""
    rows: Indices = field(init=False)
    """Position of each entry on the gate axis, (K,)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", self.info.row_of(self.entries))


class Measurement:
    """The references of one array's entries, all arrays (K,).

    Each entry is judged beside the others of its scope: its gate, its step of x, its cell of h0 and c0, or
    its array. Steps and cells that no reference resolves are one scope together with all of their array, once
    the measurement is settled.
    """

    def __init__(self, given: Given, rtol: float) -> None:
        count = len(given.entries)
        self.given, self.rtol = given, rtol
        self.rows = given.rows
        self.scopes = given.info.scope_of(given.entries)
        self.analytic = verdict.flushed(given.analytic)
        self.value = np.zeros(count)
        self.uncertainty = np.full(count, np.inf)
        self.method = np.full(count, CENTRAL, np.int8)
        """Positions in `KINDS`."""
        self.steps = np.zeros(count)
        """Of the central differences, whose values and uncertainties stay in `screened`."""
        self.screened = self.value, self.uncertainty
        self.on_kink = np.zeros(count, bool)
        """Of these the derivative was measured on one side."""
        self.middle = np.full(count, np.nan)
        """Of those, the mean of the derivatives on both sides: what a difference across the kink measures."""
        self.contradicted = np.zeros(count, bool)
        """Their complex step is not what differences find."""
        self.rough = np.zeros(count, bool)
        """Differences at finer steps find something else."""
        self.inert = np.zeros(count, bool)
        """The loss does not change with their gate."""

    def screen(self, value: Floats, uncertainty: Floats, steps: Floats) -> None:
        """Begin with central differences."""
        self.value, self.uncertainty, self.steps = value, uncertainty, steps
        # The gradient that they are compared with is itself rounded: as much as the scale of `value` says.
        self.uncertainty += self.rounding()
        self.screened = self.value.copy(), self.uncertainty.copy()

    # Scales and tolerances.

    def scales(self) -> Floats:
        """The largest reference of each entry's scope, (K,)."""
        # What overflowed gives no scale: the others are judged beside each other.
        size = np.where(np.isfinite(self.value), np.abs(self.value), 0)
        return np.asarray(self._largest(size)[self.scopes])

    def scale_is_certain(self) -> Flags:
        """Entries in scopes whose largest reference is no mere noise, (K,)."""
        giving = np.abs(self.value) >= SCALE_GIVING * self.scales()
        doubtful = giving & (self.uncertainty > CERTAIN_SCALE * np.abs(self.value))
        return np.asarray(self._largest(doubtful)[self.scopes] == 0)

    def rounding(self) -> Floats:
        """Of each entry's scope, (K,)."""
        # The whole array, a scope behind the others, rounds as the worst of them.
        bounds = np.append(self.given.rounding, self.given.rounding.max(initial=0))[self.scopes]
        return np.asarray(bounds * self.scales() if self.given.rounding_is_share else bounds)

    def tolerances(self) -> Floats:
        """τ of each entry, (K,)."""
        return verdict.tolerance(self.scales(), self.rtol, self.rounding())

    def legible(self) -> Flags:
        """Entries of scopes whose gradients are not mostly rounding: of others nothing can be said."""
        # A sample may lack the largest entries, whose rounding is the bound of all.
        sizes = np.append(self.given.sizes, self.given.sizes.max(initial=0))[self.scopes]
        largest = np.maximum(self.scales(), np.where(np.isfinite(sizes), sizes, 0))
        legible = LEGIBLE_SHORT if self.given.short else LEGIBLE
        return np.asarray(ROUNDING_ROOM * self.rounding() <= legible * largest)

    def resolved(self) -> Flags:
        """Entries of scopes in which zeros would not pass."""
        with np.errstate(invalid="ignore"):
            beyond = np.abs(self.value) - self.uncertainty > self.tolerances()
        return np.asarray(self._largest(beyond)[self.scopes] > 0)

    def settle(self) -> None:
        """Steps and cells whose references are too uncertain are judged by the scale of their whole array."""
        if self.given.info.scopes > self.given.info.rows:
            whole = self.given.info.scopes
            vague = self._largest(~(self.uncertainty <= self.tolerances()))[self.scopes] > 0
            # Where some entry fails for certain the others were not measured closer: that it fails stays.
            wrong = self._largest(self.failed() & self.scale_is_certain())[self.scopes] > 0
            own = self.resolved() & self.legible() & (wrong | ~vague)
            self.scopes = np.where(own, self.scopes, whole)

    def _largest(self, values: Floats | Flags) -> Floats:
        """By scope, and a place for the whole array behind them: (scopes + 1,)."""
        found = np.zeros(self.given.info.scopes + 1)
        np.maximum.at(found, self.scopes, values)
        found[-1] = np.max(values, initial=0)
        return found

    # Verdicts.

    def passed(self) -> Flags:
        """Entries that agree for certain."""
        agree = verdict.passes(self.analytic, self.value, self.uncertainty, self.tolerances())
        return agree & self.legible() & self.resolved() | self._both_zero()

    def failed(self) -> Flags:
        """Entries that disagree for certain."""
        # Where digits are lost to rounding, or to a precision that was declared, a deviation proves nothing;
        # nor does what even a correct backward pass does not get in these numbers.
        finite = np.isfinite(self.analytic)
        unknown = ~self.legible() | self.imprecise() | self.unproven()
        excused = finite & unknown | ~(finite | self._computable())
        # Differences may be confident and wrong; what they refute they refute many times over.
        certain = REFUTES[self.method] * self.uncertainty
        off = verdict.fails(self.analytic, self.value, certain, self.tolerances())
        return off & ~self.on_kink & ~excused

    def unproven(self) -> Flags:
        """Entries that only differences speak of, of a loss that is too rough for them."""
        return np.asarray(self.given.rough & ~TELLS_ZERO[self.method])

    def imprecise(self) -> Flags:
        """Entries that are off by no more than lost precision explains."""
        shares = np.broadcast_to(self.given.imprecise, self.given.info.scopes)
        reach = np.append(shares, shares.max(initial=0))[self.scopes] * self.scales()
        return np.asarray(np.abs(self.analytic - self.value) <= reach) & (reach > 0)

    def unmeasurable(self) -> Flags:
        """Entries at a kink that lie between the derivatives on its two sides, and agree with neither."""
        # `value` is the derivative on one side, as far from the middle as that on the other: any slope
        # between them is as right as ours.
        # The middle is a single difference, which a kink makes coarser than any other.
        coarse = self.tolerances() if self.given.info.gates else self.tolerances().max(initial=0)
        reach = np.abs(self.value - self.middle) * (1 + self.rtol) + coarse
        return np.asarray(self.on_kink & ~self.passed() & (np.abs(self.analytic - self.middle) <= reach))

    def overflowed(self) -> Flags:
        """Entries of which no number can be had, though nothing is wrong with the gradient."""
        return ~np.isfinite(self.value) | ~(np.isfinite(self.analytic) | self._computable())

    def told_from_zero(self) -> Flags:
        """Entries that fail, are larger than τ + u, right to `rtol` of themselves, or zero in both."""
        size = np.abs(self.value)
        with np.errstate(invalid="ignore"):
            itself = np.abs(self.analytic - self.value) + self.uncertainty <= self.rtol * size
            large = size > self.tolerances() + self.uncertainty
        # Beside a large entry of its gate a small one passes whatever it is: of itself nothing is known.
        zero = (self.analytic == 0) & (self.value == 0)
        return np.asarray(self.failed() | self.passed() & (large | itself | zero))

    def _computable(self) -> Flags:
        computable = self.given.computable
        return np.ones(len(self.value), bool) if computable is None else computable

    def _both_zero(self) -> Flags:
        """Exactly: a complex step can tell, or that their gate has no effect at all."""
        exact = TELLS_ZERO[self.method] & ~self.contradicted | self.inert
        return np.asarray((self.analytic == 0) & (self.value == 0) & exact)

    def replace(self, which: Indices, method: int, value: Floats, uncertainty: Floats) -> None:
        """Put better measurements in the place of some."""
        self.value[which] = verdict.flushed(value)
        self.uncertainty[which] = uncertainty
        self.method[which] = method
