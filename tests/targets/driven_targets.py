"""Each protocol's examples driven by a few lines, which share nothing with what checks targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from planted_targets import FOLDER

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import load
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.types import Arrays, Numbers

Module = Any
"""An example, loaded: what it holds depends on the protocol."""


class Run(NamedTuple):
    """Outputs in the order y, h_T, c_T, as far as there are any, and gradients by our names."""

    outputs: list[Numbers]
    gradients: dict[str, Numbers]


def loaded(text: str, name: str) -> Module:
    module = ModuleType(name)
    exec(compile(text, name, "exec"), module.__dict__)
    return module


# What each protocol is asked.


@cache
def case_of(protocol: str) -> Case:
    """The case of the shipped configuration, with no more of states and upstreams than the protocol has."""
    case = make_case(load(FOLDER / f"{protocol}.yaml"))
    if protocol.endswith("-sequence"):
        kept = {name: target for name, target in case.loss.targets.items() if name != "c"}
        arrays = {**case.arrays, "c0": np.zeros_like(case.arrays["c0"])}
        return replace(case, arrays=arrays, loss=Loss("projection", kept))
    if protocol == "loss":
        y, h_T, c_T = case.trace().outputs
        gradients = {"y": (y - signal(y)) / y.size, "h": h_T / h_T.size, "c": c_T / c_T.size}
        return replace(case, loss=Loss("projection", gradients))
    return case


def signal(y: Numbers) -> Numbers:
    """What the example with a loss of its own compares its outputs with."""
    return np.asarray(np.cos(np.arange(y.size)).reshape(y.shape))


def expected_outputs(protocol: str, case: Case) -> list[Numbers]:
    y, h_T, c_T = case.trace().outputs
    if protocol == "loss":
        distances = (y - signal(y), h_T, c_T)
        return [np.asarray(sum(0.5 * np.mean(distance**2) for distance in distances))]
    return [y, h_T[0], c_T[0]]


def theirs(case: Case, convention: str) -> dict[str, Numbers]:
    blocks = {info.block: case.arrays[info.name] for info in case.infos if info.layer is not None}
    return Layout(CONVENTIONS[convention], case.spec).write(blocks)


def ours(case: Case, convention: str, found: Arrays) -> dict[str, Numbers]:
    blocks = Layout(CONVENTIONS[convention], case.spec).read_gradients(found).blocks
    return {f"{block}_l0": gradient for block, gradient in blocks.items()}


def states(case: Case) -> tuple[Numbers, Numbers, Numbers]:
    """x (T, B, D), h0 and c0 (B, H)."""
    return case.arrays["x"], case.arrays["h0"][0], case.arrays["c0"][0]


def upstreams(case: Case) -> Outputs:
    """d_y (T, B, H), d_h and d_c (B, H)."""
    d_y, d_h, d_c = case.loss.gradient(case.trace().outputs)
    return Outputs(d_y, d_h[0], d_c[0])


def d_every_output(case: Case) -> Numbers:
    """(T, B, H): the last h is the last output, and to who takes no d_h its gradient comes with d_y."""
    d_y, d_h, _ = upstreams(case)
    return np.concatenate([d_y[:-1], d_y[-1:] + d_h])


# How each protocol is driven.


def run_plain(module: Module, case: Case) -> Run:
    y, h_T, c_T, cache = module.forward(theirs(case, "torch"), *states(case))
    found = module.backward(*upstreams(case), cache)
    inputs = {"x": found["x"], "h0": found["h0"][None], "c0": found["c0"][None]}
    return Run([y, h_T, c_T], ours(case, "torch", found) | inputs)


Forward = Callable[[Numbers, Numbers, Numbers], tuple[Numbers, Numbers, Any]]
"""x, h, c → h, c, cache."""
Backward = Callable[[Numbers, Numbers, Any], tuple[Numbers, Numbers, Numbers, dict[str, Numbers]]]
"""d_h, d_c, cache → d_x, d_h, d_c and the step's share of the parameters' gradients."""


def by_steps(case: Case, convention: str, forward: Forward, backward: Backward) -> Run:
    """A sequence from single steps."""
    x, h, c = states(case)
    y, caches = [], []
    for x_t in x:
        h, c, cache = forward(x_t, h, c)
        y.append(h)
        caches.append(cache)
    d_y, d_h, d_c = upstreams(case)
    d_x, found = [], []
    for d_y_t, cache in zip(d_y[::-1], caches[::-1], strict=True):
        d_x_t, d_h, d_c, terms = backward(d_y_t + d_h, d_c, cache)
        d_x.append(d_x_t)
        found.append(terms)
    total = {name: np.asarray(sum(terms[name] for terms in found)) for name in found[0]}
    inputs = {"x": np.stack(d_x[::-1]), "h0": d_h[None], "c0": d_c[None]}
    return Run([np.stack(y), h, c], ours(case, convention, total) | inputs)


def run_cs231n_step(module: Module, case: Case) -> Run:
    given = theirs(case, "cs231n")

    def forward(x: Numbers, h: Numbers, c: Numbers) -> tuple[Numbers, Numbers, Any]:
        h, c, cache = module.lstm_step_forward(x, h, c, given["W"], given["U"], given["b"])
        return h, c, cache

    def backward(d_h: Numbers, d_c: Numbers, cache: Any) -> Any:
        d_x, d_h, d_c, *found = module.lstm_step_backward(d_h, d_c, cache)
        return d_x, d_h, d_c, dict(zip("WUb", found, strict=True))

    return by_steps(case, "cs231n", forward, backward)


def run_cs231n_sequence(module: Module, case: Case) -> Run:
    given, (x, h0, _) = theirs(case, "cs231n"), states(case)
    h, cache = module.lstm_forward(x.swapaxes(0, 1), h0, given["W"], given["U"], given["b"])
    d_x, d_h0, *found = module.lstm_backward(d_every_output(case).swapaxes(0, 1), cache)
    parameters = ours(case, "cs231n", dict(zip("WUb", found, strict=True)))
    return Run([h.swapaxes(0, 1)], parameters | {"x": d_x.swapaxes(0, 1), "h0": d_h0[None]})


def course_name(name: str) -> str:
    """`W_g` → `Wc`: our candidate is their c."""
    block, _, gate = name.partition("_")
    return block + gate.replace("g", "c")


def course_parameters(case: Case) -> dict[str, Numbers]:
    given = {course_name(name): array for name, array in theirs(case, "course").items()}
    columns = {name: array[:, None] if array.ndim == 1 else array for name, array in given.items()}
    return columns | {"Wy": np.eye(2, case.spec.hidden_size), "by": np.zeros((2, 1))}


def course_gradients(case: Case, found: Arrays) -> dict[str, Numbers]:
    """Theirs by the names of the layout, biases without their second axis."""
    named = {name: found[f"d{course_name(name)}"] for name in theirs(case, "course")}
    return {name: array[:, 0] if name.startswith("b") else array for name, array in named.items()}


def run_course_cell(module: Module, case: Case) -> Run:
    parameters = course_parameters(case)

    def forward(x: Numbers, h: Numbers, c: Numbers) -> tuple[Numbers, Numbers, Any]:
        a, c, _, cache = module.lstm_cell_forward(x.T, h.T, c.T, parameters)
        return a.T, c.T, cache

    def backward(d_h: Numbers, d_c: Numbers, cache: Any) -> Any:
        found = module.lstm_cell_backward(d_h.T, d_c.T, cache)
        inputs = (found[name].T for name in ("dxt", "da_prev", "dc_prev"))
        return *inputs, course_gradients(case, found)

    return by_steps(case, "course", forward, backward)


def run_course_sequence(module: Module, case: Case) -> Run:
    x, h0, _ = states(case)
    a, _, c, caches = module.lstm_forward(x.T, h0.T, course_parameters(case))
    found = module.lstm_backward(d_every_output(case).T, caches)
    inputs = {"x": found["dx"].T, "h0": found["da0"].T[None]}
    parameters = ours(case, "course", course_gradients(case, found))
    return Run([a.T, a.T[-1], c.T[-1]], parameters | inputs)


def run_karpathy(module: Module, case: Case) -> Run:
    (x, h0, c0), (d_y, d_h, d_c) = states(case), upstreams(case)
    y, c_T, h_T, cache = module.LSTM.forward(x, theirs(case, "karpathy")["W"], c0, h0)
    d_x, d_W, d_c0, d_h0 = module.LSTM.backward(d_y, cache, d_c, d_h)
    inputs = {"x": d_x, "h0": d_h0[None], "c0": d_c0[None]}
    return Run([y, h_T, c_T], ours(case, "karpathy", {"W": d_W}) | inputs)


def run_loss(module: Module, case: Case) -> Run:
    loss, found = module.loss_and_grads(theirs(case, "torch"), *states(case))
    inputs = {"x": found["x"], "h0": found["h0"][None], "c0": found["c0"][None]}
    return Run([loss], ours(case, "torch", found) | inputs)


TORCH_NAMES = {"W": "weight_ih", "U": "weight_hh", "b_ih": "bias_ih", "b_hh": "bias_hh"}


def gradient_of(tensor: torch.Tensor) -> Numbers:
    assert tensor.grad is not None
    return tensor.grad.numpy()


def run_torch(module: Module, case: Case) -> Run:
    lstm = module.build(case.spec.input_size, case.spec.hidden_size).double()
    parameters = {name.removesuffix("_l0"): parameter for name, parameter in lstm.named_parameters()}
    for block, array in theirs(case, "torch").items():
        parameters[TORCH_NAMES[block]].data = torch.from_numpy(array)
    x, h0, c0 = (torch.tensor(case.arrays[name], requires_grad=True) for name in ("x", "h0", "c0"))
    y, (h_T, c_T) = lstm(x, (h0, c0))
    given = (torch.from_numpy(upstream) for upstream in case.loss.gradient(case.trace().outputs))
    torch.autograd.backward([y, h_T, c_T], list(given))
    found = {block: gradient_of(parameters[name]) for block, name in TORCH_NAMES.items()}
    inputs = {"x": gradient_of(x), "h0": gradient_of(h0), "c0": gradient_of(c0)}
    outputs = [y.detach().numpy(), h_T.detach().numpy()[0], c_T.detach().numpy()[0]]
    return Run(outputs, ours(case, "torch", found) | inputs)


RUN: dict[str, Callable[[Module, Case], Run]] = {
    "plain": run_plain,
    "cs231n-step": run_cs231n_step,
    "cs231n-sequence": run_cs231n_sequence,
    "course-cell": run_course_cell,
    "course-sequence": run_course_sequence,
    "karpathy": run_karpathy,
    "loss": run_loss,
    "torch": run_torch,
}


def run(protocol: str, text: str) -> Run:
    return RUN[protocol](loaded(text, protocol), case_of(protocol))
