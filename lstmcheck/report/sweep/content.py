"""A sweep, or what shards of one add up to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lstmcheck.report.content import (
    Block,
    Content,
    Fence,
    Finding,
    Heading,
    Line,
    Prose,
    Summary,
    without_result,
)
from lstmcheck.report.sweep import smallest, table, words
from lstmcheck.report.sweep.picture import picture
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.sweep_store import header

STILL_FAILS = "The smallest configuration found that still fails:"


@dataclass(frozen=True)
class SweepContent(Content):
    """Cases are read from their store each time they are asked for: memory does not grow with them."""

    report: SweepReport

    def brief(self) -> Summary:
        return words.summary(self.report)

    def screen(self, room: int | None) -> Iterator[Block]:
        report = self.report
        yield Line(f"sweep of {report.grid.base.name}", strong=True)
        yield Line(words.covers(report))
        yield table.cases(report)
        yield Line(words.left_out(report))
        yield table.coloured_axes(report)
        if drawn := list(picture(report, room)):
            yield Fence("\n".join(drawn))
        yield from map(Line, words.skipped(report))
        if report.missing:
            yield Line(f"{report.missing:,} cases have no result yet.")
        if report.smallest_failing is not None:
            yield Line(f"{STILL_FAILS}\n", strong=True)
            yield Fence(smallest.as_yaml(report))
            yield Fence(f"Reproduce: {smallest.command(report)}")
        yield words.summary(report)

    def page(self) -> Iterator[Block]:
        report = self.report
        yield Heading(f"sweep of {report.grid.base.name}", 3)
        yield words.summary(report)
        yield table.named_cases(report)
        yield table.axes(report)
        if report.smallest_failing is not None:
            yield Prose(STILL_FAILS)
            yield Fence(smallest.as_yaml(report).rstrip("\n"), "yaml")
            yield Fence(smallest.command(report))

    def web(self) -> Iterator[Block]:
        # Who reads a table does not wait for pictures.
        from lstmcheck.report.sweep import web

        return web.blocks(self.report)

    def document(self) -> Mapping[str, Any]:
        # pydantic takes a while to build what only JSON needs.
        from lstmcheck.report.sweep.json_model import case, document

        return {**document(self.report).plain(), "cases": map(case, self.report.records())}

    def records(self) -> Iterator[Mapping[str, Any]]:
        """The lines of a results file: the grid, then each case."""
        yield header(self.report.grid)
        yield from (record.plain() for record in self.report.records())

    def rows(self) -> Iterator[Mapping[str, Any]]:
        for record in self.report.records():
            yield words.row(record)

    def findings(self) -> Iterator[Finding]:
        base = self.report.grid.base
        for record in self.report.records():
            name, message = words.case_name(record), words.case_message(record)
            yield Finding(base.name, name, record.verdict, message, record.seconds, base.locate("lstm"))
        if self.report.missing:
            yield without_result(base.name, self.report.missing, base.locate("lstm"))
