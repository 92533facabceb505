"""The work of `lstmcheck conventions`."""

from __future__ import annotations

from lstmcheck.cli.app import pipe_may_close
from lstmcheck.report.conventions import ConventionsContent
from lstmcheck.report.export import show


def conventions(output_format: str) -> None:
    """The table on stdout."""
    with pipe_may_close():
        show(ConventionsContent(), output_format)
