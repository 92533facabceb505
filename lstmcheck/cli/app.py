"""The application: how a command is called, its exit codes, and what is told on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from importlib import import_module
from typing import Annotated, Any, ParamSpec

import typer

from lstmcheck import __version__
from lstmcheck.errors import LstmcheckError, Problem

EXIT_CODES = (
    "Exit codes: 0 everything passes; 1 a mismatch, a value that is not finite, something inconclusive or a"
    " gradient that did not come back; 2 usage, configuration or a target that cannot be run; 3 a bug in"
    " lstmcheck; 130 interrupted."
)


def with_examples(*commands: str) -> str:
    """What stands below the options of a command."""
    # The help joins lines, but not paragraphs.
    return "\n\n".join(("Examples:", *(f"  {each}" for each in commands), EXIT_CODES))


app = typer.Typer(
    help="Checks that the backward pass of an LSTM is the derivative of its forward pass.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
P = ParamSpec("P")


def main() -> None:
    """Entry point of the `lstmcheck` command."""
    # A command whose output is closed has nowhere to write, and no reason to fail.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks ± or · gets a question mark rather than a crash.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(_called(sys.argv[1:]))


USAGE_ERROR: Any = typer.BadParameter.__base__
"""Of every way in which a command line is mistyped."""


def _called(arguments: list[str]) -> int:
    """The exit code. What was mistyped is told as all that is wrong: what, where, and what helps."""
    try:
        return int(app(arguments, prog_name="lstmcheck", standalone_mode=False) or 0)
    except USAGE_ERROR as error:
        typed = error.ctx.command_path if error.ctx else "lstmcheck"
        # Without arguments the help has been shown, and there is nothing to say.
        if message := error.format_message().replace("Value error, ", "").rstrip("."):
            tell(str(Problem(f"{message}.", where=typed, remedy=f"{typed} --help shows what it takes.")))
        return 2


def command(module: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A declaration whose work is the function of the same name in `module`.

    That is imported when the command is called: help waits for nothing. What the work returns or raises
    becomes the documented exit code.
    """

    def declared(declaration: Callable[P, None]) -> Callable[P, None]:
        @wraps(declaration)
        def called(*args: P.args, **kwargs: P.kwargs) -> None:
            def work() -> int | None:
                code: int | None = getattr(import_module(module), declaration.__name__)(*args, **kwargs)
                return code

            raise typer.Exit(_exit_code(work))

        called.module = module  # type: ignore[attr-defined]
        return called

    return declared


def _exit_code(run: Callable[[], int | None]) -> int:
    try:
        code = run() or 0
        with pipe_may_close():
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    except Exception as error:
        if problems := explained(error):
            tell("\n".join(map(str, problems)))
            return 2
        tell_bugs([traceback.format_exc()])
        return 3


def explained(error: Exception) -> tuple[Problem, ...]:
    """What a user can do something about; nothing for a bug of ours."""
    if isinstance(error, LstmcheckError):
        return error.problems
    if isinstance(error, OSError):
        return (Problem(f"{error.strerror or error}.", where=str(error.filename or "output")),)
    if isinstance(error, MemoryError):
        return (Problem("out of memory.", remedy="Lower the sizes."),)
    return ()


def tell_bugs(tracebacks: Iterable[str]) -> None:
    """On stderr, what went wrong in lstmcheck itself."""
    for each in tracebacks:
        tell(each.rstrip())
    tell("This is a bug in lstmcheck: please report it with the lines above.")


def tell(message: str) -> None:
    """On stderr, unless that cannot be written either."""
    with suppress(OSError):
        print(message, file=sys.stderr)


@contextmanager
def pipe_may_close() -> Iterator[None]:
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
