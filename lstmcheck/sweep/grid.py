"""Which cases a sweep has. A case is made from its number, so that a million of them need no memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

from lstmcheck import __version__
from lstmcheck.config import Config, format_value, spec, with_values
from lstmcheck.config.place import Place
from lstmcheck.config.variation import Values, refuse_wrong_axis
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.parameters import input_arrays, parameter_arrays

Axes = Mapping[str, Values]

DEFAULT_AXES: Axes = {
    "sequence.length": (1, 2, 3, 20),
    "sequence.batch": (1, 3),
    "lstm.num_layers": (1, 2, 3),
    "lstm.bidirectional": (False, True),
    "sequence.initial_state": ("zero", "random"),
    "lstm.init_scale": (0.1, 1.5),
}
"""Sizes and switches at which wrong recurrent gradients shipped: each was right at all the others."""
DEFAULT_SIZES = {"lstm.input_size": 2, "lstm.hidden_size": 3, "arrays": None, "sequence.lengths": None}
"""D ≠ H, and small, so that all of it takes less than a minute."""
DEFAULT_COVERS = (
    "1 to 3 layers, one and both directions, T = 1, 2, 3 and 20, B = 1 and 3, zero and random states,"
    " small and large weights, D ≠ H"
)


@dataclass(frozen=True)
class SweepCase:
    """One configuration of a sweep: its number, and how it differs from the base."""

    number: int
    axes: Mapping[str, Any]
    seed: int


@dataclass(frozen=True)
class Grid:
    """Every combination of the axes' values, with every seed; the last axis moves fastest."""

    base: Config
    axes: Axes
    seeds: int
    fixed: Mapping[str, Any]
    """Values that all cases share and the base has not."""
    mistakes: tuple[str, ...] = ()
    """Ids of known mistakes that are planted in every case."""

    def __len__(self) -> int:
        return self.seeds * prod(map(len, self.axes.values()))

    def case(self, number: int) -> SweepCase:
        """The case of a number below len(grid)."""
        rest, seed = divmod(number, self.seeds)
        chosen = {}
        for key, values in reversed(list(self.axes.items())):
            rest, position = divmod(rest, len(values))
            chosen[key] = values[position]
        return SweepCase(number, dict(reversed(chosen.items())), self.base.seed + seed)

    def config(self, case: SweepCase) -> Config:
        """Raises LstmcheckError where the combination makes no sense."""
        return with_values(self.base, {**self.fixed, **case.axes, "seed": case.seed})

    def key(self, case: SweepCase) -> str:
        """Names a case's outcome: another configuration, seed, version or .npz is another key."""
        content = json.dumps([self._fingerprint, dict(case.axes), case.seed], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @cached_property
    def _fingerprint(self) -> list[Any]:
        """What all cases share. Of an .npz or a target its content counts, not where it lies."""
        anywhere = {"arrays": {"file"}, "target": {"file"}}
        settings = self.base.model_dump(
            mode="json", exclude={"sweep": True, "seed": True, "name": True, **anywhere}
        )
        files = [self.base.target_path, self.base.arrays_path, *map(self._npz, self.axes.get("arrays", ()))]
        files += [self._npz({"file": name}) for name in self.axes.get("arrays.file", ())]
        contents = [digest(path) for path in files]
        return [__version__, settings, contents, dict(self.fixed), list(self.mistakes)]

    def _npz(self, arrays: Any) -> Path | None:
        return with_values(self.base, {"arrays": arrays}).arrays_path

    def cost(self, case: SweepCase) -> float:
        """Work of a case in arbitrary units; 0 where the combination makes no sense."""
        try:
            config = self.config(case)
        except LstmcheckError:
            return 0.0
        net, sequence = spec(config), config.sequence
        infos = parameter_arrays(net) + input_arrays(net, sequence.length, sequence.batch)
        states = sequence.length * sequence.batch * net.hidden_size * len(net.cells)
        return float(sum(info.size for info in infos) * states)


def digest(path: Path | None) -> str | None:
    """Of the content of a file; None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else None


def make_grid(config: Config, options: Axes, seeds: int | None, mistakes: tuple[str, ...] = ()) -> Grid:
    """The grid of a configuration; axes of the command line replace the configuration's own.

    Without either, the default axes. Raises LstmcheckError for an axis that cannot be one.
    """
    section = config.sweep
    written = (section.axes if section else None) or {}
    for key, values in written.items():
        place = config.locate("sweep", "axes", key) or Place(f"sweep.axes.{key}")
        refuse_wrong_axis(config, key, values, place)
    for key, values in options.items():
        refuse_wrong_axis(config, key, values, Place(f"--axis {key}={','.join(map(format_value, values))}"))
    axes = {**written, **options}
    count = seeds or (section.seeds if section else 1)
    if axes:
        return Grid(config, axes, count, {}, mistakes)
    return Grid(config, DEFAULT_AXES, count, _fixed(config), mistakes)


def _fixed(config: Config) -> dict[str, Any]:
    """The default sizes, with a projection only where the base has one."""
    projected = config.lstm.proj_size is not None
    return {**DEFAULT_SIZES, "lstm.proj_size": 2 if projected else None}
