"""A run of one configuration or of several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.types import Arrays
from lstmcheck.report.content import Block, Content, Finding, Summary
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import findings, page, rows, screen, words

GROUPS = ("parameters", "inputs", "outputs", "analytic", "reference", "uncertainty")
"""Of arrays in files."""


@dataclass(frozen=True)
class RunContent(Content):
    """What has become of configurations, in their order; `command` repeats a run of one."""

    ran: Sequence[Ran]
    command: str = ""
    verbose: bool = False
    only_failures: bool = False

    @property
    def reports(self) -> list[Report]:
        """Of the configurations that could be run."""
        return [each for each in self.ran if not isinstance(each, NotRun)]

    def brief(self) -> Summary:
        (report,) = self.reports
        return words.summary(report, name=report.config.name)

    def screen(self, room: int | None) -> Iterator[Block]:
        for report in self.reports:
            yield from screen.blocks(
                report, self.command, verbose=self.verbose, only_failures=self.only_failures
            )

    def page(self) -> Iterator[Block]:
        for each in self.ran:
            yield from page.blocks(each)

    def web(self) -> Iterator[Block]:
        # Who reads a table does not wait for pictures.
        from lstmcheck.report.run import web

        return web.blocks(self.ran, self.command)

    def document(self) -> Mapping[str, Any]:
        """One report as an object; several as one object with a list of them and the worst verdict."""
        # pydantic takes a while to build what only JSON needs.
        from lstmcheck.report.run.json_model import Several
        from lstmcheck.report.run.to_json_model import to_document

        if len(self.ran) == 1:
            return to_document(self.ran[0]).plain()
        verdict = Verdict.worst(each.verdict for each in self.ran)
        return Several(verdict=verdict, reports=[to_document(each) for each in self.ran]).plain()

    def records(self) -> Iterator[Mapping[str, Any]]:
        for each in self.ran:
            yield RunContent([each]).document()

    def rows(self) -> Iterator[Mapping[str, Any]]:
        for each in self.ran:
            yield from rows.rows(each)

    def findings(self) -> Iterator[Finding]:
        for each in self.ran:
            yield from findings.findings(each)

    def results(self) -> Iterator[Finding]:
        for each in self.ran:
            yield from findings.results(each)

    def arrays(self) -> Iterator[Mapping[str, Arrays]]:
        for report in self.reports:
            yield {name: getattr(report.values, name) for name in GROUPS}
