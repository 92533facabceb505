"""The work of `lstmcheck mistakes` and `audit`."""

from __future__ import annotations

from functools import partial

from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.outputs import Outputs
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
    exports: list[str] | None,
) -> int:
    """What each configuration would let through, on stdout and in files; 1 where a score is below the
    minimum."""
    load_one = partial(load, seed=seed, overrides=overrides or [])
    loaded = load_each(configs, load_one)
    with Outputs("audit", "audit", output_format, exports, configs) as outputs:
        audits = list(each_of(loaded, audited))
        with pipe_may_close():
            outputs.write(AuditContent(audits, minimum))
    return worst_code(audits, lambda each: 0 if minimum is None or 100 * each.score >= minimum else 1)
