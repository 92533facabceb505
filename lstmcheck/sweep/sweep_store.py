"""The results of a sweep on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lstmcheck.config import Config
from lstmcheck.sweep.grid import Grid
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.store import FORMAT, FileKind, KeptRecords, Line, last_header

SWEEP = FileKind("lstmcheck_sweep", "a sweep", "sweep")


class Store(KeptRecords[Record]):
    """The records of one sweep."""

    kind, model = SWEEP, Record

    def __init__(self, grid: Grid, path: Path | None, *, resume: bool = False) -> None:
        """Without a path, a temporary file. Raises LstmcheckError for a file that cannot be used."""
        self.grid = grid
        super().__init__(path, resume=resume)

    def header(self) -> Line:
        return header(self.grid)

    def number_of(self, record: Record) -> int | None:
        if not 0 <= record.case < len(self.grid):
            return None
        return record.case if record.key == self.grid.key(self.grid.case(record.case)) else None


def base_config(config: Config) -> dict[str, Any]:
    """A configuration as a results file keeps it, found again from any folder."""
    return {key: value for key, value in config.portable().items() if key != "sweep"}


def header(grid: Grid) -> Line:
    """The line that tells a sweep."""
    return {
        SWEEP.key: FORMAT,
        "config": base_config(grid.base),
        "axes": {key: list(values) for key, values in grid.axes.items()},
        "seeds": grid.seeds,
        "fixed": dict(grid.fixed),
        "mistakes": list(grid.mistakes),
    }


def read_grid(path: Path) -> Grid:
    """The grid that a results file tells. Raises LstmcheckError where it tells none."""
    sweep = last_header(path, SWEEP)
    axes = {key: tuple(values) for key, values in sweep["axes"].items()}
    # JSON has lists where a configuration has tuples; lax about that, strict about the rest.
    config = Config.model_validate_json(json.dumps(sweep["config"]))
    return Grid(config, axes, sweep["seeds"], sweep["fixed"], tuple(sweep["mistakes"]))
