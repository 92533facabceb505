"""What can be typed: every command with its options and its help, in the order of the help.

A command's work is the function of the same name, with the same parameters, in the module that is named
above it. Nothing that costs time is imported here.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lstmcheck.cli import completion
from lstmcheck.cli.app import EXIT_CODES, app, command, with_examples
from lstmcheck.cli.formats import (
    AuditExports,
    AuditFormat,
    ConventionsFormat,
    ExplainExports,
    ExplainFormat,
    FlowExports,
    FlowFormat,
    MistakesFormat,
    RunExports,
    RunFormat,
    StepsExports,
    StepsFormat,
    SweepExports,
    SweepFormat,
)
from lstmcheck.cli.options import (
    RUNNING,
    SHOWN,
    TARGET,
    Blocks,
    Command,
    ConfigFile,
    ConfigFiles,
    Convention,
    GradientsFile,
    Mistakes,
    OptionalConfigFiles,
    Overrides,
    Plot,
    Protocol,
    Results,
    Resume,
    Scheduler,
    Seed,
    TargetFile,
    TargetFiles,
    Timeout,
)

RUN_EXAMPLES = (
    "lstmcheck run my.yaml --set lstm.num_layers=2 --seed 7",
    "lstmcheck run --target my_lstm.py",
    "lstmcheck run my.yaml --target 'homework/*.py' --feedback pages",
    "lstmcheck run my.yaml --export junit=report.xml --export json=report.json",
)
SWEEP_EXAMPLES = (
    "lstmcheck sweep my.yaml",
    "lstmcheck sweep my.yaml --axis lstm.hidden_size=1,8,64 --seeds 3",
    "lstmcheck sweep my.yaml --target my_lstm.py --protocol plain",
    "lstmcheck sweep my.yaml --results cases.jsonl --resume --shard 1/4",
)


@app.command(epilog=with_examples(*RUN_EXAMPLES))
@command("lstmcheck.cli.run")
def run(
    configs: OptionalConfigFiles = None,
    seed: Seed = None,
    overrides: Overrides = None,
    blocks: Blocks = None,
    quiet: Annotated[
        int,
        typer.Option(
            "--quiet",
            "-q",
            count=True,
            metavar=" ",
            show_default=False,
            help="One line for each configuration; -qq: nothing.",
            rich_help_panel=SHOWN,
        ),
    ] = 0,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Every gate, and how it was measured.", rich_help_panel=SHOWN),
    ] = False,
    only_failures: Annotated[
        bool,
        typer.Option("--only-failures", help="Nothing of what passes, but the total.", rich_help_panel=SHOWN),
    ] = False,
    output_format: RunFormat = "text",
    exports: RunExports = None,
    mistake: Mistakes = None,
    target: TargetFiles = None,
    protocol: Protocol = None,
    convention: Convention = None,
    timeout: Timeout = None,
    max_memory: Annotated[
        float | None,
        typer.Option(metavar="GIB", min=0, help="That a target may allocate.", rich_help_panel=TARGET),
    ] = None,
    max_seconds: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="Then a check ends with what it has; of many targets each is ended (default: 600).",
            rich_help_panel=RUNNING,
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Processes that evaluate a target; of many targets, how many at once.",
            rich_help_panel=RUNNING,
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="A target that overwrites its arguments fails, too.", rich_help_panel=TARGET
        ),
    ] = False,
    gradients: GradientsFile = None,
    command: Command = None,
    feedback: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write a page in Markdown for each target here.", rich_help_panel=SHOWN
        ),
    ] = None,
    results: Results = None,
    resume: Resume = False,
    scheduler: Scheduler = None,
) -> None:
    """Check every gate of every parameter block: analytic gradients against finite differences."""


@app.command()
@command("lstmcheck.cli.steps")
def steps(
    config: ConfigFile,
    entry: Annotated[
        str | None,
        typer.Option(metavar="ENTRY", help="As W_f[2,1]; a gate alone is moved along a random direction."),
    ] = None,
    seed: Seed = None,
    overrides: Overrides = None,
    mistake: Mistakes = None,
    target: TargetFile = None,
    protocol: Protocol = None,
    convention: Convention = None,
    timeout: Timeout = None,
    gradients: GradientsFile = None,
    command: Command = None,
    output_format: StepsFormat = "text",
    exports: StepsExports = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: an .svg or .png.")] = None,
) -> None:
    """Error against step size: the V of truncation and noise, by default at the worst entry."""


SweepQuiet = Annotated[bool, typer.Option("--quiet", "-q", help="One line.", rich_help_panel=SHOWN)]


@app.command(epilog=with_examples(*SWEEP_EXAMPLES))
@command("lstmcheck.cli.sweep")
def sweep(
    config: ConfigFile,
    axis: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=V,V,…",
            help="Values of a key, e.g. lstm.hidden_size=1,8. Repeatable.",
            autocompletion=completion.settings,
        ),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", help="Seeds for every case, counted up from seed.", min=1)
    ] = None,
    seed: Seed = None,
    overrides: Overrides = None,
    blocks: Blocks = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            help="Worker processes; default: cores.",
            min=1,
            rich_help_panel=RUNNING,
        ),
    ] = None,
    scheduler: Scheduler = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Only the I-th of N parts; see merge.", rich_help_panel=RUNNING),
    ] = None,
    results: Results = None,
    resume: Resume = False,
    mistake: Mistakes = None,
    target: TargetFile = None,
    protocol: Protocol = None,
    convention: Convention = None,
    timeout: Timeout = None,
    quiet: SweepQuiet = False,
    output_format: SweepFormat = "text",
    exports: SweepExports = None,
    plot: Plot = None,
) -> None:
    """The same check over sizes and shapes; a failing case is shrunk to the smallest that still fails."""


@app.command(epilog=EXIT_CODES)
@command("lstmcheck.cli.sweep")
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="RESULTS...", help="Files that --results wrote.")],
    quiet: SweepQuiet = False,
    output_format: SweepFormat = "text",
    exports: SweepExports = None,
    plot: Plot = None,
) -> None:
    """Join the results of shards into one report; missing cases make it inconclusive."""


@app.command()
@command("lstmcheck.cli.configuration")
def show(config: ConfigFile, seed: Seed = None, overrides: Overrides = None) -> None:
    """Print a configuration with all defaults filled in."""


class SchemaOf(StrEnum):
    CONFIG = "config"
    REPORT = "report"
    PROCESS = "process"
    C = "c"


@app.command()
@command("lstmcheck.cli.configuration")
def schema(
    of: Annotated[
        SchemaOf,
        typer.Argument(help="Of configurations, the JSON report, a program's requests; c: the C header."),
    ] = SchemaOf.CONFIG,
) -> None:
    """Print what a format is: a JSON schema for editors and programs, or lstmcheck.h for a shared library."""


class Adapter(StrEnum):
    PLAIN = "plain"
    COLUMNS = "columns"
    LOSS = "loss"
    TORCH = "torch"
    JAX = "jax"
    C = "c"


@app.command()
@command("lstmcheck.cli.configuration")
def init(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write; - is stdout. By default lstmcheck.yaml.", show_default=False),
    ] = None,
    target: Annotated[
        Adapter | None,
        typer.Option(
            help="Write an adapter for your LSTM to fill in; columns: a step of column vectors and joined"
            " weights; c: the header."
        ),
    ] = None,
) -> None:
    """Write a commented configuration, or an adapter, to start from; no file is ever overwritten."""


@app.command()
@command("lstmcheck.cli.inputs")
def inputs(
    config: ConfigFile,
    out: Annotated[Path, typer.Argument(help="An .npz, .json or .safetensors; - is JSON on stdout.")],
    seed: Seed = None,
    overrides: Overrides = None,
    convention: Convention = None,
) -> None:
    """Write parameters, inputs and upstream gradients, to compute gradients elsewhere: run --gradients.

    What it writes as `fingerprint` may be copied into the file of the gradients: it tells those of others.
    """


class Topic(StrEnum):
    INPUTS = "inputs"
    GATES = "gates"
    WEIGHTS = "weights"
    CAROUSEL = "carousel"
    DIFFERENCE = "difference"
    LOSS = "loss"
    BATCH = "batch"
    LAYERS = "layers"
    TRUNCATION = "truncation"
    MASKS = "masks"
    TOTAL = "total"


class NotationName(StrEnum):
    SEED = "seed"
    TORCH = "torch"
    KERAS = "keras"


@app.command()
@command("lstmcheck.cli.explain")
def explain(
    config: ConfigFile,
    seed: Seed = None,
    overrides: Overrides = None,
    topic: Annotated[
        list[Topic] | None,
        typer.Option(
            metavar="TOPIC",
            help=f"One question instead of the first four: {', '.join(Topic)}. Repeatable.",
        ),
    ] = None,
    time: Annotated[
        int | None, typer.Option(metavar="T", help="The step, from 1; by default the last but one.")
    ] = None,
    notation: Annotated[
        NotationName, typer.Option(help="Letters and order of the gates: a i f o, i f g o, or i f c o.")
    ] = NotationName.SEED,
    output_format: ExplainFormat = "text",
    exports: ExplainExports = None,
) -> None:
    """The derivation, equation by equation, with this configuration's numbers, analytic beside measured."""


