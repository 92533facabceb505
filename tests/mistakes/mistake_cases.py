"""Configurations that have what a mistake needs, and their replays, each made once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lstmcheck.config import Config, load, parse
from lstmcheck.lstm.types import Floats
from lstmcheck.mistakes.catalogue import CATALOGUE, applicable
from lstmcheck.mistakes.diagnosis.explanation import Explanation, best_group, residual
from lstmcheck.mistakes.diagnosis.replay import Replay
from lstmcheck.mistakes.mistake import Mistake

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(CONFIGS.glob("*.yaml"))

NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {},
    "two biases": {"lstm": {"bias": "two"}},
    "peepholes": {"lstm": {"peephole": True}},
    "coupled": {"lstm": {"coupled": True}},
    "projected": {"lstm": {"hidden_size": 4, "proj_size": 2}},
    "equal widths": {"lstm": {"input_size": 2}},
    "padded": {"sequence": {"lengths": [4, 2, 1]}},
    "deep": {"lstm": {"num_layers": 3, "bidirectional": True}},
    "padded network": {
        "lstm": {"num_layers": 2, "bidirectional": True},
        "sequence": {"lengths": [2, 4, 1]},
    },
    "coupled peepholes": {"lstm": {"coupled": True, "peephole": True}},
}
"""Together they have what any mistake needs. The first that has it is taken."""


def config_of(sections: dict[str, Any]) -> Config:
    """A small network in which no two of T, B, D and H are equal, with `sections` laid over it."""
    tree: dict[str, Any] = {
        "lstm": {"input_size": 5, "hidden_size": 2},
        "sequence": {"length": 4, "batch": 3},
    }
    for name, section in sections.items():
        tree[name] = tree.get(name, {}) | section
    return parse(json.dumps(tree), name="drawn.yaml")


@cache
def network(name: str) -> Config:
    return config_of(NETWORKS[name])


def network_for(mistake: Mistake, *others: Mistake) -> str | None:
    """The name of the first network that has what all of these need."""
    for name in NETWORKS:
        if all(need.holds(network(name)) for each in (mistake, *others) for need in each.needs):
            return name
    return None


@cache
def replay(name: str) -> Replay:
    return Replay.of(network(name))


@cache
def all_differences(name: str) -> tuple[list[Mistake], Floats]:
    mistakes = applicable(network(name))
    return mistakes, replay(name).differences(mistakes)


def named(name: str, wanted: Floats) -> list[str]:
    """The single mistakes that explain a difference on one of the networks."""
    mistakes, differences = all_differences(name)
    found = (Explanation((m,), residual(wanted, d)) for m, d in zip(mistakes, differences, strict=True))
    return [each.mistakes[0].id for each in best_group(found)]


def shipped(name: str) -> Config:
    return load(CONFIGS / f"{name}.yaml")


def ids() -> list[str]:
    return list(CATALOGUE)


def relative(found: Floats, right: Floats) -> float:
    """The largest difference as a share of the largest entry."""
    return float(np.abs(found - right).max() / np.abs(right).max())
