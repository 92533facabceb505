"""What a backward pass that clips inside clips, and at which limit.

What it returns is read off; what it carries from step to step is found by our own backward pass clipped in
the same way, as far as it is the same without.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Outputs, Step
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.behaviour.asking import Asking, times
from lstmcheck.tolerances.behaviour import CLIPPED_ALIKE, LARGE_UPSTREAM, LIMIT_HALVINGS, UNCLIPPED_UPSTREAM

Scaled = Callable[[Asking, float], Arrays]


def describe_limit(asking: Asking, scaled: Scaled) -> str | None:
    """What is clipped and at which limit, in words; None where it is something else that is not linear.

    `scaled` gives B(s·d) / s for a factor s.
    """
    right = scaled(asking, UNCLIPPED_UPSTREAM)
    got, wanted = times(LARGE_UPSTREAM, scaled(asking, LARGE_UPSTREAM)), times(LARGE_UPSTREAM, right)
    names = list(asking.differing(got, wanted))
    if not names:
        return None
    pairs = {name: (got[name], wanted[name]) for name in names}
    return _by_value(pairs) or _by_norm(pairs) or _on_its_way(asking, scaled, right, got)


def _alike(one: Numbers, other: Numbers, share: float = CLIPPED_ALIKE) -> bool:
    return bool((np.abs(one - other) <= share * np.abs(other).max(initial=0)).all())


Pairs = Mapping[str, tuple[Numbers, Numbers]]
"""By array: what came back, and what should have."""


def _by_value(pairs: Pairs) -> str | None:
    limits = {name: float(np.abs(got).max()) for name, (got, _) in pairs.items()}
    clipped = all(_alike(np.clip(w, -limits[n], limits[n]), g) for n, (g, w) in pairs.items())
    return f"what it returns is clipped, by value, {_at(limits)}" if clipped else None


def _by_norm(pairs: Pairs) -> str | None:
    shares = {n: float(np.vdot(w, g) / np.vdot(w, w)) for n, (g, w) in pairs.items()}
    if not all(share > 0 and _alike(share * pairs[n][1], pairs[n][0]) for n, share in shares.items()):
        return None
    norms = {name: float(np.linalg.norm(got)) for name, (got, _) in pairs.items()}
    one, *others = shares.values()
    if others and all(abs(share / one - 1) < CLIPPED_ALIKE for share in others):
        together = float(np.linalg.norm(list(norms.values())))
        return f"what it returns is scaled down to a norm of {together:.3g} together: {', '.join(pairs)}"
    return f"what it returns is scaled down, each array to its norm, {_at(norms)}"


def _at(limits: Mapping[str, float]) -> str:
    """`at 5: W_l0, U_l0`, or each with its own."""
    told = {name: f"{limit:.3g}" for name, limit in limits.items()}
    if len(set(told.values())) == 1:
        return f"at {next(iter(told.values()))}: {', '.join(told)}"
    return ", ".join(f"{name} at {limit}" for name, limit in told.items())


# On its way from step to step.

PLACES = {
    ("d_h",): "d_h is clipped on its way to the step before",
    ("d_c",): "d_c is clipped on its way to the step before",
    ("d_h", "d_c"): "d_h and d_c are clipped on their way to the step before",
    ("d_h at its step",): "d_h is clipped where d_y is added to it",
    ("d_c at its step",): "d_c is clipped within each step",
    ("d_z",): "d_z, the gradients of the pre-activations, are clipped within each step",
    ("terms",): "what each step adds to the parameters' gradients is clipped",
}
"""What may be clipped → in words."""
KINDS: dict[str, tuple[Callable[[Numbers], float], Callable[[Numbers, float], Numbers]]] = {
    "by value": (lambda q: float(np.abs(q).max(initial=0)), lambda q, limit: np.clip(q, -limit, limit)),
    "by norm": (
        lambda q: float(np.linalg.norm(q)),
        lambda q, limit: q * min(1.0, limit / max(float(np.linalg.norm(q)), np.finfo(float).tiny)),
    ),
}
"""How: the size that is limited, and an array within its limit."""


class _Through(Backward):
    """A backward pass in which everything that is carried goes through a function, with its place."""

    def __init__(self, trace: Any, through: Callable[[str, Numbers], Numbers]) -> None:
        super().__init__(trace)
        self.through = through

    def d_h_total(self, s: Step, d_y: Numbers, d_h: Numbers) -> Numbers:
        return self.through("d_h at its step", super().d_h_total(s, d_y, d_h))

    def d_c(self, s: Step, d_m: Numbers, d_z_o: Numbers, d_c: Numbers) -> Numbers:
        return self.through("d_c at its step", super().d_c(s, d_m, d_z_o, d_c))

    def deltas(self, s: Step, d_h: Numbers, d_c: Numbers) -> Deltas:
        found = super().deltas(s, d_h, d_c)
        return replace(found, z=self.through("d_z", found.z))

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        return self.through("d_h", super().d_h_prev(s, d, d_h))

    def d_c_prev(self, s: Step, d: Deltas, d_c: Numbers) -> Numbers:
        return self.through("d_c", super().d_c_prev(s, d, d_c))

    def parameter_terms(self, s: Step, d: Deltas) -> dict[str, Numbers]:
        return {name: self.through("terms", term) for name, term in super().parameter_terms(s, d).items()}


def _on_its_way(asking: Asking, scaled: Scaled, right: Arrays, got: Arrays) -> str | None:
    """The place and the kind that give what came back, where our backward pass is theirs without a limit."""
    trace, upstream = asking.case.trace(), asking.first.upstream
    if asking.differing(Backward(trace).gradients(upstream), right):
        return None
    end = _end_of_linear(asking, scaled, right)
    large = Outputs(*(LARGE_UPSTREAM * d for d in upstream))
    for kind, (size, within) in KINDS.items():
        sizes = _sizes(trace, upstream, size)
        for places, words in PLACES.items():
            limit = end * max(sizes[place] for place in places)
            clipped = _Through(trace, _limiter(places, limit, within)).gradients(large)
            if all(_alike(clipped[name], array) for name, array in got.items()):
                return f"{words}, {kind}, at {limit:.3g}"
    return (
        f"its gradients are linear up to {end:.3g} times the upstream, and not beyond: is something clipped?"
    )


def _limiter(
    places: tuple[str, ...], limit: float, within: Callable[[Numbers, float], Numbers]
) -> Callable[[str, Numbers], Numbers]:
    return lambda place, q: within(q, limit) if place in places else q


def _sizes(trace: Any, upstream: Outputs, size: Callable[[Numbers], float]) -> dict[str, float]:
    """The largest that passes each place."""
    found = {place: 0.0 for places in PLACES for place in places}

    def record(place: str, q: Numbers) -> Numbers:
        found[place] = max(found[place], size(q))
        return q

    _Through(trace, record).gradients(upstream)
    return found


def _end_of_linear(asking: Asking, scaled: Scaled, right: Arrays) -> float:
    """The factor of the upstream from which on its gradients are not those of a small one."""
    low, high = np.log2(UNCLIPPED_UPSTREAM), np.log2(LARGE_UPSTREAM)
    for _ in range(LIMIT_HALVINGS):
        middle = (low + high) / 2
        # The factor is no power of two any more: its digits round.
        if asking.differing(scaled(asking, 2.0**middle), right):
            high = middle
        else:
            low = middle
    return float(2.0 ** ((low + high) / 2))
