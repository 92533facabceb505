"""Worker processes that run the cases of a sweep, each watched through its pipe and through its end.

A worker that ends, in whatever way and with whatever exit code, costs its case one retry. Workers are no
daemons, so that a case may start processes of its own.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import cast

from lstmcheck.sweep.outcome import Job, Record, record

TRIES = 2
PATIENCE = 5.0
"""Seconds that a worker has to end when there is nothing more to do."""


class Pool:
    """So many workers; each has one case at a time."""

    def __init__(self, job: Job, workers: int) -> None:
        self.job = job
        self.workers = [_Worker(job) for _ in range(workers)]

    def run(self, numbers: Iterable[int]) -> Iterator[Record]:
        """The records of the cases, in the order in which they finish."""
        queue = _Queue(numbers)
        for worker in self.workers:
            worker.give(queue.next())
        while any(worker.case is not None for worker in self.workers):
            for position in self._ready():
                worker = self.workers[position]
                case, result = worker.case, worker.take()
                assert case is not None
                if result is None:
                    worker.stop()
                    worker = self.workers[position] = _Worker(self.job)
                    if not queue.again(case):
                        result = died(self.job, case)
                worker.give(queue.next())
                if result is not None:
                    yield result

    def _ready(self) -> list[int]:
        """Positions of workers that have sent something, or have ended."""
        watched: dict[Connection | int, int] = {}
        for position, worker in enumerate(self.workers):
            if worker.case is not None:
                watched |= {worker.connection: position, worker.process.sentinel: position}
        ready = wait(list(watched))
        return sorted({position for end, position in watched.items() if end in ready})

    def stop(self) -> None:
        """End all workers: at once those that are at work."""
        for worker in self.workers:
            worker.stop()


class _Queue:
    """The cases that are left; one whose worker died comes once more."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._waiting, self._again = iter(numbers), list[int]()
        self._deaths: Counter[int] = Counter()

    def next(self) -> int | None:
        """None where nothing is left."""
        return self._again.pop() if self._again else next(self._waiting, None)

    def again(self, case: int) -> bool:
        """Whether the case is worth another try."""
        self._deaths[case] += 1
        if self._deaths[case] < TRIES:
            self._again.append(case)
            return True
        return False


class _Worker:
    """A process, our end of its pipe, and the number of the case that it runs."""

    def __init__(self, job: Job) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, remote = context.Pipe()
        self.process = context.Process(target=_work, args=(job, remote), daemon=False)
        with _interrupts_held_back():
            self.process.start()
        remote.close()
        self.case: int | None = None

    def give(self, case: int | None) -> None:
        self.case = case
        if case is not None:
            with suppress(OSError):  # it has ended already, which is seen when it is waited for
                self.connection.send(case)

    def take(self) -> Record | None:
        """What it has sent; None where it has ended instead."""
        try:
            return cast(Record, self.connection.recv()) if self.connection.poll() else None
        except (EOFError, OSError):
            return None

    def stop(self) -> None:
        busy = self.case is not None
        self.connection.close()
        if busy:
            self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C reaches the whole group, and the parent alone answers it: what starts now never sees it."""
    if not hasattr(signal, "pthread_sigmask"):  # not on Windows
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it lets interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(job: Job, connection: Connection) -> None:
    """Run the cases that arrive, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):
        while True:
            connection.send(job.run(connection.recv()))


def died(job: Job, number: int) -> Record:
    """The record of a case whose worker never came back with one."""
    note = "the worker process died twice: out of memory, killed, or ended by what it ran"
    return record(job.grid, job.grid.case(number), note=note)
