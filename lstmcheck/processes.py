"""The cores of this machine and how work is spread over them: on threads, and on worker processes.

The process of a target is no worker: it takes part in a conversation with time limits of its own, its end is
an answer rather than a reason to try again, and it is given nothing that the judge relies on. Threads here
wait for such processes; see `lstmcheck.targets.running`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from enum import Enum
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from threading import Timer
from typing import Generic, TypeVar, cast

from threadpoolctl import threadpool_limits

TRIES = 2
PATIENCE = 5.0
"""Seconds that a worker has to end when there is nothing more to do."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def available_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1


@contextmanager
def pool_of_threads(count: int) -> Iterator[Executor | None]:
    """Some threads, with one BLAS thread each: portions are small, and results must not
    depend on how BLAS would share them out."""
    with threadpool_limits(1, user_api="blas"):
        if count == 1:
            yield None
            return
        pool = ThreadPoolExecutor(count)
        try:
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def on_threads(
    function: Callable[[Item], Result], items: Sequence[Item], count: int, stop: Callable[[], None]
) -> Generator[Result, None, None]:
    """The results of all items, in their order, so many at once. `stop` ends what threads wait for, after an
    error in one of them."""
    pool = ThreadPoolExecutor(count)
    try:
        for future in [pool.submit(function, item) for item in items]:
            yield future.result()
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Lost(Enum):
    """Why an item has no result."""

    DIED = "its workers all died"
    OVERDUE = "it took too long"


class WorkerPool(Generic[Item, Result]):
    """So many processes that call one function, each with one item at a time.

    Each is watched through its pipe and through its end: one that ends, in whatever way and with whatever
    exit code, costs its item one retry. One that takes longer than `seconds` for an item is ended, and that
    is not tried again. They are no daemons, so that the function may start processes.
    """

    def __init__(
        self, function: Callable[[Item], Result], workers: int, seconds: float | None = None
    ) -> None:
        """`function` is pickled once for each worker. It returns no None."""
        self._function, self._seconds = function, seconds
        self._workers = [self._new_worker() for _ in range(workers)]

    def _new_worker(self) -> _Worker[Item, Result]:
        return _Worker(self._function, self._seconds)

    def run(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | Lost]]:
        """Each item with its result, in the order in which they finish, or with why it has none."""
        queue = _Queue(items)
        for worker in self._workers:
            worker.give(queue.next())
        while any(worker.item is not None for worker in self._workers):
            for position in self._ready():
                worker = self._workers[position]
                item, result = worker.item, worker.take()
                assert item is not None
                lost = None if result is not None else worker.why_ended
                if lost:
                    worker.stop()
                    worker = self._workers[position] = self._new_worker()
                again = lost is Lost.DIED and queue.again(item)
                worker.give(queue.next())
                if not again:
                    yield item, lost or cast(Result, result)

    def _ready(self) -> list[int]:
        """Positions of workers that have sent something, or have ended."""
        watched: dict[Connection | int, int] = {}
        for position, worker in enumerate(self._workers):
            if worker.item is not None:
                watched |= {worker.connection: position, worker.process.sentinel: position}
        ready = wait(list(watched))
        return sorted({position for end, position in watched.items() if end in ready})

    def stop(self) -> None:
        """End all workers: at once those that are at work."""
        for worker in self._workers:
            worker.stop()


class _Queue(Generic[Item]):
    """The items that are left; one whose worker died comes once more."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._waiting, self._again = iter(items), list[Item]()
        self._deaths: Counter[Item] = Counter()

    def next(self) -> Item | None:
        """None where nothing is left."""
        return self._again.pop() if self._again else next(self._waiting, None)

    def again(self, item: Item) -> bool:
        """Whether the item is worth another try."""
        self._deaths[item] += 1
        if self._deaths[item] < TRIES:
            self._again.append(item)
            return True
        return False


class _Worker(Generic[Item, Result]):
    """A process, our end of its pipe, and the item that it is at work on."""

    def __init__(self, function: Callable[[Item], Result], seconds: float | None) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, remote = context.Pipe()
        self.process = context.Process(target=_work, args=(function, remote), daemon=False)
        with _interrupts_held_back():
            self.process.start()
        remote.close()
        self.item: Item | None = None
        self._seconds = seconds
        self._alarm: _Alarm | None = None

    def give(self, item: Item | None) -> None:
        self.item = item
        if item is not None:
            if self._seconds is not None:
                self._alarm = _Alarm(self._seconds, self.process)
            with suppress(OSError):  # it has ended already, which is seen when it is waited for
                self.connection.send(item)

    @property
    def why_ended(self) -> Lost:
        return Lost.OVERDUE if self._alarm and self._alarm.rang else Lost.DIED

    def take(self) -> Result | None:
        """What it has sent; None where it has ended instead."""
        if self._alarm:
            self._alarm.cancel()
        try:
            return cast(Result, self.connection.recv()) if self.connection.poll() else None
        except (EOFError, OSError):
            return None

    def stop(self) -> None:
        busy = self.item is not None
        if self._alarm:
            self._alarm.cancel()
        self.connection.close()
        if busy:
            self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


class _Alarm:
    """Ends an item's worker after some seconds; of the next item's alarm it knows nothing."""

    def __init__(self, seconds: float, process: BaseProcess) -> None:
        self.rang = False
        self._process = process
        self._timer = Timer(seconds, self._ring)
        self._timer.daemon = True
        self._timer.start()

    def _ring(self) -> None:
        self.rang = True
        self._process.terminate()
        if not wait([self._process.sentinel], PATIENCE):
            self._process.kill()

    def cancel(self) -> None:
        self._timer.cancel()


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


def _work(function: Callable[[Item], Result], connection: Connection) -> None:
    """Do what arrives, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    with suppress(EOFError, BrokenPipeError):
        while True:
            connection.send(function(connection.recv()))


def _end(*_: object) -> None:
    """Leave in order: whatever the function has opened is closed, the processes that it has started too."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit
