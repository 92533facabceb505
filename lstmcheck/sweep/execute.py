"""Where cases are run: in this process, in worker processes, or on a Dask cluster.

Each is a function from a job and case numbers to records, in the order in which they finish. A worker that
dies costs its case one retry; a case whose worker dies twice is recorded as inconclusive.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.sweep.outcome import Job, Record, record

Executor = Callable[[Job, Iterable[int]], Iterator[Record]]

AHEAD = 2
"""Cases submitted for each worker: one that runs, and one that waits for it."""
TRIES = 2


def in_this_process(job: Job, numbers: Iterable[int]) -> Iterator[Record]:
    """One case after the other."""
    return map(job.run, numbers)


def in_processes(workers: int) -> Executor:
    """On a pool of worker processes that share nothing, with one thread each."""

    def execute(job: Job, numbers: Iterable[int]) -> Iterator[Record]:
        from pebble import ProcessExpired, ProcessPool

        context = multiprocessing.get_context("spawn")
        pool = ProcessPool(max_workers=workers, initializer=_start_worker, initargs=(job,), context=context)
        try:
            yield from _tried_twice(
                lambda number: pool.schedule(_run_in_worker, (number,)),
                job,
                numbers,
                AHEAD * workers,
                died=ProcessExpired,
            )
            pool.close()
        finally:
            pool.stop()
            pool.join()

    return execute


_worker_job: Job | None = None


def _start_worker(job: Job) -> None:
    """A job is sent to each worker once, not with every case."""
    import signal

    global _worker_job
    _worker_job = job
    # Ctrl-C reaches the whole group: the parent alone answers it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run_in_worker(number: int) -> Record:
    assert _worker_job is not None
    return _worker_job.run(number)


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
        client = Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        raise LstmcheckError(
            f"no scheduler answers: {error}.", where=f"--scheduler {address}", remedy="Is it running?"
        ) from None

    def execute(job: Job, numbers: Iterable[int]) -> Iterator[Record]:
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
        yield future.result() if future.status == "finished" else _died(job, number)
        future.release()
        for following in islice(waiting, 1):
            running.add(submit(following))


def _run_on_cluster(job: Job, number: int) -> Record:
    return job.run(number)


def _tried_twice(
    submit: Callable[[int], Future[Record]],
    job: Job,
    numbers: Iterable[int],
    window: int,
    died: type[Exception],
) -> Iterator[Record]:
    """Keep `window` cases submitted; submit again, once, what a worker died of."""
    waiting = iter(numbers)
    running: dict[Future[Record], tuple[int, int]] = {}

    def start(number: int, attempt: int) -> None:
        running[submit(number)] = number, attempt

    for number in islice(waiting, window):
        start(number, 1)
    while running:
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            number, attempt = running.pop(future)
            try:
                yield future.result()
            except died:
                if attempt < TRIES:
                    start(number, attempt + 1)
                    continue
                yield _died(job, number)
            for following in islice(waiting, 1):
                start(following, 1)


def _died(job: Job, number: int) -> Record:
    note = "the worker process died twice: out of memory, or killed"
    return record(job.grid, job.grid.case(number), note=note)
