"""`lstmcheck run`."""

from __future__ import annotations

from shlex import join
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcheck.cli.app import EXIT_CODES, app, command, pipe_may_close
from lstmcheck.cli.formats import RUN_EXPORTS, OutputFormat, run_as
from lstmcheck.cli.options import (
    Convention,
    Mistakes,
    Overrides,
    Protocol,
    Seed,
    TargetFile,
    Timeout,
    load_all,
)
from lstmcheck.cli.targets import TargetOptions, refuse_mistakes_in_targets

if TYPE_CHECKING:
    from lstmcheck.lstm.backward import Backward
    from lstmcheck.results import Report


@app.command(epilog=EXIT_CODES)
@command
def run(
    configs: Annotated[list[str], typer.Argument(metavar="CONFIG...", help="YAML files; - reads stdin.")],
    seed: Seed = None,
    overrides: Overrides = None,
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
) -> int:
    """Check every gate of every parameter block: analytic gradients against finite differences."""
    from lstmcheck.checker import check
    from lstmcheck.cli.mistakes import planted
    from lstmcheck.report.export import parse_exports, write_to_stdout
    from lstmcheck.report.progress import progress
    from lstmcheck.verdict import Verdict

    options = TargetOptions(target, protocol, convention, timeout, jobs)
    loaded = load_all(configs, seed, [*(overrides or []), *options.overrides])
    refuse_mistakes_in_targets(loaded, mistake or [])
    wrong = [planted(mistake or [], config) for config in loaded]
    exports = parse_exports(export or [], [config.name for config in loaded], RUN_EXPORTS, configs)
    silent = output_format is not OutputFormat.TEXT or any(e.to_stdout for e, _ in exports)
    reports: list[Report] = []
    try:
        for each, _ in exports:
            each.open()
        for path, config, backward in zip(configs, loaded, wrong, strict=True):
            with progress(config.name) as advance:
                report = check(config, progress=advance, backward=backward, processes=jobs)
            reports.append(_diagnosed(report, backward))
            if not silent:
                command = _reproduce(path, seed, overrides or [], mistake or [], options)
                _print_text(reports[-1], command, quiet=quiet, verbose=verbose)
        with pipe_may_close():
            if output_format is not OutputFormat.TEXT:
                write_to_stdout(run_as(output_format, reports))
            for each, positions in exports:
                each.write(run_as(each.format, [reports[k] for k in positions]))
    finally:
        for each, _ in exports:
            each.discard()
    return 0 if Verdict.worst(report.verdict for report in reports) == Verdict.PASS else 1


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


def _reproduce(
    path: str, seed: int | None, overrides: list[str], mistakes: list[str], target: TargetOptions
) -> str:
    settings = [word for override in overrides for word in ("--set", override)]
    settings += [word for mistake in mistakes for word in ("--mistake", mistake)]
    seeds = [] if seed is None else ["--seed", str(seed)]
    return join(["lstmcheck", "run", path, *seeds, *settings, *target.words])
