"""`lstmcheck run`."""

from __future__ import annotations

from functools import partial
from shlex import join
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcheck.cli.app import EXIT_CODES, app, command, pipe_may_close, tell
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
from lstmcheck.cli.several import attempted, each_of, load_each, worst_code
from lstmcheck.cli.targets import TargetOptions, refuse_mistakes_in_targets

if TYPE_CHECKING:
    from lstmcheck.config import Config
    from lstmcheck.lstm.backward import Backward
    from lstmcheck.results import Ran, Report


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
    from lstmcheck.report.export import ONE_REPORT_EACH, parse_exports, write_to_stdout
    from lstmcheck.results import NotRun
    from lstmcheck.verdict import Verdict

    overrides = with_blocks(overrides, blocks)
    options = TargetOptions(target, protocol, convention, timeout, jobs, strict)
    mistakes = mistake or []
    refuse_unknown(mistakes)
    loaded = load_each(configs, seed, [*overrides, *options.overrides])
    refuse_mistakes_in_targets([each for each in loaded if not isinstance(each, NotRun)], mistakes)
    exports = parse_exports(export or [], [each.name for each in loaded], RUN_EXPORTS, configs)
    silent = output_format is not OutputFormat.TEXT or any(e.to_stdout for e, _ in exports)
    ran: list[Ran] = []
    bugs: list[str] = []
    check_one = partial(_checked, mistakes=mistakes, processes=jobs, bugs=bugs)
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
    return worst_code(ran, lambda report: 0 if report.verdict == Verdict.PASS else 1, bugs)


def _checked(config: Config, *, mistakes: list[str], processes: int, bugs: list[str]) -> Report:
    """The report with a diagnosis; what is in the way of that takes no verdict away."""
    from lstmcheck.checker import check
    from lstmcheck.cli.mistakes import planted
    from lstmcheck.report.progress import progress
    from lstmcheck.results import NotRun

    backward = planted(mistakes, config)
    with progress(config.name) as advance:
        report = check(config, progress=advance, backward=backward, processes=processes)
    explained = attempted(config.name, partial(_diagnosed, report, backward))
    if isinstance(explained, NotRun):
        tell(f"{config.name}: no diagnosis: {explained.problems[0]}")
        bugs += [explained.bug] if explained.bug else []
        return report
    return explained


def _diagnosed(report: Report, backward: type[Backward]) -> Report:
    from lstmcheck.verdict import Verdict

    # The catalogue is large: a run that passes does not wait for it.
    if report.target is not None and report.not_covered:
        from lstmcheck.mistakes.uncovered import with_hidden_mistakes

        report = with_hidden_mistakes(report)
    if report.gradient != Verdict.FAIL:
        return report
    from lstmcheck.mistakes.diagnosis import diagnosed

    return diagnosed(report, None if report.target else backward)


def _print_text(report: Report, command: str, *, quiet: bool, verbose: bool) -> None:
    from lstmcheck.report.text import make_console, render, summary

    console = make_console()
    with pipe_may_close():
        if quiet:
            console.print(report.config.name, summary(report), sep=": ")
        else:
            console.print(render(report, console, command=command, verbose=verbose))


def _print_total(ran: list[Ran]) -> None:
    from lstmcheck.report.several import total
    from lstmcheck.report.text import make_console

    make_console().print(total(ran))


def _reproduce(
    path: str, seed: int | None, overrides: list[str], mistakes: list[str], target: TargetOptions
) -> str:
    settings = [word for override in overrides for word in ("--set", override)]
    settings += [word for mistake in mistakes for word in ("--mistake", mistake)]
    seeds = [] if seed is None else ["--seed", str(seed)]
    return join(["lstmcheck", "run", path, *seeds, *settings, *target.words])
