"""Configurations to check: a shorthand for writing one, and a strategy that draws any that makes sense."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from lstmcheck.api import check
from lstmcheck.config import Config, parse
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward

Tree = dict[str, Any]
"""A configuration as nested mappings: what its YAML says."""

SMOOTH = ("sigmoid", "tanh", "identity", "softsign")
KINKED = ("relu", "hard_sigmoid")
FRACTION_BITS = 8
"""Drawn exponents are multiples of 2⁻⁸: hypothesis then shrinks them well."""


def text_of(tree: Tree) -> str:
    """The configuration as YAML; JSON is a part of it."""
    return json.dumps(tree)


def config_of(tree: Tree) -> Config:
    return parse(text_of(tree), name="drawn.yaml")


def check_gates(config: Config, *, backward: type[Backward] = Backward) -> Report:
    """A check without the search for a name of what is wrong, which takes longer than the check itself."""
    return check(config, backward=backward, explain=False)


def small(**sections: Tree) -> Tree:
    """The cheapest check that sees every known mistake, with `sections` laid over it.

    T, B, D and H all differ, so that no transpose and no swapped axis hides.
    """
    tree: Tree = {"lstm": {"input_size": 4, "hidden_size": 2}, "sequence": {"length": 3, "batch": 5}}
    for name, section in deepcopy(sections).items():
        tree[name] = tree.get(name, {}) | section
    return tree


CHAOTIC: Tree = {
    "lstm": {
        "input_size": 2,
        "hidden_size": 6,
        "num_layers": 2,
        "bias": "none",
        "proj_size": 4,
        "init_scale": 1.7,
    },
    "sequence": {"length": 30, "batch": 2},
}
"""Small changes grow from step to step: differences over long steps converge to something else."""

ON_KINKS: Tree = {
    "lstm": {
        "input_size": 3,
        "hidden_size": 4,
        "bias": "none",
        "num_layers": 2,
        "activations": {"candidate": "relu"},
    },
    "sequence": {"initial_state": "zero"},
}
"""Units that start exactly where relu has no derivative."""


def powers_of_ten(low: int, high: int) -> st.SearchStrategy[float]:
    steps = 1 << FRACTION_BITS
    return st.integers(low * steps, high * steps).map(lambda n: float(10 ** (n / steps)))


@st.composite
def networks(draw: st.DrawFn, activations: tuple[str, ...]) -> Tree:
    hidden = draw(st.integers(1, 5))
    tree: Tree = {
        "input_size": draw(st.integers(1, 4)),
        "hidden_size": hidden,
        "num_layers": draw(st.integers(1, 3)),
        "bidirectional": draw(st.booleans()),
        "bias": draw(st.sampled_from(["one", "two", "none"])),
        "peephole": draw(st.booleans()),
        "coupled": draw(st.booleans()),
        "activations": {name: draw(st.sampled_from(activations)) for name in ("gate", "candidate", "output")},
        "init_scale": draw(st.none() | powers_of_ten(-3, 1)),
    }
    if hidden > 1 and draw(st.booleans()):
        tree["proj_size"] = draw(st.integers(1, hidden - 1))
    if tree["bias"] != "none" and not tree["coupled"]:
        tree["forget_bias"] = draw(st.sampled_from([0.0, 1.0, -5.0, 5.0]))
    return tree


@st.composite
def sequences(draw: st.DrawFn, longest: int) -> Tree:
    length, batch = draw(st.integers(1, longest)), draw(st.integers(1, 3))
    lengths = st.lists(st.integers(1, length), min_size=batch, max_size=batch)
    return {
        "length": length,
        "batch": batch,
        "lengths": draw(st.none() | lengths),
        "initial_state": draw(st.sampled_from(["random", "zero"])),
    }


@st.composite
def losses(draw: st.DrawFn, lstm: Tree) -> Tree:
    parts = {"outputs", "hidden", "cell"}
    kinds = ["projection", "squared_error"]
    width = lstm.get("proj_size") or lstm["hidden_size"]
    if width > 1:
        kinds.append("cross_entropy")
    return {
        "kind": draw(st.sampled_from(kinds)),
        "on": sorted(draw(st.sets(st.sampled_from(sorted(parts)), min_size=1))),
        "reduce": draw(st.sampled_from(["sum", "mean"])),
        "scale": draw(st.sampled_from([1.0, -1.0])) * draw(powers_of_ten(-8, 8)),
    }


def existing_blocks(lstm: Tree) -> list[str]:
    biases = {"one": ["b"], "two": ["b_ih", "b_hh"], "none": []}[lstm["bias"]]
    variants = ["p"] * lstm["peephole"] + ["R"] * ("proj_size" in lstm)
    return ["W", "U", *biases, *variants, "x", "h0", "c0"]


@st.composite
def checks(draw: st.DrawFn, lstm: Tree) -> Tree:
    blocks = st.lists(st.sampled_from(existing_blocks(lstm)), min_size=1, unique=True)
    return {
        "reference": draw(st.sampled_from(["central", "complex"])),
        "blocks": draw(st.just("all") | blocks),
        "entries": draw(st.just("all") | st.integers(1, 8)),
    }


@st.composite
def trees(draw: st.DrawFn, *, activations: tuple[str, ...] = SMOOTH + KINKED, longest: int = 6) -> Tree:
    """Any configuration that makes sense, small enough to be checked in a blink."""
    lstm = draw(networks(activations))
    return {
        "seed": draw(st.integers(0, 2**32)),
        "lstm": lstm,
        "sequence": draw(sequences(longest)),
        "loss": draw(losses(lstm)),
        "check": draw(checks(lstm)),
    }
