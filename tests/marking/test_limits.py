"""Seconds that an item may take on a worker: it is ended in order, and not tried again."""

from __future__ import annotations

import time
from pathlib import Path

from lstmcheck.processes import Lost, WorkerPool


def sleeps_in(path: Path) -> str:
    """Sleeps for ever if the path is that of a folder that is not there; leaves a mark when it is ended."""
    if path.parent.exists():
        return path.name
    try:
        time.sleep(1000)
    finally:
        with (path.parent.parent / "tried").open("a") as tried:
            tried.write("once\n")
    return "never"


def test_what_takes_too_long_is_ended_in_order_and_not_tried_again(tmp_path: Path) -> None:
    slow, quick, last = tmp_path / "none" / "slow", tmp_path / "quick", tmp_path / "last"
    pool = WorkerPool(sleeps_in, 1, seconds=4)
    try:
        found = dict(pool.run([quick, slow, last]))
        assert found == {quick: "quick", slow: Lost.OVERDUE, last: "last"}
    finally:
        pool.stop()
    assert (tmp_path / "tried").read_text() == "once\n"
