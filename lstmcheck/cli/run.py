"""`lstmcheck run`."""

from __future__ import annotations

from functools import partial
from shlex import join
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcheck.cli.app import EXIT_CODES, app, command, pipe_may_close
from lstmcheck.cli.formats import RUN_EXPORTS, OutputFormat, run_as
from lstmcheck.cli.options import (
    Blocks,
    Convention,
    Mistakes,
    Overrides,
    Protocol,
    Seed,
    TargetFile,
    Timeout,
    with_blocks,
)
from lstmcheck.cli.several import each_of, load_each, worst_code
from lstmcheck.cli.targets import TargetOptions, refuse_mistakes_in_targets

if TYPE_CHECKING:
    from lstmcheck.config import Config
    from lstmcheck.judge.results import Ran, Report


@app.command(epilog=EXIT_CODES)
@command
def run(
    configs: Annotated[list[str], typer.Argument(metavar="CONFIG...", help="YAML files; - reads stdin.")],
    seed: Seed = None,
    overrides: Overrides = None,
    blocks: Blocks = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line for each configuration.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="How it was measured, too.")] = False,
    output_format: Annotated[OutputFormat, typer.Option(help="What goes to stdout.")] = OutputFormat.TEXT,
    export: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT=FILE", help=f"{', '.join(RUN_EXPORTS)}; - is stdout. Repeatable."),
    ] = None,
    mistake: Mistakes = None,
    target: TargetFile = None,
    protocol: Protocol = None,
    convention: Convention = None,
    timeout: Timeout = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that evaluate the target.")] = 1,
    strict: Annotated[
        bool, typer.Option("--strict", help="A target that overwrites its arguments fails, too.")
    ] = False,
) -> int:
    """Check every gate of every parameter block: analytic gradients against finite differences."""
    from lstmcheck.cli.mistakes import refuse_unknown
    from lstmcheck.judge.results import NotRun
    from lstmcheck.judge.verdict import Verdict
    from lstmcheck.report.export import ONE_REPORT_EACH, parse_exports, write_to_stdout

    overrides = with_blocks(overrides, blocks)
    options = TargetOptions(target, protocol, convention, timeout, jobs, strict)
    mistakes = mistake or []
    refuse_unknown(mistakes)
    loaded = load_each(configs, seed, [*overrides, *options.overrides])
    refuse_mistakes_in_targets([each for each in loaded if not isinstance(each, NotRun)], mistakes)
    exports = parse_exports(export or [], [each.name for each in loaded], RUN_EXPORTS, configs)
    silent = output_format is not OutputFormat.TEXT or any(e.to_stdout for e, _ in exports)
    ran: list[Ran] = []
    check_one = partial(_checked, mistakes=mistakes, processes=jobs)
    try:
        for each, _ in exports:
            each.open()
        for path, outcome in zip(configs, each_of(loaded, check_one), strict=True):
            ran.append(outcome)
            if not (silent or isinstance(outcome, NotRun)):
                command = _reproduce(path, seed, overrides, mistakes, options)
                _print_text(outcome, command, quiet=quiet, verbose=verbose)
        with pipe_may_close():
            if output_format is not OutputFormat.TEXT:
                write_to_stdout(run_as(output_format, ran))
            elif len(ran) > 1 and not silent:
                _print_total(ran)
            for each, positions in exports:
                those = [ran[k] for k in positions]
                # Of a configuration that could not be run there are no arrays.
                if not (each.format in ONE_REPORT_EACH and isinstance(those[0], NotRun)):
                    each.write(run_as(each.format, those))
    finally:
        for each, _ in exports:
            each.discard()
    return worst_code(ran, lambda report: 0 if report.verdict == Verdict.PASS else 1)


def _checked(config: Config, *, mistakes: list[str], processes: int) -> Report:
    from lstmcheck.api import check
    from lstmcheck.cli.mistakes import planted
    from lstmcheck.report.progress import progress

    with progress(config.name) as advance:
        return check(config, progress=advance, backward=planted(mistakes, config), processes=processes)


def _print_text(report: Report, command: str, *, quiet: bool, verbose: bool) -> None:
    from lstmcheck.report.run.text import make_console, render, summary

    console = make_console()
    with pipe_may_close():
        if quiet:
            console.print(report.config.name, summary(report), sep=": ")
        else:
            console.print(render(report, console, command=command, verbose=verbose))


def _print_total(ran: list[Ran]) -> None:
    from lstmcheck.report.run.text import make_console
    from lstmcheck.report.several import total

    make_console().print(total(ran))


def _reproduce(
    path: str, seed: int | None, overrides: list[str], mistakes: list[str], target: TargetOptions
) -> str:
    settings = [word for override in overrides for word in ("--set", override)]
    settings += [word for mistake in mistakes for word in ("--mistake", mistake)]
    seeds = [] if seed is None else ["--seed", str(seed)]
    return join(["lstmcheck", "run", path, *seeds, *settings, *target.words])
