"""What a right pass computes, step by step, each quantity under the letters of the derivation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, permutations

import numpy as np

from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import Convention
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs, Step
from lstmcheck.lstm.gates import GATES, F, G, I, O
from lstmcheck.lstm.types import Arrays, Numbers

SUFFIX = "_l0"
ONE_STEP = " of one step"
SO_FAR = " so far"


@dataclass(frozen=True)
class Quantity:
    """`letters`: δc, i, W. `step` is None of what belongs to all steps."""

    letters: str
    value: Numbers
    step: int | None = None


@dataclass
class StepGradients:
    """What a right backward pass computes in one step."""

    s: Step
    d_h: Numbers
    d_h_arriving: Numbers
    d_c_arriving: Numbers
    deltas: Deltas
    d_x: Numbers
    d_h_prev: Numbers
    d_c_prev: Numbers
    terms: dict[str, Numbers]


class RecordedBackward(Backward):
    """Our backward pass, which keeps what it computes in every step of a single cell."""

    def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
        self.upstream = upstream
        self.steps: dict[int, StepGradients] = {}
        d_h, d_c = upstream.h_T[0], upstream.c_T[0]
        for s in reversed(self.trace.runs[0, False].steps):
            total, arriving = self.d_h_total(s, upstream.y[s.t], d_h), self.d_c_total(s, d_c)
            d = self.deltas(s, total, arriving)
            d_h_prev, d_c_prev = self.d_h_prev(s, d, d_h), self.d_c_prev(s, d, d_c)
            terms, d_x = self.parameter_terms(s, d), self.d_x(s, d)
            self.steps[s.t] = StepGradients(s, total, d_h, arriving, d, d_x, d_h_prev, d_c_prev, terms)
            d_h, d_c = d_h_prev, d_c_prev
        return super().gradients(upstream)


@dataclass
class Known:
    """Quantities by kind: elements of products (B, H) of each step, and all the others."""

    elements: dict[int, list[Quantity]] = field(default_factory=dict)
    others: list[Quantity] = field(default_factory=list)
    gradients: Arrays = field(default_factory=dict)
    outputs: Outputs | None = None


def forward_quantities(case: Case, layout: Layout) -> Known:
    """Of a forward pass: inputs, parameters as the layout has them, pre-activations, gates, states."""
    trace = case.trace()
    known = Known(outputs=trace.outputs)
    steps = trace.runs[0, False].steps
    known.others += [Quantity("x", case.arrays["x"]), *_parameters(case, layout)]
    known.others += [Quantity("y", trace.outputs.y), Quantity("c", np.stack([s.c for s in steps]))]
    for s in steps:
        known.elements[s.t] = [Quantity(q, v, s.t) for q, v in _elements(s)]
        known.others += [Quantity("x", s.x, s.t)]
        known.others += [Quantity(*each, s.t) for each in _joined_inputs(s, layout.convention)]
        known.others += [Quantity(f"z {words}", a, s.t) for words, a in _joined_gates(s.z, layout.convention)]
        for k, gate in enumerate(GATES):
            known.others += [
                Quantity(f"W_{gate} x", s.x @ s.cell.W[k].T, s.t),
                Quantity(f"U_{gate} h_prev", s.h_prev @ s.cell.U[k].T, s.t),
                Quantity(
                    f"W_{gate} x + U_{gate} h_prev", s.x @ s.cell.W[k].T + s.h_prev @ s.cell.U[k].T, s.t
                ),
            ]
        for words, weights, inputs in (("W x", s.cell.W, s.x), ("U h_prev", s.cell.U, s.h_prev)):
            product = inputs @ weights.swapaxes(1, 2)
            known.others += [
                Quantity(f"{words} {w}", a, s.t) for w, a in _joined_gates(product, layout.convention)
            ]
        both = s.x @ s.cell.W.swapaxes(1, 2) + s.h_prev @ s.cell.U.swapaxes(1, 2)
        known.others += [
            Quantity(f"W x + U h_prev {w}", a, s.t) for w, a in _joined_gates(both, layout.convention)
        ]
    return known


def backward_quantities(case: Case, layout: Layout, upstream: Outputs) -> Known:
    """Of a backward pass, and of the forward pass that it reads."""
    known = forward_quantities(case, layout)
    backward = RecordedBackward(case.trace())
    known.gradients = backward.gradients(upstream)
    known.others += [Quantity("δy", upstream.y), Quantity("δx", known.gradients["x"])]
    # As those have it that take no gradient of the last h beside those of the outputs.
    with_last = np.concatenate([upstream.y[:-1], upstream.y[-1:] + upstream.h_T[:1]])
    known.others += [
        Quantity("δy with δh_T", with_last),
        *(Quantity("δy with δh_T", a, t) for t, a in enumerate(with_last)),
    ]
    sums: dict[str, Numbers] = {}
    last = max(backward.steps)
    for t in sorted(backward.steps, reverse=True):
        d = backward.steps[t]
        known.elements[t] = [
            *(Quantity(q, v, t) for q, v in _element_gradients(d, upstream.y[t])),
            *known.elements[t],
        ]
        known.others += [Quantity(q, v, t) for q, v in _gate_sums(d)]
        known.others += [
            Quantity(f"δz {words}", a, t) for words, a in _joined_gates(d.deltas.z, layout.convention)
        ]
        for block, term in d.terms.items():
            sums[block] = sums.get(block, 0) + term
        known.others += _parameter_gradients(d.terms, layout, t, "" if last == 0 else ONE_STEP)
        if last:
            words = "" if t == 0 else SO_FAR
            known.others += _parameter_gradients(sums, layout, None if t == 0 else t, words)
    return known


def _elements(s: Step) -> Iterator[tuple[str, Numbers]]:
    yield from (("i", s.i), ("f", s.f), ("g", s.g), ("o", s.o))
    yield from (
        ("c", s.c),
        ("c_prev", s.c_prev),
        ("tanh c" if s.cell.spec.output == "tanh" else "output(c)", s.cell.squash(s.c)),
    )
    yield from (("h", s.h), ("h_prev", s.h_prev))
    for k, letter in enumerate(GATES):
        yield f"z_{letter}", s.z[k]
    for letter, k in (("i", I), ("f", F), ("o", O), ("g", G)):
        value = getattr(s, letter)
        activation, name = (
            (s.cell.candidate, s.cell.spec.candidate) if k == G else (s.cell.gate, s.cell.spec.gate)
        )
        yield from _derivative(letter, value, activation.derivative(s.z[k]), name)
    yield from _derivative(
        "tanh c", s.cell.squash(s.c), s.cell.output.derivative(s.c), s.cell.spec.output, "(1 − tanh²c)"
    )


def _derivative(
    letter: str, value: Numbers, slope: Numbers, name: str, words: str = ""
) -> Iterator[tuple[str, Numbers]]:
    if name == "sigmoid":
        yield f"(1 − {letter})", 1 - value
        yield f"{letter}(1 − {letter})", slope
    elif name == "tanh":
        yield words or f"(1 − {letter}²)", slope
    elif name != "identity":
        yield f"{name}′(z_{letter})", slope


def _element_gradients(d: StepGradients, d_y: Numbers) -> Iterator[tuple[str, Numbers]]:
    s, z = d.s, d.deltas.z
    yield "δh", d.d_h
    yield "δc", d.deltas.c
    yield "δo", d.deltas.m * s.cell.squash(s.c)
    yield from (("δi", d.deltas.c * s.g), ("δf", d.deltas.c * s.c_prev), ("δg", d.deltas.c * s.i))
    for k, letter in enumerate(GATES):
        yield f"δz_{letter}", z[k]
    yield "δc_prev", d.d_c_prev
    yield "δh_prev", d.d_h_prev
    yield "δh of the next step", d.d_h_arriving
    yield "δc of the next step", d.d_c_arriving
    yield "δy", d_y
    if d.deltas.m is not d.d_h:
        yield "δm", d.deltas.m


def _gate_sums(d: StepGradients) -> Iterator[tuple[str, Numbers]]:
    """δx and δh_prev, of one gate, of some, and of all, and both side by side."""
    s = d.s
    parts = {"δx": d.deltas.z @ s.cell.W, "δh_prev": d.deltas.z @ s.cell.U}
    for count in range(1, 5):
        for chosen in combinations(range(4), count):
            of = "" if count == 4 else f" from {' '.join(GATES[k] for k in chosen)}"
            found = {letters: part[list(chosen)].sum(0) for letters, part in parts.items()}
            yield from ((f"{letters}{of}", value) for letters, value in found.items())
            x, h = found["δx"], found["δh_prev"]
            yield f"[δx δh_prev]{of}", np.hstack([x, h])
            yield f"[δh_prev δx]{of}", np.hstack([h, x])
            if s.cell.b is not None:
                bias = (d.deltas.z[list(chosen)] * s.cell.b[list(chosen), None]).sum(0).sum(1, keepdims=True)
                yield f"[· δx δh_prev]{of}", np.hstack([bias, x, h])
    for k, letter in enumerate(GATES):
        yield f"δb_{letter}", d.deltas.z[k].sum(0)


def _joined_inputs(s: Step, convention: Convention) -> Iterator[tuple[str, Numbers]]:
    ones = np.ones((len(s.x), 1))
    yield "[x h_prev]", np.hstack([s.x, s.h_prev])
    yield "[h_prev x]", np.hstack([s.h_prev, s.x])
    if convention.joined == "bxh":
        yield "[1 x h_prev]", np.hstack([ones, s.x, s.h_prev])


def _joined_gates(z: Numbers, convention: Convention) -> Iterator[tuple[str, Numbers]]:
    """(4, B, H): gates side by side, in every order; and as an axis."""
    for order in permutations(range(4)):
        yield f"({' '.join(GATES[k] for k in order)})", np.hstack([z[k] for k in order])
        yield f"({' '.join(GATES[k] for k in order)})", z[list(order)]
    if convention.split == "interleaved":
        own = [GATES.index(letter) for letter in convention.gates]
        yield f"({' '.join(convention.gates)}, by unit)", z[own].transpose(1, 2, 0).reshape(z.shape[1], -1)


def parameters_as(layout: Layout, arrays: Mapping[str, Numbers], offset: bool) -> dict[str, Numbers]:
    """Our blocks as a layout has them; a forget gate's offset is no part of gradients."""
    if offset or not layout.convention.forget_offset:
        return layout.write(arrays)
    from dataclasses import replace

    return Layout(replace(layout.convention, forget_offset=0.0), layout.spec).write(arrays)


def _parameters(case: Case, layout: Layout) -> Iterator[Quantity]:
    own = {n.removesuffix(SUFFIX): a for n, a in case.arrays.items() if n.endswith(SUFFIX)}
    for name, value in parameters_as(layout, own, True).items():
        yield Quantity(name, value)
    for block in ("W", "U", "b"):
        for k, gate in enumerate(GATES):
            if block in own:
                yield Quantity(f"{block}_{gate}", own[block][k])


def _parameter_gradients(
    terms: Mapping[str, Numbers], layout: Layout, t: int | None, words: str
) -> Iterator[Quantity]:
    for name, value in parameters_as(layout, terms, False).items():
        yield Quantity(f"δ{name}{words}", value, t)
    for block in ("W", "U", "b"):
        for k, gate in enumerate(GATES):
            if block in terms:
                yield Quantity(f"δ{block}_{gate}{words}", terms[block][k], t)
    if "W" in terms:
        for k, gate in enumerate(GATES):
            yield Quantity(f"[δU_{gate} δW_{gate}]{words}", np.hstack([terms["U"][k], terms["W"][k]]), t)
            yield Quantity(f"[δW_{gate} δU_{gate}]{words}", np.hstack([terms["W"][k], terms["U"][k]]), t)
