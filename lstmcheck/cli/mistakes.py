"""`lstmcheck mistakes` and `audit`, and mistakes planted in a run."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from lstmcheck.cli.app import EXIT_CODES, app, command, pipe_may_close
from lstmcheck.cli.options import Overrides, Seed
from lstmcheck.cli.several import each_of, load_each, worst_code

if TYPE_CHECKING:
    from lstmcheck.config import Config
    from lstmcheck.lstm.backward import Backward


class TextOrJson(StrEnum):
    TEXT = "text"
    JSON = "json"


def planted(ids: list[str], config: Config) -> type[Backward]:
    """The backward pass with these mistakes in it; ours where there are none.

    Raises LstmcheckError for an unknown id, and where the network has nothing to be wrong about. Tells on
    stderr where the configuration cannot see what is planted.
    """
    from lstmcheck.lstm.backward import Backward

    if not ids:
        return Backward
    from lstmcheck.mistakes.audit import would_be_caught
    from lstmcheck.mistakes.catalogue.entry import compose
    from lstmcheck.mistakes.catalogue.registry import find, require_features

    mistakes = [find(name, where=f"--mistake {name}") for name in dict.fromkeys(ids)]
    for mistake in mistakes:
        require_features(mistake, config)
    backward = compose(mistakes)
    if not would_be_caught(config, backward):
        told = " with ".join(mistake.id for mistake in mistakes)
        print(
            f"{config.name} cannot see {told}. lstmcheck audit tells which keys to change.", file=sys.stderr
        )
    return backward


def refuse_unknown(ids: list[str]) -> None:
    """Raises LstmcheckError for ids that are not there, or that cannot be planted at once."""
    if ids:
        from lstmcheck.mistakes.catalogue.entry import compose
        from lstmcheck.mistakes.catalogue.registry import find

        compose([find(name, where=f"--mistake {name}") for name in dict.fromkeys(ids)])


@app.command()
@command
def mistakes(
    name: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Shows this one alone, with what it does.")
    ] = None,
    family: Annotated[str | None, typer.Option(help="Lists one family alone.")] = None,
    output_format: Annotated[TextOrJson, typer.Option(help="What goes to stdout.")] = TextOrJson.TEXT,
) -> None:
    """List the known mistakes in backward passes, or show one: wrong formula beside right formula."""
    from lstmcheck.mistakes.catalogue import registry as catalogue
    from lstmcheck.report import mistakes as told

    if name is None:
        chosen = catalogue.family(family) if family else list(catalogue.CATALOGUE.values())
        text = told.listing(chosen)
    else:
        chosen = [catalogue.find(name)]
        text = told.one(chosen[0])
    with pipe_may_close():
        sys.stdout.write(text if output_format is TextOrJson.TEXT else told.dumps(chosen))


@app.command(epilog=EXIT_CODES)
@command
def audit(
    configs: Annotated[list[str], typer.Argument(metavar="CONFIG...", help="YAML files; - reads stdin.")],
    seed: Seed = None,
    overrides: Overrides = None,
    minimum: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Exit with 1 where the score, in percent, is below this."),
    ] = None,
    output_format: Annotated[TextOrJson, typer.Option(help="What goes to stdout.")] = TextOrJson.TEXT,
) -> int:
    """Tell which known mistakes a check with this configuration would let through."""
    from lstmcheck.mistakes.audit import Audit, audited
    from lstmcheck.report import audit as told

    found = list(each_of(load_each(configs, seed, overrides or []), audited))
    with pipe_may_close():
        if output_format is TextOrJson.JSON:
            sys.stdout.write(told.dumps(found, minimum))
        else:
            sys.stdout.write("\n".join(told.text(each) for each in found if isinstance(each, Audit)))
    return worst_code(found, lambda each: 0 if minimum is None or 100 * each.score >= minimum else 1)