@app.command()
@command("lstmcheck.cli.explain")
def flow(
    config: ConfigFile,
    seed: Seed = None,
    overrides: Overrides = None,
    forget_bias: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Forget biases to compare, e.g. -1,0,1,3.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Also draw it: an .svg or .png.")] = None,
    output_format: FlowFormat = "text",
    exports: FlowExports = None,
) -> None:
    """How gradients survive over time: the error carousel beside a plain tanh network."""


@app.command()
@command("lstmcheck.cli.mistakes")
def mistakes(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Shows this one alone, with what it does.")
    ] = None,
    family: Annotated[str | None, typer.Option(help="Lists one family alone.")] = None,
    output_format: MistakesFormat = "text",
) -> None:
    """List the known mistakes in backward passes, or show one: wrong formula beside right formula."""


@app.command(epilog=EXIT_CODES)
@command("lstmcheck.cli.mistakes")
def audit(
    configs: ConfigFiles,
    seed: Seed = None,
    overrides: Overrides = None,
    minimum: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Exit with 1 where the score, in percent, is below this."),
    ] = None,
    output_format: AuditFormat = "text",
    exports: AuditExports = None,
) -> None:
    """Tell which known mistakes a check with this configuration would let through."""


@app.command()
@command("lstmcheck.cli.conventions")
def conventions(
    output_format: ConventionsFormat = "text",
) -> None:
    """List how frameworks and courses lay out the parameters of an LSTM."""
