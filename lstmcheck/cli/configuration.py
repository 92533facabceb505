"""`lstmcheck show`, `schema` and `init`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from shlex import join
from typing import Annotated

import typer

from lstmcheck.cli.app import app, command, pipe_may_close
from lstmcheck.cli.options import ConfigFile, Overrides, Seed
from lstmcheck.errors import LstmcheckError


class SchemaOf(StrEnum):
    CONFIG = "config"
    REPORT = "report"


@app.command()
@command
def show(config: ConfigFile, seed: Seed = None, overrides: Overrides = None) -> None:
    """Print a configuration with all defaults filled in."""
    from lstmcheck.config import load
    from lstmcheck.config import show as as_yaml

    with pipe_may_close():
        sys.stdout.write(as_yaml(load(config, seed=seed, overrides=overrides or [])))


@app.command()
@command
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
        from lstmcheck.report.run.schema import schema as wanted
    with pipe_may_close():
        print(dumps(wanted(), indent=2, ensure_ascii=False))


@app.command()
@command
def init(
    file: Annotated[Path, typer.Argument(help="The file to write; - is stdout.")] = Path("lstmcheck.yaml"),
) -> None:
    """Write a commented configuration to start from; an existing file is never overwritten."""
    from lstmcheck.config import template

    if str(file) == "-":
        with pipe_may_close():
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
