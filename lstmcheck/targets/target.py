"""A configuration's target, opened: its adapter, and the case that it can be asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from shlex import join
from typing import Any

import numpy as np

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config, spec, with_values
from lstmcheck.config.choices import ConventionName
from lstmcheck.config.convention import convention_of
from lstmcheck.config.target_section import TargetConfig
from lstmcheck.conventions.network_layout import NetworkLayout
from lstmcheck.conventions.table import CONVENTIONS, Convention
from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.loss import PARTS
from lstmcheck.lstm.precision import PRECISIONS, Precision
from lstmcheck.lstm.spec import BIAS_BLOCKS, Bias
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.loading.handed_over import refuse_other_functions
from lstmcheck.targets.protocols import Pass
from lstmcheck.targets.protocols.adapter import LENGTHS, Function
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.calling import short
from lstmcheck.targets.running.functions import Loaded
from lstmcheck.targets.running.session import Session, open_session

DEFAULT_CONVENTION: ConventionName = "torch"
BIASES = {"one": "one bias", "two": "two biases", "none": "no bias"}


@dataclass(frozen=True)
class Target:
    """The numbers of `case` go through the target's own functions. It is a LossFunction."""

    config: Config
    session: Session
    case: Case
    convention: Convention
    name: str
    """Of its file or module."""
    layout: NetworkLayout
    """Of its parameters. The session is prepared for it."""

    @property
    def section(self) -> TargetConfig:
        """What the configuration says of it."""
        return section_of(self.config)

    @property
    def precision(self) -> Precision:
        """What it is given, and asked to compute in."""
        return PRECISIONS[self.section.dtype]

    @property
    def arrays(self) -> Arrays:
        return self.case.arrays

    def at(self, arrays: Arrays) -> Pass:
        """One evaluation of its forward pass. Complex numbers make all of its arrays complex.

        Raises LstmcheckError, of complex numbers also where it loses an imaginary part.
        """
        return self.session.evaluate(self.given(arrays))

    def given(self, arrays: Arrays) -> Arrays:
        """What its functions are given beside arrays of its own: the lengths of the sequences, if they have
        some."""
        lengths = self.case.lengths
        return arrays if lengths is None else {**arrays, LENGTHS: lengths}

    @cached_property
    def inputs(self) -> Arrays:
        """The arrays of its case, and the lengths: the same object each time."""
        return self.given(self.arrays)

    def represented(self, values: Numbers) -> Numbers:
        """Numbers as it gets them, in its precision; as float64. Complex ones stay as they are."""
        if np.iscomplexobj(values):
            return values
        return self.precision.rounded(values)

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
        return replace(self.case.loss, scale=self.unit(ran)).gradient(ran.outputs)

    def unit(self, ran: Pass) -> float:
        """The factor of its loss: none if that is its own, or if its numbers could not hold the gradients."""
        return 1.0 if ran.outputs is None or ran.precision.is_low else self.case.loss.scale

    @property
    def uncovered_upstreams(self) -> tuple[str, ...]:
        """Gradients of outputs that its backward pass does not take: `d_c`."""
        can = self.section.capabilities
        if can.own_loss:
            return ()
        wanted = (PARTS[part] for part in self.config.loss.on)
        return tuple(f"d_{letter}" for letter in wanted if letter not in can.upstreams)


def section_of(config: Config) -> TargetConfig:
    """The section `target` of a configuration that has one."""
    assert config.target is not None
    return config.target


def open_target(config: Config, functions: Sequence[Function] | None = None) -> Target:
    """Load the target of a configuration, or take its `functions`, in the order of the protocol's names.

    Raises LstmcheckError for everything that is wrong with it, and where it covers nothing.
    """
    if functions is not None:
        refuse_other_functions(section_of(config).protocol, functions)
    name = _name(config, functions or ())
    session = new_session(config, name, functions)
    try:
        return _opened(config, session, name)
    except BaseException:
        session.close()
        raise


def new_session(config: Config, name: str, functions: Sequence[Function] | None = None) -> Session:
    """A conversation with the target of a configuration."""
    return open_session(settings_of(config), name, section_of(config).timeout, functions)


def settings_of(config: Config) -> TargetSettings:
    """What a session needs to know."""
    wanted = section_of(config)
    return TargetSettings(
        protocol=wanted.protocol,
        file=None if wanted.file is None else str(config.folder / wanted.file),
        module=wanted.module,
        command=wanted.command,
        folder=str(config.folder),
        forward=wanted.forward,
        backward=wanted.backward,
        only_definitions=wanted.only_definitions,
        dtype=wanted.dtype,
        device=wanted.device,
        memory=wanted.memory,
        options=wanted.options.model_dump(),
        spec=spec(config),
    )


def _opened(config: Config, session: Session, name: str) -> Target:
    config = _with_bias(config, _loaded(config, session))
    convention = _convention(config)
    layout = NetworkLayout(convention, spec(config))
    session.prepare(layout)
    return Target(config, session, _case(config), convention, name, layout)


def _loaded(config: Config, session: Session) -> Loaded:
    try:
        return session.load()
    except LstmcheckError as error:
        raise type(error)([_placed(config, problem) for problem in error.problems]) from None


def _placed(config: Config, problem: Problem) -> Problem:
    """A problem of `target.file` or `target.module`, where the configuration says so."""
    section, _, key = (problem.where or "").partition(".")
    place = config.locate(section, key) if section == "target" else None
    return place.problem(problem.what, problem.remedy) if place else problem


def _with_bias(config: Config, loaded: Loaded) -> Config:
    """With the number of biases that the target has, where the configuration does not say."""
    found = loaded.bias
    if found is None or found == config.lstm.bias:
        return config
    if "bias" in config.lstm.model_fields_set:
        what = f"the module has {BIASES[found]}, but lstm.bias is {config.lstm.bias}."
        raise LstmcheckError(what, where=loaded.place, remedy=f"Set lstm.bias: {found}, or leave it out.")
    blocks = _with_biases(config.check.blocks, found)
    return with_values(config, {"lstm.bias": found, "check.blocks": blocks})


def _with_biases(blocks: Any, bias: Bias) -> Any:
    """The chosen blocks, with the biases that there are in the place of b."""
    if blocks == "all" or "b" not in blocks:
        return blocks
    biases = BIAS_BLOCKS[bias] or ("b",)
    return tuple(name for block in blocks for name in (biases if block == "b" else (block,)))


def _convention(config: Config) -> Convention:
    section = section_of(config)
    if section.capabilities.convention is not None:
        return CONVENTIONS[section.capabilities.convention]
    return convention_of(section.convention or DEFAULT_CONVENTION, bias=config.lstm.bias)


def _name(config: Config, functions: Sequence[Any]) -> str:
    section = section_of(config)
    if section.file is not None:
        return short(str((config.folder / section.file).resolve()))
    if section.command is not None:
        return join(section.command)
    return section.module or str(getattr(functions[0], "__module__", "the target"))


def _case(config: Config) -> Case:
    """What the target can be asked: c0 = 0 where it has none, and a loss that it takes the gradients of."""
    section = section_of(config)
    case, can = make_case(config).rounded(PRECISIONS[section.dtype]), section.capabilities
    arrays = dict(case.arrays)
    for name in can.zero_states:
        arrays[name] = np.zeros_like(arrays[name])
    targets = {part: target for part, target in case.loss.targets.items() if part in can.upstreams}
    if not targets:
        raise LstmcheckError(
            f"nothing would be covered: the loss reads {', '.join(config.loss.on)}, and protocol"
            f" {section.protocol} takes no gradient of that.",
            where="loss.on",
            remedy="Add outputs to loss.on.",
        )
    return replace(case, arrays=arrays, loss=replace(case.loss, targets=targets))
