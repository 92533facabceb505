"""Where cases are run: in this process, in worker processes, or on a Dask cluster.

Each is a function from a job and case numbers to records, in the order in which they finish. A case whose
worker dies more than once is recorded as inconclusive.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.processes import WorkerPool
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.record import Record, unchecked

Records = Generator[Record, None, None]
Executor = Callable[[Job, Iterable[int]], Records]

CONNECT_SECONDS = 10
AHEAD = 2
"""Cases submitted for each worker of a cluster: one that runs, and one that waits for it."""


def in_this_process(job: Job, numbers: Iterable[int]) -> Records:
    """One case after the other."""
    for number in numbers:
        yield job.run(number)


def in_processes(workers: int) -> Executor:
    """On worker processes that share nothing, with one thread each."""

    def execute(job: Job, numbers: Iterable[int]) -> Records:
        pool = WorkerPool(job.run, workers)
        try:
            for number, found in pool.run(numbers):
                yield found or _died(job, number)
        finally:
            pool.stop()

    return execute


def on_cluster(address: str) -> Executor:
    """On the workers of a Dask scheduler. Raises LstmcheckError without dask, or without the scheduler."""
    try:
        from distributed import Client
    except ImportError:
        raise LstmcheckError(
            "a cluster needs dask.distributed.",
            where=f"--scheduler {address}",
            remedy="Install it: pip install 'lstmcheck[cluster]'",
        ) from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise LstmcheckError(
            f"no scheduler answers: {error}.", where=f"--scheduler {address}", remedy="Is it running?"
        ) from None

    def execute(job: Job, numbers: Iterable[int]) -> Records:
        with client:
            yield from _on_client(client, job, numbers)

    return execute


def _on_client(client: Any, job: Job, numbers: Iterable[int]) -> Iterator[Record]:
    """A window of cases at a time; Dask itself runs those of a worker that died on another one."""
    from distributed import as_completed

    shared = client.scatter(job, broadcast=True, hash=False)
    waiting = iter(numbers)
    window = AHEAD * max(1, sum(client.nthreads().values()))

    def submit(number: int) -> Any:
        return client.submit(_run_on_cluster, shared, number, key=f"lstmcheck-{id(job)}-{number}", pure=False)

    running = as_completed([submit(number) for number in islice(waiting, window)])
    for future in running:
        number = int(future.key.rpartition("-")[2])
        yield future.result() if future.status == "finished" else _lost(job, number, future)
        future.release()
        for following in islice(waiting, 1):
            running.add(submit(following))


def _lost(job: Job, number: int, future: Any) -> Record:
    """The record of a case that came back without one."""
    from distributed import KilledWorker

    error = future.exception()
    if error is None or isinstance(error, KilledWorker):
        return _died(job, number)
    note = f"the cluster could not run it: {type(error).__name__}: {error}"
    return unchecked(job.grid, job.grid.case(number), note)


def _died(job: Job, number: int) -> Record:
    """The record of a case whose worker never came back with one."""
    note = "the worker process died twice: out of memory, killed, or ended by what it ran"
    return unchecked(job.grid, job.grid.case(number), note)


def _run_on_cluster(job: Job, number: int) -> Record:
    return job.run(number)
