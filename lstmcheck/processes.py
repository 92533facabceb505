"""The cores of this machine and how work is spread over them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


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


def available_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS or Windows
        return os.cpu_count() or 1
