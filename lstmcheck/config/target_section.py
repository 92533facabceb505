"""The section `target`: whose LSTM is checked, and how it is called."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, get_args

from pydantic import Field

from lstmcheck.config.choices import (
    BehaviourName,
    ConventionName,
    DType,
    Protocol,
    StatesForm,
    choices,
)
from lstmcheck.config.convention import ConventionConfig
from lstmcheck.config.section_base import Positive, Section, Text
from lstmcheck.protocol_capabilities import PROTOCOLS, Capabilities, protocols_with

Behaviours = Annotated[tuple[BehaviourName, ...], Field(strict=False)]


class TargetOptions(Section):
    """How a target is built and called, beyond its protocol; each protocol knows some of them."""

    batch_first: bool | None = Field(
        default=None, description="x and y are (B, T, …); null: as the module's own batch_first says"
    )
    step: bool | None = Field(
        default=None, description="it makes one step, as nn.LSTMCell does; null: if it is an nn.LSTMCell"
    )
    states: StatesForm = Field(
        default="stacked",
        description=f"{choices(StatesForm)}: one tensor (cells, B, H) each; (h, c) of each cell; not taken",
    )
    submodule: Text | None = Field(
        default=None, description="null, or where in the module the LSTM is, as encoder.lstm"
    )
    names: dict[str, Text] | None = Field(
        default=None, description="null, or {x2h.weight: W, h2h.weight: U, …}: what its parameters are"
    )
    eval: bool = Field(default=False, description="whether dropout and its like are switched off")
    compile: bool | Text = Field(
        default=False, description="whether torch.compile comes first; or the name of its backend"
    )


class TargetConfig(Section):
    file: Text | None = Field(
        default=None, description="a Python file, or a shared library; beside this file unless absolute"
    )
    module: Text | None = Field(
        default=None, description="instead of a file: an importable module, as package.module"
    )
    command: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)] | None = Field(
        default=None, description="instead of a file: words that start a program, for protocol process"
    )
    protocol: Protocol = Field(
        default="plain",
        description="how its functions are called; gradients: its file holds arrays, and none are",
    )
    convention: ConventionName | ConventionConfig | None = Field(
        default=None,
        description="how its parameters are laid out, if the protocol leaves it open: a name, or spelled out",
    )
    forward: Text | None = Field(
        default=None, description="name of its forward pass, if not the protocol's own"
    )
    backward: Text | None = Field(
        default=None, description="name of its backward pass, if not the protocol's own"
    )
    only_definitions: bool = Field(
        default=False,
        description="take its imports, functions, classes and constants alone, as of a notebook",
    )
    device: Text = Field(default="cpu", description=f"for protocol {protocols_with('devices')}")
    options: TargetOptions = Field(
        default=TargetOptions(), description=f"more of how it is called, for {protocols_with('options')}"
    )
    dtype: DType = Field(default="float64", description=f"what it computes in: {choices(DType)}")
    timeout: Positive | None = Field(
        default=120.0, description="seconds that one call of it may take; null: as long as it likes"
    )
    memory: Positive | None = Field(
        default=None, description="GiB that it may allocate; null: as much as is free when it begins"
    )
    behaviour: Literal["all"] | Behaviours = Field(
        default="all",
        description="what is asked beside its gradients: all, or a list of some of"
        f" {choices(BehaviourName, ' ')}",
        json_schema_extra={"uniqueItems": True},
    )
    strict: bool = Field(
        default=False, description="whether careless functions fail too, as those that overwrite arguments"
    )

    @property
    def behaviours(self) -> tuple[BehaviourName, ...]:
        """What is asked of it, in the order in which it is told."""
        names = get_args(BehaviourName)
        return names if self.behaviour == "all" else tuple(n for n in names if n in self.behaviour)

    @property
    def capabilities(self) -> Capabilities:
        """What its protocol can, and with its options."""
        own = PROTOCOLS[self.protocol]
        if self.options.states == "none":
            return replace(own, no_states=True, no_place=(*own.no_place, "h0", "c0"))
        return own
