"""Where cases are run: in this process, in worker processes, or on a Dask cluster.

Each is a function from work and case numbers to records, in the order in which they finish. A case whose
worker dies more than once has a record that says so.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import islice
from typing import Any, Protocol

from lstmcheck.errors import LstmcheckError
from lstmcheck.processes import Lost, WorkerPool
from lstmcheck.sweep.work import AnyRecord, Work


class Executor(Protocol):
    """Runs cases somewhere."""

    def __call__(
        self, job: Work[AnyRecord], numbers: Iterable[int], /
    ) -> Generator[AnyRecord, None, None]: ...


CONNECT_SECONDS = 10
AHEAD = 2
"""Cases submitted for each worker of a cluster: one that runs, and one that waits for it."""


def in_this_process(job: Work[AnyRecord], numbers: Iterable[int]) -> Generator[AnyRecord, None, None]:
    """One case after the other."""
    for number in numbers:
        yield job.run(number)


def in_processes(workers: int, seconds: float | None = None) -> Executor:
    """On worker processes that share nothing, with one thread each; a case may take so many seconds."""

    def execute(job: Work[AnyRecord], numbers: Iterable[int]) -> Generator[AnyRecord, None, None]:
        pool = WorkerPool(job.run, workers, seconds)
        try:
            for number, found in pool.run(numbers):
                yield job.lost(number, _why(found, seconds)) if isinstance(found, Lost) else found
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

    def execute(job: Work[AnyRecord], numbers: Iterable[int]) -> Generator[AnyRecord, None, None]:
        with client:
            yield from _on_client(client, job, numbers)

    return execute


def _on_client(client: Any, job: Work[AnyRecord], numbers: Iterable[int]) -> Iterator[AnyRecord]:
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


def _lost(job: Work[AnyRecord], number: int, future: Any) -> AnyRecord:
    """The record of a case that came back without one."""
    from distributed import KilledWorker

    error = future.exception()
    if error is None or isinstance(error, KilledWorker):
        return job.lost(number, _why(Lost.DIED, None))
    return job.lost(number, f"the cluster could not run it: {type(error).__name__}: {error}")


def _why(lost: Lost, seconds: float | None) -> str:
    """Why a case came back without a record."""
    if lost is Lost.OVERDUE:
        return f"it took more than {seconds:g} s in all, and was stopped"
    return "the worker process died twice: out of memory, killed, or ended by what it ran"


def _run_on_cluster(job: Work[AnyRecord], number: int) -> AnyRecord:
    return job.run(number)
