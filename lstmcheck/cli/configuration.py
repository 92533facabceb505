"""The work of `lstmcheck show`, `schema` and `init`: none of it needs numbers."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from shlex import join

from lstmcheck import config as configuration
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.commands import SchemaOf
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


def init(file: Path) -> None:
    """Write the template. Raises LstmcheckError where the file exists or cannot be written."""
    if str(file) == "-":
        with pipe_may_close():
            sys.stdout.write(configuration.template())
        return
    try:
        with open(file, "x", encoding="utf-8") as stream:
            stream.write(configuration.template())
    except FileExistsError:
        raise LstmcheckError(
            "it exists already.", where=str(file), remedy="Name another file, or - to print the template."
        ) from None
    except OSError as error:
        raise LstmcheckError(f"cannot write: {error.strerror}.", where=str(file)) from None
    print(f"Wrote {file}. Next: {join(['lstmcheck', 'run', str(file)])}")
