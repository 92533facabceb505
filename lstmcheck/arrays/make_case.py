"""From a configuration to numbers: what its .npz does not hold is drawn with its seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmcheck.arrays.allowed_arrays import ExpectedArray, expected_arrays
from lstmcheck.arrays.load_arrays import load_arrays
from lstmcheck.config import Config, spec
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.forward import valid_steps
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.parameters import draw_inputs, draw_parameters, generator


def make_case(config: Config) -> Case:
    """The network, its numbers and its loss. Raises LstmcheckError for a bad .npz."""
    net, sequence = spec(config), config.sequence
    given = load_arrays(config)
    drawn = draw_parameters(
        net, config.seed, scale=config.lstm.init_scale, forget_bias=config.lstm.forget_bias
    ) | draw_inputs(
        net,
        config.seed,
        sequence.length,
        sequence.batch,
        zero_state=sequence.initial_state == "zero",
        inputs=sequence.inputs,
    )
    lengths = None if sequence.lengths is None else np.array(sequence.lengths, np.int64)
    arrays = {name: given.get(name, array) for name, array in drawn.items()}
    return Case(net, arrays, _loss(config, given, lengths), lengths)


def _loss(config: Config, given: dict[str, NDArray[Any]], lengths: NDArray[np.int64] | None) -> Loss:
    targets = {}
    for name, expected in expected_arrays(config).items():
        if name.startswith(("d_", "target_")):
            target = given.get(name, _drawn_target(config.seed, expected))
            targets[name[-1]] = target if expected.classes is None else target[..., None]
    return Loss(
        config.loss.kind,
        targets,
        mean=config.loss.reduce == "mean",
        scale=config.loss.scale,
        valid=valid_steps(lengths, config.sequence.length),
    )


def _drawn_target(seed: int, expected: ExpectedArray) -> NDArray[Any]:
    random = generator(seed, expected.name)
    if expected.classes is not None:
        return random.integers(0, expected.classes, expected.shape)
    return random.standard_normal(expected.shape)
