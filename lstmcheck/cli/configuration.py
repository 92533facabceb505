"""The work of `lstmcheck show`, `schema` and `init`: none of it needs numbers."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from shlex import join

from lstmcheck import config as configuration
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.commands import Adapter, SchemaOf
from lstmcheck.errors import LstmcheckError


def show(config: str, seed: int | None, overrides: list[str] | None) -> None:
    """The configuration as YAML, on stdout."""
    loaded = configuration.load(config, seed=seed, overrides=overrides or [])
    with pipe_may_close():
        sys.stdout.write(configuration.show(loaded))


def schema(of: SchemaOf) -> None:
    """The schema as JSON, or the header in C, on stdout."""
    if of is SchemaOf.C:
        with pipe_may_close():
            sys.stdout.write(configuration.c_header())
        return
    if of is SchemaOf.CONFIG:
        wanted = configuration.schema()
    elif of is SchemaOf.PROCESS:
        wanted = configuration.process_schema()
    else:
        # What a report holds is known where numbers are.
        from lstmcheck.report.schema import schema as schema_of_reports

        wanted = schema_of_reports()
    with pipe_may_close():
        print(dumps(wanted, indent=2, ensure_ascii=False))


def init(file: Path | None, target: Adapter | None) -> None:
    """Write the template. Raises LstmcheckError where the file exists or cannot be written."""
    text = configuration.adapter(target) if target else configuration.template()
    if str(file) == "-":
        with pipe_may_close():
            sys.stdout.write(text)
        return
    path = file or Path(configuration.adapter_file(target) if target else "lstmcheck.yaml")
    try:
        with open(path, "x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise LstmcheckError(
            "it exists already.", where=str(path), remedy="Name another file, or - to print the template."
        ) from None
    except OSError as error:
        raise LstmcheckError(f"cannot write: {error.strerror}.", where=str(path)) from None
    print(f"Wrote {path}. Next: {_next(path, target)}")


def _next(path: Path, target: Adapter | None) -> str:
    if target is None:
        return join(["lstmcheck", "run", str(path)])
    if target is Adapter.C:
        return (
            "include it, compile with -shared -fPIC, and lstmcheck run --target ./libmy_lstm.so --protocol c"
        )
    protocol = "plain" if target is Adapter.COLUMNS else target.value
    return f"fill it in, and {join(['lstmcheck', 'run', '--target', str(path), '--protocol', protocol])}"
