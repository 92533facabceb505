"""The work of `lstmcheck sweep` and `lstmcheck merge`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from lstmcheck.cli.app import pipe_may_close, tell_bugs
from lstmcheck.cli.options import refuse_results, with_blocks
from lstmcheck.cli.outputs import Outputs
from lstmcheck.cli.target_options import TargetOptions, refuse_missing_file, refuse_mistakes_elsewhere
from lstmcheck.config import load
from lstmcheck.config.variation import parse_axes
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.verdict import Verdict
from lstmcheck.mistakes.catalogue import find
from lstmcheck.processes import available_cores
from lstmcheck.report.plot_file import refuse_unplottable
from lstmcheck.report.progress import progress
from lstmcheck.report.sweep.content import SweepContent
from lstmcheck.report.sweep.plot import write
from lstmcheck.sweep import executors
from lstmcheck.sweep.executors import Executor
from lstmcheck.sweep.grid import make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.runner import SweepReport, make_report, run_cases, shard_of
from lstmcheck.sweep.sweep_store import Store, read_grid


def sweep(
    config: str,
    axis: list[str] | None,
    seeds: int | None,
    seed: int | None,
    overrides: list[str] | None,
    blocks: str | None,
    jobs: int | None,
    scheduler: str | None,
    shard: str | None,
    results: Path | None,
    resume: bool,
    mistake: list[str] | None,
    target: str | None,
    protocol: str | None,
    convention: str | None,
    timeout: float | None,
    quiet: bool,
    output_format: str,
    exports: list[str] | None,
    plot: Path | None,
) -> int:
    """All cases of one shard; what is not finished is kept where `results` says."""
    refuse_results(results, resume=resume)
    options = TargetOptions(target, protocol, convention, timeout)
    base = load(config, seed=seed, overrides=[*with_blocks(overrides, blocks), *options.overrides])
    planted = tuple(find(name, where=f"--mistake {name}").id for name in mistake or [])
    axes = parse_axes(axis or [])
    grid = make_grid(base, axes, seeds, planted)
    if "target.file" not in grid.axes:
        refuse_missing_file(base)
        if "target.protocol" not in grid.axes:
            grid = make_grid(options.with_protocol(base), axes, seeds, planted)
    refuse_mistakes_elsewhere([base], mistake or [])
    numbers = shard_of(grid, _parse_shard(shard))
    job = Job(grid)
    with ExitStack() as stack:
        output = _Output(stack, base.name, output_format, exports, plot, [config], quiet=quiet)
        store = Store(grid, results, resume=resume)
        stack.callback(store.close)
        executor = _executor(jobs, scheduler, len(numbers))
        try:
            with progress(base.name) as advance:
                run_cases(job, numbers, store, executor, advance)
        except KeyboardInterrupt:
            _tell_interrupted(store, len(numbers), results)
            raise
        return output(make_report(grid, store, numbers, backward=job.checked))


def merge(
    files: list[Path],
    quiet: bool,
    output_format: str,
    exports: list[str] | None,
    plot: Path | None,
) -> int:
    """The report of all the files' cases."""
    grid = read_grid(files[0])
    with ExitStack() as stack:
        output = _Output(
            stack, grid.base.name, output_format, exports, plot, list(map(str, files)), quiet=quiet
        )
        store = Store(grid, None)
        stack.callback(store.close)
        for file in files:
            store.take(file)
        return output(make_report(grid, store, range(len(grid)), backward=Job(grid).checked))


class _Output:
    """Where a report goes; what cannot be written is told before the work."""

    def __init__(
        self,
        stack: ExitStack,
        name: str,
        output_format: str,
        exports: list[str] | None,
        plot: Path | None,
        inputs: list[str],
        *,
        quiet: bool,
    ) -> None:
        self.plot, self.quiet = plot, quiet
        outputs = Outputs("sweep", name, output_format, exports, inputs)
        if plot:
            refuse_unplottable(plot)
        self.outputs = stack.enter_context(outputs)

    def __call__(self, report: SweepReport) -> int:
        with pipe_may_close():
            self.outputs.write(SweepContent(report), brief=self.quiet)
        if self.plot:
            write(report, self.plot)
        if report.store.write_error:
            raise LstmcheckError(
                f"results could not be kept: {report.store.write_error.strerror}.",
                where=str(report.store.path),
            )
        if report.tally.bugs:
            tell_bugs(report.tally.bugs)
            return 3
        return 0 if report.verdict == Verdict.PASS and not report.missing else 1


def _parse_shard(text: str | None) -> tuple[int, int]:
    part, slash, parts = (text or "1/1").partition("/")
    if slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise LstmcheckError("expected I/N with I from 1 to N, as in 3/20.", where=f"--shard {text}")


def _executor(jobs: int | None, scheduler: str | None, cases: int) -> Executor:
    if scheduler:
        return executors.on_cluster(scheduler)
    workers = min(jobs or available_cores(), cases)
    return executors.in_processes(workers) if workers > 1 else executors.in_this_process


def _tell_interrupted(store: Store, expected: int, results: Path | None) -> None:
    kept = f"; they are in {results}, go on with --resume" if results else "; --results FILE would keep them"
    print(f"{len(store)} of {expected} cases are done{kept}.", file=sys.stderr)
