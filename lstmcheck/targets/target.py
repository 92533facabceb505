"""A configuration's target, opened: its adapter, and the case that it can be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lstmcheck.cases import make_case
from lstmcheck.config import Config, spec
from lstmcheck.config.choices import ConventionName
from lstmcheck.config.convention import convention_of
from lstmcheck.conventions.layout import Layout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.loss import PARTS
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.calling import Caller, short
from lstmcheck.targets.loading import find_function, load_module
from lstmcheck.targets.protocols import ADAPTERS, Adapter, Pass
from lstmcheck.targets.protocols.adapter import Function

DEFAULT_CONVENTION: ConventionName = "torch"


@dataclass(frozen=True)
class Target:
    """The numbers of `case` go through the target's own functions. It is a LossFunction."""

    config: Config
    adapter: Adapter
    case: Case
    convention: Convention
    name: str
    """Of its file or module."""

    @property
    def arrays(self) -> Arrays:
        return self.case.arrays

    @property
    def protocol(self) -> str:
        assert self.config.target is not None
        return self.config.target.protocol

    def at(self, arrays: Arrays) -> Pass:
        """One evaluation of its forward pass."""
        return self.adapter.evaluate(arrays)

    def shares(self, ran: Pass) -> Numbers:
        """The loss, in parts that add up to it."""
        if ran.outputs is None:
            return np.asarray(ran.loss)[None]
        return self.case.loss.value(ran.outputs)

    def difference(self, plus: Pass, minus: Pass) -> Numbers:
        """The difference of the loss, in parts."""
        if plus.outputs is None or minus.outputs is None:
            return np.asarray(plus.loss - minus.loss)[None]
        return self.case.loss.difference(plus.outputs, minus.outputs)

    def upstream(self, ran: Pass) -> Outputs:
        """d_y, d_h, d_c at its outputs; nothing, where it has a loss of its own."""
        if ran.outputs is None:
            return Outputs(*(np.zeros(0) for _ in Outputs._fields))
        return self.case.loss.gradient(ran.outputs)

    @property
    def uncovered_upstreams(self) -> tuple[str, ...]:
        """Gradients of outputs that its backward pass does not take: `d_c`."""
        if self.protocol == "loss":  # it has one of its own
            return ()
        wanted = (PARTS[part] for part in self.config.loss.on)
        return tuple(f"d_{letter}" for letter in wanted if letter not in self.adapter.upstreams)


def open_target(config: Config, functions: Sequence[Function] | None = None) -> Target:
    """Load the target of a configuration, or take its `functions`, in the order of the protocol's names.

    Raises LstmcheckError for everything that is wrong with it, and where it covers nothing.
    """
    wanted = config.target
    assert wanted is not None
    call = Caller(wanted.timeout)
    kind = ADAPTERS[wanted.protocol]
    found = functions if functions is not None else _functions(config, kind, call)
    config = kind.adapted(config, found, call)
    convention = _convention(config, kind)
    adapter = kind(found, call, Layout(convention, spec(config)), wanted.dtype)
    adapter.prepare(config)
    return Target(config, adapter, _case(config, kind, adapter), convention, _name(config, found))


def _functions(config: Config, kind: type[Adapter], call: Caller) -> list[Function]:
    wanted = config.target
    assert wanted is not None
    module = load_module(config, call)
    own = {"forward": wanted.forward, "backward": wanted.backward}
    return [
        find_function(module, own[key] or name, config, key)
        for key, name in zip(own, kind.names, strict=False)
    ]


def _convention(config: Config, kind: type[Adapter]) -> Convention:
    assert config.target is not None
    if kind.convention is not None:
        return CONVENTIONS[kind.convention]
    return convention_of(config.target.convention or DEFAULT_CONVENTION, bias=config.lstm.bias)


def _name(config: Config, functions: Sequence[Any]) -> str:
    assert config.target is not None
    if config.target.file is not None:
        return short(str((config.folder / config.target.file).resolve()))
    return config.target.module or str(getattr(functions[0], "__module__", "the target"))


def _case(config: Config, kind: type[Adapter], adapter: Adapter) -> Case:
    """What the target can be asked: c0 = 0 where it has none, and a loss that it takes the gradients of."""
    case = make_case(config)
    arrays = {name: array.astype(adapter.dtype).astype(float) for name, array in case.arrays.items()}
    if kind.zero_cell:
        arrays["c0"] = np.zeros_like(arrays["c0"])
    targets = {part: target for part, target in case.loss.targets.items() if part in kind.upstreams}
    if not targets:
        assert config.target is not None
        raise LstmcheckError(
            f"nothing would be covered: the loss reads {', '.join(config.loss.on)}, and protocol"
            f" {config.target.protocol} takes no gradient of that.",
            where="loss.on",
            remedy="Add outputs to loss.on.",
        )
    return replace(case, arrays=arrays, loss=replace(case.loss, targets=targets))
