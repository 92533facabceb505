"""Every key of a configuration with its type, its default and one sentence about it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, field_validator

from lstmcheck.config.choices import (
    Activation,
    Bias,
    BlockName,
    ConventionName,
    InitialState,
    Inputs,
    LossKind,
    LossPart,
    Method,
    Reduction,
    Reference,
    choices,
)
from lstmcheck.config.convention import ConventionConfig
from lstmcheck.config.section_base import Finite, Positive, Section, Text
from lstmcheck.config.target_section import TargetConfig
from lstmcheck.tolerances.precision import LARGEST_SCALE

Size = Annotated[int, Field(ge=1, le=2**31 - 1)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Fraction = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
# Lax about list or tuple only: the items stay strict.
Sizes = Annotated[tuple[Size, ...], Field(strict=False, min_length=1)]
Blocks = Annotated[tuple[BlockName, ...], Field(strict=False, min_length=1)]
LossParts = Annotated[tuple[LossPart, ...], Field(strict=False, min_length=1)]

AxisValues = Annotated[tuple[Any, ...], Field(strict=False, min_length=1)]

SUPPORTED_VERSION = 1
SMALLEST_SCALE = 1 / LARGEST_SCALE
UNNAMED = "unnamed"


class ActivationsConfig(Section):
    gate: Activation = Field(default="sigmoid", description="of the input, forget and output gates")
    candidate: Activation = Field(default="tanh", description="of the candidate g")
    output: Activation = Field(default="tanh", description="of the cell state on its way to the output")


class LstmConfig(Section):
    input_size: Size = Field(description="D, the width of x")
    hidden_size: Size = Field(description="H, the width of the cell state")
    num_layers: Size = Field(default=1, description="layers; each reads the output of the one below")
    bidirectional: bool = Field(
        default=False, description="a second set of cells reads the sequence backwards"
    )
    bias: Bias = Field(
        default="one", description=f"{choices(Bias)}; two are b_ih and b_hh, as torch and cuDNN have"
    )
    forget_bias: Finite = Field(default=0.0, description="added to the forget gate's bias when it is drawn")
    peephole: bool = Field(default=False, description="the gates i, f and o also see the cell state")
    coupled: bool = Field(default=False, description="CIFG: the forget gate is 1 - i")
    proj_size: Size | None = Field(
        default=None, description="P, below hidden_size: h is projected to this width"
    )
    activations: ActivationsConfig = Field(
        default=ActivationsConfig(),
        description=choices(Activation),
    )
    init_scale: Positive | None = Field(
        default=None, description="standard deviation of drawn weights; null is 1/sqrt(fan-in)"
    )


class SequenceConfig(Section):
    length: Size = Field(default=5, description="T, time steps")
    batch: Size = Field(default=3, description="B, sequences side by side")
    lengths: Sizes | None = Field(
        default=None, description="the valid length of each sequence of the batch; null: all have T"
    )
    initial_state: InitialState = Field(default="random", description=f"{choices(InitialState)}: h0 and c0")
    inputs: Inputs = Field(
        default="normal",
        description=f"{choices(Inputs)}: x where it is drawn; a one in D places as of characters, or 0 to 3",
    )


class LossConfig(Section):
    kind: LossKind = Field(
        default="projection", description=f"{choices(LossKind)}; the first is a random weighted sum"
    )
    on: LossParts = Field(
        default=("outputs", "hidden", "cell"),
        description="what the loss sees: every output, the last h, the last c",
        json_schema_extra={"uniqueItems": True},
    )
    reduce: Reduction = Field(default="sum", description=choices(Reduction))
    scale: Annotated[
        float,
        Field(allow_inf_nan=False),
        WithJsonSchema(
            {
                "type": "number",
                "minimum": -LARGEST_SCALE,
                "maximum": LARGEST_SCALE,
                "not": {"exclusiveMinimum": -SMALLEST_SCALE, "exclusiveMaximum": SMALLEST_SCALE},
            }
        ),
    ] = Field(default=1.0, description="the loss is multiplied by this; the verdict must not change")

    @field_validator("scale")
    @classmethod
    def _leaves_gradients_in_range(cls, scale: float) -> float:
        if not SMALLEST_SCALE <= abs(scale) <= LARGEST_SCALE:
            raise ValueError("a gradient of this loss is zero or not finite")
        return scale


class ArraysConfig(Section):
    file: Text = Field(
        description="an .npz or .safetensors with weights, inputs, states; beside this file unless absolute"
    )
    convention: ConventionName | ConventionConfig | None = Field(
        default=None,
        description="how the file's parameters are laid out: a name, or spelled out; null: as ours",
    )


class CheckConfig(Section):
    reference: Reference = Field(
        default="central", description=f"{choices(Reference)}: differences, or a complex step"
    )
    step: Literal["auto"] | Positive = Field(
        default="auto",
        description="auto, or the step of the differences, for teaching: its own error then shows",
    )
    rtol: Fraction = Field(
        default=1e-6, description="agreement wanted, relative to the largest entry of a gate"
    )
    blocks: Literal["all"] | Blocks = Field(
        default="all",
        description=f"all, or a list of some of {choices(BlockName, ' ')}",
        json_schema_extra={"uniqueItems": True},
    )
    entries: Literal["all"] | Size = Field(
        default="all",
        description="all, or how many of each gate: the largest, and others drawn with the seed",
    )
    method: Method = Field(
        default="auto",
        description=f"{choices(Method)}: entries one by one, or whole gates at once; auto goes by size",
    )
    miss_probability: Fraction = Field(
        default=1e-9, description="that directions say of some gate of a run what does not hold"
    )


class SweepConfig(Section):
    axes: dict[str, AxisValues] | None = Field(
        default=None,
        description="values by key, as lstm.hidden_size: [1, 8]; null: sizes at which others went wrong",
    )
    seeds: Size = Field(default=1, description="how many seeds for every case, counted up from seed")


class Settings(Section, defer_build=True):
    """All keys; whether they agree with each other, `Config` asks, which alone is ever made."""

    version: Annotated[int, Field(ge=SUPPORTED_VERSION, le=SUPPORTED_VERSION)] = Field(
        default=SUPPORTED_VERSION, description="of the configuration's format"
    )
    name: Text = Field(default=UNNAMED, description="heads the report; the file's stem unless given")
    seed: Seed = Field(default=0, description="everything random follows from it")
    lstm: LstmConfig = Field(description="the network")
    sequence: SequenceConfig = Field(default=SequenceConfig(), description="what it reads")
    loss: LossConfig = Field(default=LossConfig(), description="what is differentiated")
    arrays: ArraysConfig | None = Field(
        default=None,
        description="null, or {file: F.npz, convention: C}: real weights, inputs, states, not drawn ones",
    )
    check: CheckConfig = Field(default=CheckConfig(), description="how the gradient is checked")
    target: TargetConfig | None = Field(
        default=None, description="null, or {file: F.py, protocol: P}: someone else's LSTM is checked"
    )
    sweep: SweepConfig | None = Field(
        default=None, description="null, or {axes: {KEY: [VALUE, …]}, seeds: N}: what lstmcheck sweep varies"
    )
