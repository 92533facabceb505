"""A sweep from its grid to what it adds up to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from lstmcheck.api import check
from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.sweep.executors import Executor
from lstmcheck.sweep.grid import Grid
from lstmcheck.sweep.record import Record
from lstmcheck.sweep.shrink import shrink
from lstmcheck.sweep.store import KeptRecords
from lstmcheck.sweep.sweep_store import Store
from lstmcheck.sweep.tally import Tally, tally
from lstmcheck.sweep.work import AnyRecord, Work

Progress = Callable[[int, int], None]
"""Called with (cases done, cases in all)."""
REASONS_TOLD = 5


@dataclass(frozen=True)
class SweepReport:
    """The outcome of a sweep: what its records add up to, and where they are."""

    grid: Grid
    tally: Tally
    store: Store
    missing: int
    """Cases that were to be run and have no record."""
    smallest_failing: Config | None

    @property
    def verdict(self) -> Verdict:
        # What has not been run may fail.
        return Verdict.worst([self.tally.verdict, Verdict.INCONCLUSIVE if self.missing else Verdict.PASS])

    def records(self) -> Iterator[Record]:
        """All records, in the order of their cases."""
        return self.store.records()


def shard_of(grid: Grid, shard: tuple[int, int]) -> list[int]:
    """Case numbers of shard i of n, the longest first, so that no worker ends with a long one."""
    ordered = sorted(range(len(grid)), key=lambda number: (-grid.cost(grid.case(number)), number))
    part, parts = shard
    return ordered[part - 1 :: parts]


def run_cases(
    job: Work[AnyRecord],
    numbers: list[int],
    store: KeptRecords[AnyRecord],
    execute: Executor,
    progress: Progress | None = None,
    arrived: Callable[[AnyRecord], None] | None = None,
) -> None:
    """Run what the store does not have yet; each record is kept as soon as it is there, then handed on."""
    todo = [number for number in numbers if number not in store]
    done = len(numbers) - len(todo)
    # Whatever stops this ends the workers, too.
    with closing(execute(job, todo)) as records:
        for record in records:
            store.add(record)
            if arrived:
                arrived(record)
            done += 1
            if progress:
                progress(done, len(numbers))


def make_report(
    grid: Grid,
    store: Store,
    expected: Sequence[int],
    *,
    backward: type[Backward] = Backward,
    shrinks: bool = True,
) -> SweepReport:
    """Add the records up, and shrink the smallest failing case. `expected`: the cases that were to be run.

    Raises LstmcheckError where nothing was checked.
    """
    found = tally(store.records())
    if not found.entries and not found.bugs:
        reasons = (found.skipped + found.notes).most_common()
        why = "; ".join(f"{count} × {reason.rstrip('.')}" for reason, count in reasons[:REASONS_TOLD])
        raise LstmcheckError(f"no case was checked. {why or 'There are no results'}.")
    smallest = None
    if found.failing and shrinks:
        failing = grid.config(grid.case(found.failing.case))
        smallest = shrink(failing, lambda config: _fails(config, backward))
    missing = sum(number not in store for number in expected)
    return SweepReport(grid, found, store, missing, smallest)


def _fails(config: Config, backward: type[Backward]) -> bool:
    try:
        return check(config, backward=backward, explain=False).verdict == Verdict.FAIL
    except Exception:  # a smaller network may break the backward pass in another way: not the one we look for
        return False
