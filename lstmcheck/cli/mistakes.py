"""The work of `lstmcheck mistakes` and `audit`."""

from __future__ import annotations

import sys

from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.options import TextOrJson
from lstmcheck.cli.several import each_of, load_each, worst_code
from lstmcheck.mistakes import catalogue
from lstmcheck.mistakes.audit import Audit, audited
from lstmcheck.report import audit as audits
from lstmcheck.report import mistakes as report


def mistakes(name: str | None, family: str | None, output_format: TextOrJson) -> None:
    """The catalogue, or one mistake, on stdout."""
    if name is None:
        chosen = catalogue.family(family) if family else list(catalogue.MISTAKES)
        text = report.listing(chosen)
    else:
        chosen = [catalogue.find(name)]
        text = report.describe(chosen[0])
    with pipe_may_close():
        sys.stdout.write(text if output_format is TextOrJson.TEXT else report.dumps(chosen))


def audit(
    configs: list[str],
    seed: int | None,
    overrides: list[str] | None,
    minimum: float | None,
    output_format: TextOrJson,
) -> int:
    """What each configuration would let through, on stdout; 1 where a score is below the minimum."""
    audited_configs = list(each_of(load_each(configs, seed, overrides or []), audited))
    with pipe_may_close():
        if output_format is TextOrJson.JSON:
            sys.stdout.write(audits.dumps(audited_configs, minimum))
        else:
            texts = (audits.text(each) for each in audited_configs if isinstance(each, Audit))
            sys.stdout.write("\n".join(texts))
    return worst_code(
        audited_configs, lambda each: 0 if minimum is None or 100 * each.score >= minimum else 1
    )
