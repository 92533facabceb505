"""`--output-format` and `--export` of each command, as the registry of formats has them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lstmcheck.cli import completion
from lstmcheck.cli.options import SHOWN
from lstmcheck.report.formats import export_formats, output_formats

if TYPE_CHECKING:
    RunFormat = str
    SweepFormat = str
    ExplainFormat = str
    FlowFormat = str
    MistakesFormat = str
    AuditFormat = str
    ConventionsFormat = str
    StepsFormat = str
else:

    def _output(command: str) -> Any:
        # typer offers the members of an enumeration.
        choice = StrEnum("Format", output_formats(command))
        return Annotated[
            choice,
            typer.Option(metavar="FORMAT", help=f"On stdout: {', '.join(choice)}.", rich_help_panel=SHOWN),
        ]

    RunFormat, SweepFormat = _output("run"), _output("sweep")
    ExplainFormat, FlowFormat = _output("explain"), _output("flow")
    MistakesFormat, AuditFormat = _output("mistakes"), _output("audit")
    ConventionsFormat, StepsFormat = _output("conventions"), _output("steps")


def _exports(command: str) -> Any:
    offered = ", ".join(export_formats(command))

    def complete(incomplete: str) -> list[str]:
        return completion.exports(incomplete, command)

    return typer.Option(
        "--export",
        metavar="FORMAT=FILE",
        help=f"{offered}; - is stdout. Repeatable.",
        rich_help_panel=SHOWN,
        autocompletion=complete,
    )


RunExports = Annotated[list[str] | None, _exports("run")]
SweepExports = Annotated[list[str] | None, _exports("sweep")]
StepsExports = Annotated[list[str] | None, _exports("steps")]
ExplainExports = Annotated[list[str] | None, _exports("explain")]
FlowExports = Annotated[list[str] | None, _exports("flow")]
AuditExports = Annotated[list[str] | None, _exports("audit")]
