"""Times sweeps: workers against one process, the overhead of a case, the parent's memory, a Dask cluster.

    python tests/benchmarks/bench_sweep.py [--seeds 2] [--cases 10000]

Run it on a free machine: with two workers it needs two cores for itself.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from dataclasses import dataclass
from importlib.util import find_spec

from lstmcheck.config import parse
from lstmcheck.sweep.executors import Executor, in_processes, in_this_process, on_cluster
from lstmcheck.sweep.grid import Grid, make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.record import Record, unchecked
from lstmcheck.sweep.runner import run_cases, shard_of
from lstmcheck.sweep.sweep_store import Store
from lstmcheck.sweep.tally import tally

BASE = parse("lstm: {input_size: 2, hidden_size: 3}\n", name="bench.yaml")


@dataclass(frozen=True)
class EmptyJob(Job):
    """Cases that cost nothing: what is left is the sweep's own work."""

    def run(self, number: int) -> Record:
        found = unchecked(self.grid, self.grid.case(number), "empty")
        size = {"rel_error": number * 1e-12, "entries": 1, "parameters": 10 + number}
        return found.model_copy(update=size)


def timed(job: Job, execute: Executor) -> tuple[float, float, int]:
    """Seconds in all, seconds of the cases' own work, and the number of cases."""
    store = Store(job.grid, None)
    numbers = shard_of(job.grid, (1, 1))
    start = time.perf_counter()
    run_cases(job, numbers, store, execute)
    seconds = time.perf_counter() - start
    work = sum(found.seconds for found in store.records())
    store.close()
    return seconds, work, len(numbers)


def workers(grid: Grid) -> None:
    """The same sweep in this process, on two workers, and on a cluster of two."""
    alone, work, cases = timed(Job(grid), in_this_process)
    spent = 1e3 * (alone - work) / cases
    print(f"1 process:  {alone:6.1f} s, {cases / alone:5.1f} cases/s, overhead {spent:.2f} ms a case")
    two, work, _ = timed(Job(grid), in_processes(2))
    print(f"2 workers:  {two:6.1f} s, {cases / two:5.1f} cases/s, {alone / two:.2f} times as fast")
    if find_spec("distributed"):
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            dask, _, _ = timed(Job(grid), on_cluster(cluster.scheduler_address))
        print(f"Dask, 2:    {dask:6.1f} s, {cases / dask:5.1f} cases/s, {alone / dask:.2f} times as fast")


def overhead(cases: int) -> None:
    """Cases that cost nothing, on two workers."""
    seconds, _, _ = timed(EmptyJob(make_grid(BASE, {}, cases // 192)), in_processes(2))
    print(f"empty cases on 2 workers: {1e3 * seconds / (cases // 192 * 192):.2f} ms a case")


def memory(cases: int) -> None:
    """The parent's own memory for a tenth of the cases and for all of them."""
    peaks = []
    for count in (cases // 10, cases):
        grid = make_grid(BASE, {}, max(1, count // 192))
        tracemalloc.start()
        store = Store(grid, None)
        run_cases(EmptyJob(grid), list(range(len(grid))), store, in_this_process)
        tally(store.records())
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
        store.close()
    print(f"parent's memory: {peaks[0]:.2f} MiB for {cases // 10:,} cases, {peaks[1]:.2f} MiB for {cases:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--cases", type=int, default=10_000)
    arguments = parser.parse_args()
    memory(arguments.cases)
    overhead(arguments.cases)
    workers(make_grid(BASE, {}, arguments.seeds))


if __name__ == "__main__":
    main()
