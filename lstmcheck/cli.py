"""The commands: parse, call, render, exit."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import wraps
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING, Annotated, ParamSpec

import typer

from lstmcheck import __version__
from lstmcheck.errors import LstmcheckError, Problem

if TYPE_CHECKING:
    from lstmcheck.config import Config
    from lstmcheck.results import Report

EXIT_CODES = """
Exit codes: 0 everything passes, 1 a mismatch, a value that is not finite or an inconclusive gate,
2 usage or configuration, 3 a bug in lstmcheck, 130 interrupted.
"""

app = typer.Typer(
    help="Checks that the backward pass of an LSTM is the derivative of its forward pass.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
P = ParamSpec("P")


class OutputFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class SchemaOf(StrEnum):
    CONFIG = "config"
    REPORT = "report"


Seed = Annotated[int | None, typer.Option(help="Replaces the configuration's seed.", min=0)]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Replaces a key, e.g. lstm.hidden_size=16. Repeatable."),
]
ConfigFile = Annotated[str, typer.Argument(help="A YAML configuration; - reads standard input.")]


def main() -> None:
    """Entry point of the `lstmcheck` command."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks ± or · gets a question mark rather than a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()


def _command(function: Callable[P, int | None]) -> Callable[P, None]:
    """Turn what a command returns or raises into the documented exit code."""

    @wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
        raise typer.Exit(_exit_code(lambda: function(*args, **kwargs)))

    return guarded


def _exit_code(run: Callable[[], int | None]) -> int:
    try:
        code = run() or 0
        with _pipe_may_close():
            sys.stdout.flush()
        return code
    except LstmcheckError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Exception:
        traceback.print_exc()
        print("This is a bug in lstmcheck: please report it with the lines above.", file=sys.stderr)
        return 3


@contextmanager
def _pipe_may_close() -> Iterator[None]:
    """A reader that has seen enough, such as `head`, is no error."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"lstmcheck {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command(epilog=EXIT_CODES)
@_command
def run(
    configs: Annotated[list[str], typer.Argument(metavar="CONFIG...", help="YAML files; - reads stdin.")],
    seed: Seed = None,
    overrides: Overrides = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="One line for each configuration.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="How it was measured, too.")] = False,
    output_format: Annotated[OutputFormat, typer.Option(help="What goes to stdout.")] = OutputFormat.TEXT,
    export: Annotated[
        list[str] | None,
        typer.Option(metavar="FORMAT=FILE", help="json=F or npz=F; - is stdout. Repeatable."),
    ] = None,
) -> int:
    """Check every gate of every parameter block: analytic gradients against finite differences."""
    from lstmcheck.checker import check
    from lstmcheck.report.export import parse_exports
    from lstmcheck.report.progress import progress
    from lstmcheck.verdict import Verdict

    loaded = _load_all(configs, seed, overrides or [])
    exports = parse_exports(export or [], [config.name for config in loaded])
    silent = output_format is OutputFormat.JSON or any(e.to_stdout for e, _ in exports)
    reports: list[Report] = []
    try:
        for each, _ in exports:
            each.open()
        for path, config in zip(configs, loaded, strict=True):
            with progress(config.name) as advance:
                reports.append(check(config, progress=advance))
            if not silent:
                command = _reproduce(path, seed, overrides or [])
                _print_text(reports[-1], command, quiet=quiet, verbose=verbose)
        if output_format is OutputFormat.JSON:
            _print_json(reports)
        for each, positions in exports:
            with _pipe_may_close():
                each.write([reports[k] for k in positions])
    finally:
        for each, _ in exports:
            each.discard()
    return 0 if Verdict.worst(report.verdict for report in reports) == Verdict.PASS else 1


def _load_all(paths: list[str], seed: int | None, overrides: list[str]) -> list[Config]:
    """All configurations, or all problems of all of them."""
    from lstmcheck.config import load

    loaded: list[Config] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(load(path, seed=seed, overrides=overrides))
        except LstmcheckError as error:
            problems += error.problems
    if problems:
        raise LstmcheckError(problems)
    return loaded


def _print_text(report: Report, command: str, *, quiet: bool, verbose: bool) -> None:
    from lstmcheck.report.text import make_console, render, summary

    console = make_console()
    with _pipe_may_close():
        if quiet:
            console.print(report.config.name, summary(report), sep=": ")
        else:
            console.print(render(report, console, command=command, verbose=verbose))


def _print_json(reports: list[Report]) -> None:
    from lstmcheck.report.json import dumps

    with _pipe_may_close():
        sys.stdout.write(dumps(reports))
        sys.stdout.flush()


def _reproduce(path: str, seed: int | None, overrides: list[str]) -> str:
    settings = [word for override in overrides for word in ("--set", override)]
    return join(["lstmcheck", "run", path, *([] if seed is None else ["--seed", str(seed)]), *settings])


@app.command()
@_command
def show(config: ConfigFile, seed: Seed = None, overrides: Overrides = None) -> None:
    """Print a configuration with all defaults filled in."""
    from lstmcheck.config import load
    from lstmcheck.config import show as as_yaml

    with _pipe_may_close():
        sys.stdout.write(as_yaml(load(config, seed=seed, overrides=overrides or [])))


@app.command()
@_command
def schema(
    of: Annotated[
        SchemaOf, typer.Argument(help="Of configurations, or of the JSON report.")
    ] = SchemaOf.CONFIG,
) -> None:
    """Print a JSON schema, for editors and for programs that read reports."""
    from json import dumps

    if of is SchemaOf.CONFIG:
        from lstmcheck.config import schema as wanted
    else:
        from lstmcheck.report.schema import schema as wanted
    with _pipe_may_close():
        print(dumps(wanted(), indent=2, ensure_ascii=False))


@app.command()
@_command
def init(
    file: Annotated[Path, typer.Argument(help="The file to write; - is stdout.")] = Path("lstmcheck.yaml"),
) -> None:
    """Write a commented configuration to start from; an existing file is never overwritten."""
    from lstmcheck.config import template

    if str(file) == "-":
        with _pipe_may_close():
            sys.stdout.write(template())
        return
    try:
        with open(file, "x", encoding="utf-8") as stream:
            stream.write(template())
    except FileExistsError:
        raise LstmcheckError(
            "it exists already.", where=str(file), remedy="Name another file, or - to print the template."
        ) from None
    except OSError as error:
        raise LstmcheckError(f"cannot write: {error.strerror}.", where=str(file)) from None
    print(f"Wrote {file}. Next: {join(['lstmcheck', 'run', str(file)])}")
