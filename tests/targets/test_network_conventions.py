"""Networks in every convention and variant: arrays go to a target and gradients come back cell by cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from network_targets import FOLDER
from planted_networks import planted
from target_checks import functions

from lstmcheck.config import Config, make_config
from lstmcheck.config import spec as spec_of
from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs, Trace, forward
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.conformance import conformance
from lstmcheck.targets.target import open_target

VARIANTS: dict[str, tuple[str, dict[str, Any], list[int] | None]] = {
    "gates apart": ("flax", {"num_layers": 2, "bidirectional": True}, None),
    "gates apart, joined, layers": ("course", {"num_layers": 2}, [3, 1]),
    "joined, an offset": ("tensorflow-block", {"num_layers": 2, "bidirectional": True}, [1, 3]),
    "a bias in W": ("karpathy", {"bidirectional": True}, [1, 3]),
    "projected": ("torch", {"num_layers": 2, "bidirectional": True, "proj_size": 2, "bias": "two"}, [3, 1]),
    "peepholes": ("onnx", {"num_layers": 2, "peephole": True, "bias": "two"}, [2, 3]),
    "coupled": ("equinox", {"num_layers": 3, "coupled": True}, None),
    "one cell with lengths": ("keras", {}, [3, 1]),
}


def network_of(config: Config, convention: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Our own network in the shapes and names of a target."""
    layout = NetworkLayout(CONVENTIONS[convention], spec_of(config))
    # A gradient has no offset.
    gradients = NetworkLayout(replace(CONVENTIONS[convention], forget_offset=0.0), layout.spec)
    single = len(layout.cells) == 1

    def with_cells(state: Numbers) -> Numbers:
        return state[None] if single else state

    def without_cells(state: Numbers) -> Numbers:
        return state[0] if single else state

    def run(params: Arrays, x: Numbers, h0: Numbers, c0: Numbers, lengths: Any = None) -> tuple[Any, ...]:
        arrays = layout.read(params) | {"x": x, "h0": with_cells(h0), "c0": with_cells(c0)}
        trace = forward(layout.spec, arrays, lengths)
        y, h, c = trace.outputs
        return y, without_cells(h), without_cells(c), trace

    def back(d_y: Numbers, d_h: Numbers, d_c: Numbers, trace: Trace) -> dict[str, Numbers]:
        found = Backward(trace).gradients(Outputs(d_y, with_cells(d_h), with_cells(d_c)))
        states = {name: without_cells(found[name]) for name in ("h0", "c0")}
        return gradients.write(found) | {"x": found["x"]} | states

    return run, back


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_target_is_given_and_returns_is_what_we_have(variant: str) -> None:
    convention, lstm, lengths = VARIANTS[variant]
    config = make_config(
        {
            "lstm": {"input_size": 4, "hidden_size": 3, **lstm},
            "sequence": {"length": 3, "batch": 2, "lengths": lengths},
            "target": {"module": "theirs", "protocol": "plain", "convention": convention},
        }
    )
    target = open_target(config, network_of(config, convention))
    ran = target.session.forward(target.inputs)
    found = conformance(target, ran, 0)
    assert found is not None
    assert found.verdict == Verdict.PASS
    returned = target.session.backward(target.upstream(ran), ran).arrays
    assert returned.keys() == target.case.right.keys()
    for name, right in target.case.right.items():
        # An offset that is taken away and added again rounds what the numbers depend on.
        assert np.abs(returned[name] - right).max() <= 64 * np.finfo(float).eps * np.abs(right).max()


def test_the_shipped_wrong_network_is_the_right_one_with_its_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(FOLDER))
    wrong = functions(FOLDER / "network_wrong.py", "plain")
    names: dict[str, Any] = {}
    exec(planted("plain", "direction not added"), names)
    spec = {"input_size": 2, "hidden_size": 2, "num_layers": 2, "bidirectional": True}
    sequence = {"length": 3, "batch": 3, "lengths": [3, 1, 2]}
    target = {"module": "theirs", "protocol": "plain"}
    config = make_config({"lstm": spec, "sequence": sequence, "target": target})
    one, other = (_gradients(config, each) for each in (wrong, [names["forward"], names["backward"]]))
    assert all(one[name].tobytes() == array.tobytes() for name, array in other.items())


def _gradients(config: Config, given: list[Callable[..., Any]]) -> Arrays:
    target = open_target(config, given)
    ran = target.session.forward(target.inputs)
    return target.session.backward(target.upstream(ran), ran).arrays
