"""Draws a network over all keys of the configuration, within what its rules accept."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import gettempdir
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from trial_targets import CONVENTIONS

from lstmcheck import Config, LstmcheckError

Random = np.random.Generator
T = TypeVar("T")
Tree = dict[str, Any]
KINDS = ("own", "plain", "loss")
SHARES = (0.5, 0.3, 0.2)
"""Of the kinds, in a run over all of them."""
ACTIVATIONS = ("sigmoid", "tanh", "identity", "relu", "hard_sigmoid", "softsign")
DEFAULTS = {"gate": "sigmoid", "candidate": "tanh", "output": "tanh"}
PARTS = ("outputs", "hidden", "cell")
SCALES = (1e-100, 1e100)
"""Of the loss: the accepted range."""
AFFORDABLE = {"own": 100_000, "plain": 1_500, "loss": 1_500}
"""Entries times steps beyond which some entries only are checked: our own network moves many at once."""


GIVEN = 0.1
"""How often some arrays come from a file."""


@dataclass(frozen=True)
class Network:
    kind: str
    config: Config
    given: dict[str, NDArray[np.float64]]
    """What the file of the configuration holds."""

    @contextmanager
    def written(self, *, keep: bool) -> Iterator[None]:
        """Its file is there; it stays where it is to be looked at."""
        path = self.config.arrays_path
        if path is None:
            yield
            return
        np.savez(path, **self.given)  # type: ignore[arg-type]
        try:
            yield
        finally:
            if not keep:
                path.unlink()


def draw_kind(random: Random, wanted: str) -> str:
    """`wanted`, or one of all; as much is drawn either way."""
    drawn = str(random.choice(KINDS, p=SHARES))
    return drawn if wanted == "all" else wanted


def draw_network(random: Random, wanted: str) -> Network:
    """A network whose configuration is accepted; draws again until one is."""
    kind = draw_kind(random, wanted)
    while True:
        try:
            tree = _tree(random, kind)
            given = _given(random, tree) if chance(random, GIVEN) else {}
            if given:
                tree["arrays"] = {"file": f"{gettempdir()}/lstmcheck-trial-{os.getpid()}-{tree['seed']}.npz"}
            return Network(kind, Config(**tree), given)
        except (LstmcheckError, ValidationError):
            continue


def with_method(network: Network, method: str) -> Network:
    """The same, its gates judged in another way: as wholes, with all that is in them."""
    if method == "auto":
        return network
    changed = {"method": method, "entries": "all", "step": "auto"}
    check = network.config.check.model_copy(update=changed)
    return replace(network, config=network.config.model_copy(update={"check": check}))


def _tree(random: Random, kind: str) -> Tree:
    lstm = _lstm(random, kind)
    sequence = _sequence(random, kind)
    tree: Tree = {
        "name": "trial",
        "seed": int(random.integers(2**31)),
        "lstm": lstm,
        "sequence": sequence,
        "loss": _loss(random) if kind != "loss" else {},
        "check": _check(random, lstm),
        "target": None if kind == "own" else _target(random, kind),
    }
    if _work(lstm, sequence) > AFFORDABLE[kind]:
        tree["check"]["entries"] = int(random.integers(1, 4))
    return tree


def _lstm(random: Random, kind: str) -> Tree:
    hidden = _size(random)
    bias = weighted(random, {"one": 6, "two": 2, "none": 2})
    coupled = chance(random, 0.2)
    return {
        "input_size": _size(random),
        "hidden_size": hidden,
        "num_layers": weighted(random, {1: 6, 2: 3, 3: 1}) if kind == "own" else 1,
        "bidirectional": kind == "own" and chance(random, 0.3),
        "bias": bias,
        "forget_bias": _forget_bias(random) if bias != "none" and not coupled else 0.0,
        "peephole": chance(random, 0.25),
        "coupled": coupled,
        "proj_size": int(random.integers(1, hidden)) if hidden > 1 and chance(random, 0.2) else None,
        "activations": {role: _activation(random, usual) for role, usual in DEFAULTS.items()},
        "init_scale": None if chance(random, 0.4) else log_uniform(random, 0.01, 5),
    }


def _size(random: Random) -> int:
    """1 … 8, small ones more often."""
    return weighted(random, {n: 10 - n for n in range(1, 9)})


def _forget_bias(random: Random) -> float:
    return weighted(random, {0.0: 5, 1.0: 2, 5.0: 1, 20.0: 1, 36.0: 1})


def _activation(random: Random, usual: str) -> str:
    return usual if chance(random, 0.65) else str(random.choice(ACTIVATIONS))


def _sequence(random: Random, kind: str) -> Tree:
    long = chance(random, 0.05 if kind == "own" else 0.02)
    length = weighted(random, {40: 2, 100: 1}) if long else int(random.integers(1, 13))
    batch = int(random.integers(1, 5))
    padded = kind == "own" and chance(random, 0.25)
    return {
        "length": length,
        "batch": batch,
        "lengths": [int(n) for n in random.integers(1, length + 1, batch)] if padded else None,
        "initial_state": weighted(random, {"random": 8, "zero": 2}),
    }


def _loss(random: Random) -> Tree:
    scale = 1.0 if chance(random, 0.6) else log_uniform(random, *SCALES) * random.choice([1, -1])
    return {
        "kind": weighted(random, {"projection": 6, "squared_error": 2, "cross_entropy": 2}),
        "on": list(PARTS) if chance(random, 0.6) else some(random, PARTS),
        "reduce": weighted(random, {"sum": 8, "mean": 2}),
        "scale": float(scale),
    }


def _check(random: Random, lstm: Tree) -> Tree:
    reference = weighted(random, {"central": 9, "complex": 1})
    return {
        "rtol": weighted(random, {1e-6: 8, 1e-4: 1, 1e-8: 1}),
        "reference": reference,
        "step": 1e-5 if reference == "central" and chance(random, 0.02) else "auto",
        "entries": "all" if chance(random, 0.85) else int(random.integers(1, 6)),
        "blocks": "all" if chance(random, 0.9) else some(random, _blocks(lstm)),
    }


def _blocks(lstm: Tree) -> list[str]:
    biases = {"one": ["b"], "two": ["b_ih", "b_hh"], "none": []}[lstm["bias"]]
    return ["W", "U", *biases, *["p"] * lstm["peephole"], *["R"] * bool(lstm["proj_size"]), "x", "h0", "c0"]


def _target(random: Random, kind: str) -> Tree:
    spelled_out = {
        "gates": "".join(random.permutation(list("ifgo"))),
        "weights": str(random.choice(["rows", "columns"])),
    }
    named = str(random.choice(list(CONVENTIONS)))
    return {
        "module": "trial_targets",
        "protocol": kind,
        "convention": named if chance(random, 0.7) else spelled_out,
        "dtype": "float32" if kind == "plain" and chance(random, 0.08) else "float64",
        "timeout": None,
    }


def _given(random: Random, tree: Tree) -> dict[str, NDArray[np.float64]]:
    """What is drawn nowhere else: one-hot inputs, weights with zeros and some that are large, full cells."""
    lstm, sequence = tree["lstm"], tree["sequence"]
    D, H, steps, B = lstm["input_size"], lstm["hidden_size"], sequence["length"], sequence["batch"]
    cells = lstm["num_layers"] * (1 + lstm["bidirectional"])
    weights = random.standard_t(2, (4, H, D)) * (random.random((4, H, D)) < 0.7)
    arrays = {
        "x": np.eye(D)[random.integers(0, D, (steps, B))],
        "W_l0": 0.3 * weights,
        "c0": random.normal(0, 5, (cells, B, H)),
    }
    return {name: arrays[name] for name in some(random, list(arrays))}


def _work(lstm: Tree, sequence: Tree) -> int:
    """Entries of all arrays, times steps."""
    D, H, steps, B = lstm["input_size"], lstm["hidden_size"], sequence["length"], sequence["batch"]
    cells = lstm["num_layers"] * (1 + lstm["bidirectional"])
    return int((cells * (4 * H * (D + H + 1) + 2 * B * H) + steps * B * D) * steps * cells)


def chance(random: Random, share: float) -> bool:
    return bool(random.random() < share)


def weighted(random: Random, weights: Mapping[T, float]) -> T:
    """One of the keys, as often as its weight says."""
    values, shares = list(weights), np.array(list(weights.values()), float)
    return values[int(random.choice(len(values), p=shares / shares.sum()))]


def some(random: Random, values: Sequence[T]) -> list[T]:
    """At least one of them, in their order."""
    count = int(random.integers(1, len(values) + 1))
    return [values[k] for k in sorted(random.permutation(len(values))[:count])]


def log_uniform(random: Random, low: float, high: float) -> float:
    exponent: NDArray[np.float64] = np.asarray(random.uniform(np.log10(low), np.log10(high)))
    return float(10**exponent)
