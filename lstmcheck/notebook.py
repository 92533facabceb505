"""`check` as users have it: a report at the end of a notebook's cell shows itself, with its pictures."""

from __future__ import annotations

from lstmcheck.api import check, with_steps
from lstmcheck.judge.results import Report

__all__ = ["check"]


def _as_html(report: Report) -> str:
    # Only a notebook asks for it: nobody else waits for it.
    from lstmcheck.report.formats.html import fragment
    from lstmcheck.report.run.content import RunContent

    return fragment(RunContent([with_steps(report)]))


Report._repr_html_ = _as_html
