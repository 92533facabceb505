"""Sweeps that the tests run, and a planted mistake that shows only at some sizes."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lstmcheck.config import Config, parse
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.sweep.executors import Executor, in_this_process
from lstmcheck.sweep.grid import Grid, make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.runner import run_cases, shard_of
from lstmcheck.sweep.sweep_store import Store

YAML = """\
lstm: {input_size: 2, hidden_size: 3}
sequence: {length: 3, batch: 2}
sweep:
  axes: {lstm.num_layers: [1, 2], sequence.length: [1, 3], lstm.proj_size: [null, 2, 5]}
"""
CASES, SKIPPED = 12, 4


def config(text: str = YAML) -> Config:
    return parse(text, name="sizes.yaml")


def grid(text: str = YAML) -> Grid:
    return make_grid(config(text), {}, None)


def records(
    job: Job, execute: Executor = in_this_process, path: Path | None = None, numbers: list[int] | None = None
) -> list[Record]:
    """Run cases, all of them unless said, and give their records without what differs from run to run."""
    store = Store(job.grid, path, resume=path is not None)
    run_cases(job, numbers or shard_of(job.grid, (1, 1)), store, execute)
    found = without_times(store.records())
    store.close()
    return found


def without_times(found: Iterable[Record]) -> list[Record]:
    return [Record.model_validate({**record.plain(), "seconds": 0}) for record in found]


class UpperLayerForgetsLateSteps(Backward):
    """From the third step on, the upper layer's hidden state gets no gradient from the step after it."""

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        found = super().d_h_prev(s, d, d_h)
        return np.zeros_like(found) if s.cell.key[0] == 1 and s.t >= 2 else found


class FailsAtLaterSteps(Backward):
    """Raises what nobody expects, beyond the first step."""

    def d_h_prev(self, s: Step, d: Deltas, d_h: Numbers) -> Numbers:
        if s.t:
            raise ZeroDivisionError
        return super().d_h_prev(s, d, d_h)


@dataclass(frozen=True)
class DeadlyJob(Job):
    """Ends its worker at some cases: killed, with exit code 0, or killed the first time only."""

    killed: int = -1
    ended: int = -1
    killed_once: int = -1
    once: Path = Path()
    """A file that is there after that."""

    def run(self, number: int) -> Record:
        if number == self.ended:
            os._exit(0)
        if number == self.killed or (number == self.killed_once and not self.once.exists()):
            if number == self.killed_once:
                self.once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().run(number)


def verdicts(found: list[Record]) -> dict[int, Any]:
    return {record.case: record.verdict for record in found}
