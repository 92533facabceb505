"""`lstmcheck sweep` and `lstmcheck merge`."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcheck.cli.app import EXIT_CODES, app, command, pipe_may_close, tell_bugs
from lstmcheck.cli.formats import SWEEP_EXPORTS, OutputFormat, sweep_as
from lstmcheck.cli.options import (
    Blocks,
    ConfigFile,
    Convention,
    Mistakes,
    Overrides,
    Protocol,
    Seed,
    TargetFile,
    Timeout,
    with_blocks,
)
from lstmcheck.cli.targets import TargetOptions, refuse_missing_file, refuse_mistakes_in_targets
from lstmcheck.errors import LstmcheckError

if TYPE_CHECKING:
    from lstmcheck.sweep.execute import Executor
    from lstmcheck.sweep.runner import SweepReport
    from lstmcheck.sweep.store import Store

SCHEDULER_VARIABLE = "DASK_SCHEDULER_ADDRESS"

Format = Annotated[OutputFormat, typer.Option(help="What goes to stdout.")]
Exports = Annotated[
    list[str] | None,
    typer.Option(
        "--export", metavar="FORMAT=FILE", help=f"{', '.join(SWEEP_EXPORTS)}; - is stdout. Repeatable."
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Error against what varies, as .svg or .png (extra: plot)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="One line.")]


@app.command(epilog=EXIT_CODES)
@command
def sweep(
    config: ConfigFile,
    axis: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=V,V,…", help="Values of a key, e.g. lstm.hidden_size=1,8. Repeatable."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Seeds for every case, counted up from seed.", min=1)
    ] = None,
    seed: Seed = None,
    overrides: Overrides = None,
    blocks: Blocks = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="Worker processes; default: cores.", min=1)
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            envvar=SCHEDULER_VARIABLE,
            help="Run on this Dask cluster, e.g. tcp://host:8786 (extra: cluster).",
        ),
    ] = None,
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Only the I-th of N parts; see merge.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Append each finished case here at once.")
    ] = None,
    resume: Annotated[bool, typer.Option(help="Skip the cases that --results has already.")] = False,
    mistake: Mistakes = None,
    target: TargetFile = None,
    protocol: Protocol = None,
    convention: Convention = None,
    timeout: Timeout = None,
    quiet: Quiet = False,
    output_format: Format = OutputFormat.TEXT,
    exports: Exports = None,
    plot: Plot = None,
) -> int:
    """The same check over sizes and shapes; a failing case is shrunk to the smallest that still fails."""
    from lstmcheck.config import load
    from lstmcheck.config.variation import parse_axes
    from lstmcheck.mistakes.catalogue.registry import find
    from lstmcheck.report.progress import progress
    from lstmcheck.sweep.grid import make_grid
    from lstmcheck.sweep.outcome import Job
    from lstmcheck.sweep.runner import make_report, run_cases, shard_of
    from lstmcheck.sweep.store import Store

    _refuse_results(results, resume=resume)
    options = TargetOptions(target, protocol, convention, timeout)
    base = load(config, seed=seed, overrides=[*with_blocks(overrides, blocks), *options.overrides])
    planted = tuple(find(name, where=f"--mistake {name}").id for name in mistake or [])
    grid = make_grid(base, parse_axes(axis or []), seeds, planted)
    if "target.file" not in grid.axes:
        refuse_missing_file(base)
    refuse_mistakes_in_targets([base], mistake or [])
    numbers = shard_of(grid, _parse_shard(shard))
    job = Job(grid)
    with ExitStack() as stack:
        show = _Output(stack, base.name, output_format, exports, plot, [config], quiet=quiet)
        store = Store(grid, results, resume=resume)
        stack.callback(store.close)
        execute = _executor(jobs, scheduler, len(numbers))
        try:
            with progress(base.name) as advance:
                run_cases(job, numbers, store, execute, advance)
        except KeyboardInterrupt:
            _tell_interrupted(store, len(numbers), results)
            raise
        return show(make_report(grid, store, numbers, backward=job.checked))


@app.command(epilog=EXIT_CODES)
@command
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files that --results wrote.")],
    quiet: Quiet = False,
    output_format: Format = OutputFormat.TEXT,
    exports: Exports = None,
    plot: Plot = None,
) -> int:
    """Join the results of shards into one report; missing cases make it inconclusive."""
    from lstmcheck.sweep.outcome import Job
    from lstmcheck.sweep.runner import make_report
    from lstmcheck.sweep.store import Store, read_grid

    grid = read_grid(files[0])
    with ExitStack() as stack:
        show = _Output(
            stack, grid.base.name, output_format, exports, plot, list(map(str, files)), quiet=quiet
        )
        store = Store(grid, None)
        stack.callback(store.close)
        for file in files:
            store.take(file)
        return show(make_report(grid, store, range(len(grid)), backward=Job(grid).checked))


class _Output:
    """Where a report goes; what cannot be written is told before the work."""

    def __init__(
        self,
        stack: ExitStack,
        name: str,
        output_format: OutputFormat,
        exports: list[str] | None,
        plot: Path | None,
        inputs: list[str],
        *,
        quiet: bool,
    ) -> None:
        from lstmcheck.report.export import parse_exports

        self.format, self.plot, self.quiet = output_format, plot, quiet
        self.exports = [export for export, _ in parse_exports(exports or [], [name], SWEEP_EXPORTS, inputs)]
        if plot:
            from lstmcheck.report.sweep.plot import refuse_unplottable

            refuse_unplottable(plot)
        for export in self.exports:
            stack.callback(export.discard)
            export.open()

    def __call__(self, report: SweepReport) -> int:
        from lstmcheck.judge.verdict import Verdict

        with pipe_may_close():
            self._print(report)
            for export in self.exports:
                export.write(sweep_as(export.format, report))
        if self.plot:
            from lstmcheck.report.sweep.plot import write

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

    def _print(self, report: SweepReport) -> None:
        if self.format is not OutputFormat.TEXT:
            from lstmcheck.report.export import write_to_stdout

            write_to_stdout(sweep_as(self.format, report))
        elif not any(export.to_stdout for export in self.exports):
            from lstmcheck.report.run.text import make_console
            from lstmcheck.report.sweep.text import render, summary

            console = make_console()
            console.print(summary(report) if self.quiet else render(report, console))


def _refuse_results(results: Path | None, *, resume: bool) -> None:
    if resume and results is None:
        raise LstmcheckError("there is nothing to resume.", where="--resume", remedy="Add --results FILE.")
    if str(results) == "-":
        raise LstmcheckError(
            "results are kept in a file, to be read again.",
            where="--results -",
            remedy="Name a file; --output-format jsonl writes the same lines to stdout.",
        )


def _parse_shard(text: str | None) -> tuple[int, int]:
    part, slash, parts = (text or "1/1").partition("/")
    if slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts):
        return int(part), int(parts)
    raise LstmcheckError("expected I/N with I from 1 to N, as in 3/20.", where=f"--shard {text}")


def _executor(jobs: int | None, scheduler: str | None, cases: int) -> Executor:
    from lstmcheck.processes import available_cores
    from lstmcheck.sweep import execute

    if scheduler:
        return execute.on_cluster(scheduler)
    workers = min(jobs or available_cores(), cases)
    return execute.in_processes(workers) if workers > 1 else execute.in_this_process


def _tell_interrupted(store: Store, expected: int, results: Path | None) -> None:
    kept = f"; they are in {results}, go on with --resume" if results else "; --results FILE would keep them"
    print(f"{len(store)} of {expected} cases are done{kept}.", file=sys.stderr)
