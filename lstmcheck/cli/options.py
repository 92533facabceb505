"""Arguments and options that several commands take, and how they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lstmcheck.cli import completion
from lstmcheck.errors import LstmcheckError

SCHEDULER_VARIABLE = "DASK_SCHEDULER_ADDRESS"
TARGET, SHOWN, RUNNING = "Your own LSTM", "What is shown and written", "How it runs"
"""Groups of options in the help, beside those of what is checked."""

Seed = Annotated[int | None, typer.Option(metavar="N", help="Replaces the configuration's seed.", min=0)]
Overrides = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Replaces a key, e.g. lstm.hidden_size=16. Repeatable.",
        autocompletion=completion.settings,
    ),
]
Blocks = Annotated[
    str | None,
    typer.Option("--blocks", metavar="B,B,…", help="Asks for these gradients only; sets check.blocks."),
]
Mistakes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ID",
        help="Plants a known mistake in the backward pass. Repeatable.",
        autocompletion=completion.mistakes,
    ),
]
TargetFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="FILE",
        help="Check the LSTM in this Python file; it is run. Repeatable; a folder, or a pattern in quotes, as"
        " 'homework/*.py', checks each of its files.",
        rich_help_panel=TARGET,
    ),
]
TargetFile = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="FILE",
        help="Check the LSTM in this Python file or library; it is run.",
        rich_help_panel=TARGET,
    ),
]
GradientsFile = Annotated[
    str | None,
    typer.Option(
        "--gradients",
        metavar="FILE",
        help="Check the gradients in this .npz, .json or .safetensors.",
        rich_help_panel=TARGET,
    ),
]
Command = Annotated[
    str | None,
    typer.Option(
        metavar="COMMAND",
        help="Check this program, of any language; see protocol process.",
        rich_help_panel=TARGET,
    ),
]
Protocol = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="How the target's functions are called: plain, cs231n-step, …",
        rich_help_panel=TARGET,
        autocompletion=completion.protocols,
    ),
]
Convention = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="How the target's parameters are laid out; lstmcheck conventions.",
        rich_help_panel=TARGET,
        autocompletion=completion.conventions,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS", min=0, help="For one call of the target; 0: no limit.", rich_help_panel=TARGET
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Error against what varies, as .svg or .png (extra: plot).",
        rich_help_panel=SHOWN,
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        envvar=SCHEDULER_VARIABLE,
        help="Run on this Dask cluster, e.g. tcp://host:8786 (extra: cluster).",
        rich_help_panel=RUNNING,
    ),
]
Results = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.jsonl", help="Append each finished case here at once.", rich_help_panel=RUNNING
    ),
]
Resume = Annotated[
    bool, typer.Option(help="Skip the cases that --results has already.", rich_help_panel=RUNNING)
]
ConfigFiles = Annotated[list[str], typer.Argument(metavar="CONFIG...", help="YAML files; - reads stdin.")]
OptionalConfigFiles = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="CONFIG...", help="YAML files; - reads stdin. A target needs none.", show_default=False
    ),
]
ConfigFile = Annotated[str, typer.Argument(help="A YAML configuration; - reads standard input.")]


def with_blocks(overrides: list[str] | None, blocks: str | None) -> list[str]:
    """`--blocks W,x` as one more `--set`."""
    value = blocks if blocks == "all" else f"[{blocks}]"
    return [*(overrides or []), *([] if blocks is None else [f"check.blocks={value}"])]


def refuse_results(results: Path | None, *, resume: bool) -> None:
    """Raises LstmcheckError for results that cannot be read again."""
    if resume and results is None:
        raise LstmcheckError("there is nothing to resume.", where="--resume", remedy="Add --results FILE.")
    if str(results) == "-":
        raise LstmcheckError(
            "results are kept in a file, to be read again.",
            where="--results -",
            remedy="Name a file; --output-format jsonl writes the same lines to stdout.",
        )
