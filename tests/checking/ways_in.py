"""Gradients in a file, and in the answers of a program: of our own backward pass, or of a wrong one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from gradient_files import NETWORK, configuration, judged

from lstmcheck.api import check
from lstmcheck.arrays.json_arrays import decode_array, encode_array
from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import spec
from lstmcheck.config.convention import convention_of
from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs, forward
from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.loading.program import ProgramBackward, ProgramForward

TARGET = "target: {command: [mine], protocol: process, behaviour: [], dtype: float32}\n"
"""In float32, of which our own forward pass is measured: thousands of calls, each of them text, take long."""


def by_file(folder: Path, backward: type[Backward], **keys: Any) -> Report:
    """Of a network of two layers in both directions, over sequences of several lengths."""
    gradients = make_case(configuration(NETWORK)).gradients(backward)
    return judged(folder, gradients, check__entries=2, **keys)


def by_program(backward: type[Backward], *, explain: bool = False) -> Report:
    """The same, as text from and to a program; it runs in this process, which saves its start."""
    program: Any = Program(backward)
    config = configuration(NETWORK + TARGET, ["check.entries=2"])
    return check(config, functions=[ProgramForward(program), ProgramBackward(program)], explain=explain)


class Program:
    """Answers a line with a line."""

    name = "mine"

    def __init__(self, backward: type[Backward]) -> None:
        self.backward, self.spec = backward, spec(configuration(NETWORK))
        self.layout = NetworkLayout(convention_of("torch", bias=self.spec.bias), self.spec)

    def ask(self, request: Mapping[str, Any]) -> Any:
        asked = json.loads(json.dumps(request))
        given = {name: decode_array(value) for name, value in asked.items() if name not in ("do", "params")}
        found = self.answer(asked, given)
        return json.loads(json.dumps({name: encode_array(array) for name, array in found.items()}))

    def answer(self, asked: Mapping[str, Any], given: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """Outputs, or gradients."""
        params = self.layout.read({name: decode_array(value) for name, value in asked["params"].items()})
        arrays = {**params, **{name: given[name] for name in ("x", "h0", "c0")}}
        trace = forward(self.spec, arrays, given["lengths"].astype(np.int64))
        if asked["do"] == "forward":
            return trace.outputs._asdict()
        gradients = self.backward(trace).gradients(Outputs(*(given[name] for name in ("d_y", "d_h", "d_c"))))
        return self.layout.write(gradients) | {name: gradients[name] for name in ("x", "h0", "c0")}
