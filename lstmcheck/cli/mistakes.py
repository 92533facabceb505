"""The work of `lstmcheck mistakes` and `audit`."""

from __future__ import annotations

from functools import partial

from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.several import each_of, load_each, worst_code
from lstmcheck.config import load
from lstmcheck.mistakes import catalogue
from lstmcheck.mistakes.audit import audited
from lstmcheck.report.audit import AuditContent
from lstmcheck.report.export import show
from lstmcheck.report.mistakes import CatalogueContent


def mistakes(name: str | None, family: str | None, output_format: str) -> None:
    """The catalogue, or one mistake, on stdout."""
    if name is None:
        chosen = catalogue.family(family) if family else list(catalogue.MISTAKES)
    else:
        chosen = [catalogue.find(name)]
    with pipe_may_close():
        show(CatalogueContent(chosen, alone=name is not None), output_format)


def audit(
    configs: list[str],
    seed: int | None,
    overrides: list[str] | None,
    minimum: float | None,
    output_format: str,
) -> int:
    """What each configuration would let through, on stdout; 1 where a score is below the minimum."""
    load_one = partial(load, seed=seed, overrides=overrides or [])
    audits = list(each_of(load_each(configs, load_one), audited))
    with pipe_may_close():
        show(AuditContent(audits, minimum), output_format)
    return worst_code(audits, lambda each: 0 if minimum is None or 100 * each.score >= minimum else 1)
