"""Trains the network of configs/trained.yaml and writes its arrays to configs/trained.npz.

    python tests/training/train_echo.py

The task: repeat at every step the input of two steps before. One projected LSTM layer, Adam, batches drawn
anew at every step, the gradients from lstmcheck's own backward pass.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmcheck.lstm.case import Case
from lstmcheck.lstm.loss import Loss
from lstmcheck.lstm.parameters import draw_parameters
from lstmcheck.lstm.spec import LstmSpec

Floats = NDArray[np.float64]

SPEC = LstmSpec(input_size=1, hidden_size=8, proj_size=1)
LENGTH, DELAY = 12, 2
STEPS, TRAINING_BATCH, SHIPPED_BATCH = 3000, 32, 4
RATE, DECAYS, EPSILON = 1e-2, (0.9, 0.999), 1e-8
DESTINATION = Path(__file__).parents[2] / "configs" / "trained.npz"


def batch(random: np.random.Generator, size: int) -> tuple[Floats, Floats]:
    """Inputs (T, B, 1) between −0.8 and 0.8, and the same two steps later."""
    x = random.uniform(-0.8, 0.8, (LENGTH, size, 1))
    return x, np.concatenate([np.zeros((DELAY, size, 1)), x[:-DELAY]])


def case(parameters: dict[str, Floats], x: Floats, target: Floats) -> Case:
    """The mean squared error of the echo, from zero states."""
    states = {
        "h0": np.zeros((1, x.shape[1], SPEC.output_size)),
        "c0": np.zeros((1, x.shape[1], SPEC.hidden_size)),
    }
    loss = Loss("squared_error", {"y": target}, mean=True)
    return Case(SPEC, {**parameters, "x": x, **states}, loss)


def trained(seed: int = 0, steps: int = STEPS) -> dict[str, Floats]:
    """Parameters after Adam (Kingma & Ba, 2015), the learning rate falling to zero in a straight line."""
    random = np.random.default_rng(seed)
    parameters = draw_parameters(SPEC, seed, forget_bias=1.0)
    mean = {name: np.zeros_like(a) for name, a in parameters.items()}
    square = {name: np.zeros_like(a) for name, a in parameters.items()}
    for step in range(1, steps + 1):
        gradients = case(parameters, *batch(random, TRAINING_BATCH)).gradients()
        for name in parameters:
            mean[name] += (1 - DECAYS[0]) * (gradients[name] - mean[name])
            square[name] += (1 - DECAYS[1]) * (gradients[name] ** 2 - square[name])
            corrected = np.sqrt(square[name] / (1 - DECAYS[1] ** step)) + EPSILON
            rate = RATE * (1 - step / (steps + 1)) / (1 - DECAYS[0] ** step)
            parameters[name] = parameters[name] - rate * mean[name] / corrected
    return parameters


def loss_of(parameters: dict[str, Floats]) -> float:
    """Mean squared error, halved, on a fresh batch."""
    example = case(parameters, *batch(np.random.default_rng(1), 256))
    return float(example.loss.value(example.trace().outputs).sum())


def main() -> None:
    parameters = trained()
    x, target = batch(np.random.default_rng(2), SHIPPED_BATCH)
    np.savez(DESTINATION, allow_pickle=False, **parameters, x=x, target_y=target)
    print(f"loss {loss_of(draw_parameters(SPEC, 0, forget_bias=1.0)):.2e} → {loss_of(parameters):.2e}")


if __name__ == "__main__":
    main()
