"""Which terms of one step are wrong, each told from what the backward pass itself made of the one before.

Of one step and one sequence the bias's gradient is d_z; W's and U's are products of it, and so are d_x and
d_h.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lstmcheck.judge.diagnosis_result import Asked, WrongTerm
from lstmcheck.lstm.gates import GATES, F, G, I, O
from lstmcheck.lstm.types import Arrays, Floats
from lstmcheck.mistakes.diagnosis.scene import Scene, names_of
from lstmcheck.tolerances.diagnosis import SAME


@dataclass(frozen=True)
class _Term:
    name: str
    found: Floats
    wanted: Floats

    @property
    def is_wrong(self) -> bool:
        return not _close(self.found, self.wanted)

    def told(self) -> WrongTerm:
        """Its worst entry."""
        apart = np.abs(self.found - self.wanted)
        index = np.unravel_index(int(np.argmax(np.where(np.isfinite(apart), apart, np.inf))), apart.shape)
        return WrongTerm(
            self.name, tuple(map(int, index)), float(self.found[index]), float(self.wanted[index])
        )


def _close(one: Floats, other: Floats) -> bool:
    return bool(np.abs(one - other).max(initial=0) <= SAME * np.abs(other).max(initial=0))


def parted(scene: Scene) -> Asked:
    """Which terms, or where those are not to be had which rows, of a scene are wrong, and which right."""
    if _is_one_step(scene):
        terms = list(_terms(scene))
        wrong = tuple(term.told() for term in terms if term.is_wrong)
        right = tuple(term.name for term in terms if not term.is_wrong)
        if wrong:
            return Asked(scene.words, wrong, right)
    rows = list(zip(scene.labels, scene.wrong, strict=True))
    first = next(position for position, (_, wrong) in enumerate(rows) if wrong)
    names = names_of(label for label, wrong in rows if wrong)
    right = tuple(names_of(label for label, wrong in rows if not wrong))
    return Asked(scene.words, _with_numbers(scene, names, first), right)


def _with_numbers(scene: Scene, names: list[str], first: int) -> tuple[WrongTerm, ...]:
    _, row = scene.labels[first]
    found, right = scene.row(scene.found, first), scene.row(scene.gradients_right, first)
    k = int(np.argmax(np.abs(found - right)))
    return (
        WrongTerm(names[0], (row, k), float(found[k]), float(right[k])),
        *(WrongTerm(name) for name in names[1:]),
    )


def _is_one_step(scene: Scene) -> bool:
    """Whether d_z can be read off: one step of one sequence, of one cell whose gradients all came back."""
    needed = {"W_l0", "U_l0", "x", "h0", "c0"}
    length, batch, _ = scene.case.arrays["x"].shape
    spec = scene.case.spec
    return length == batch == len(spec.cells) == 1 and not spec.coupled and needed <= scene.found.keys()


def _terms(scene: Scene) -> Iterator[_Term]:
    arrays, found, right = scene.case.arrays, scene.found, scene.gradients_right
    x, h = arrays["x"][0, 0], arrays["h0"][0, 0]
    bias = next((name for name in ("b_l0", "b_ih_l0") if name in found), None)
    d_z = np.stack([_d_z(found, right, bias, x, h, k) for k in range(len(GATES))])
    wanted = right["W_l0"] @ x / (x @ x)
    shared = _shared_factor(scene, d_z, wanted)
    if shared:
        yield shared
    for k, gate in enumerate(GATES):
        if not shared or k == O:
            yield _Term(f"d_z_{gate}", d_z[k], wanted[k])
    for k, gate in enumerate(GATES):
        yield _Term(f"d_W_{gate}", found["W_l0"][k], np.outer(d_z[k], x))
        yield _Term(f"d_U_{gate}", found["U_l0"][k], np.outer(d_z[k], h))
        if bias:
            yield _Term(f"d_b_{gate}", found[bias][k], d_z[k])
    yield _Term("d_x", found["x"][0, 0], np.einsum("kh,khd->d", d_z, arrays["W_l0"]))
    yield _Term("d_h of the step before", found["h0"][0, 0], np.einsum("kh,khp->p", d_z, arrays["U_l0"]))
    if scene.case.spec.peephole or _close(d_z[F], wanted[F]):
        yield _Term("d_c of the step before", found["c0"][0, 0], right["c0"][0, 0])


def _shared_factor(scene: Scene, d_z: Floats, wanted: Floats) -> _Term | None:
    """d_c, where it alone is wrong: i, f and g are off by the same factors, and o by others."""
    ours = [I, F, G]
    with np.errstate(all="ignore"):
        factors = d_z / wanted
    if not np.isfinite(factors[ours]).all() or any(_close(d_z[k], wanted[k]) for k in ours):
        return None
    if not all(_close(factors[k], factors[G]) for k in ours) or _close(factors[O], factors[G]):
        return None
    (step,) = scene.trace.runs[0, False].steps
    right = (wanted[G] / (step.i * step.cell.candidate.derivative(step.z[G])))[0]
    return _Term("d_c", factors[G] * right, right)


def _d_z(found: Arrays, right: Arrays, bias: str | None, x: Floats, h: Floats, k: int) -> Floats:
    """Of one gate, as most of its products have it; the right one, where any of them has."""
    wanted = right["W_l0"][k] @ x / (x @ x)
    seen = [found["W_l0"][k] @ x / (x @ x)] + ([found[bias][k]] if bias else [])
    if h.any():
        seen.append(found["U_l0"][k] @ h / (h @ h))
    if any(_close(each, wanted) for each in seen):
        return np.asarray(wanted)
    return np.asarray(max(seen, key=lambda one: sum(_close(one, other) for other in seen)))
