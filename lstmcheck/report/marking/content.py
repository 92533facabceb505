"""Many targets, each checked apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from lstmcheck.config.choices import BehaviourName
from lstmcheck.marking.mark_record import MarkRecord
from lstmcheck.marking.marks import Marks
from lstmcheck.report.content import Block, Content, Finding, Heading, Line, Summary, without_result
from lstmcheck.report.marking import table, words
from lstmcheck.report.plain_blocks import blocks_of, findings_of
from lstmcheck.report.run import findings, page


@dataclass(frozen=True)
class TargetContent(Content):
    """One of them, as its record tells it."""

    record: MarkRecord

    def screen(self, room: int | None) -> Iterator[Block]:
        if (told := self.record.told) is not None:
            yield from blocks_of(told.screen)
            return
        yield Line(f"{self.record.target}: could not be run", strong=True)
        yield from (Line(str(problem)) for problem in self.record.problems)

    def page(self) -> Iterator[Block]:
        told = self.record.told
        yield from blocks_of(told.page) if told else page.blocks(words.not_run(self.record))

    def findings(self) -> Iterator[Finding]:
        told = self.record.told
        yield from findings_of(told.findings) if told else findings.findings(words.not_run(self.record))


@dataclass(frozen=True)
class MarkingContent(Content):
    """All of them, in the order of their verdicts."""

    marks: Marks
    only_failures: bool = False
    """Whether a screen leaves out what passes."""

    def brief(self) -> Summary:
        return words.summary(self.marks)

    def screen(self, room: int | None) -> Iterator[Block]:
        shown = [each for each in self.marks.records if not (self.only_failures and each.mark == "pass")]
        if shown:
            yield table.targets(replace(self.marks, records=tuple(shown)))
        yield from map(Line, words.errors(self.marks))
        yield words.summary(self.marks)

    def page(self) -> Iterator[Block]:
        yield Heading("Targets", 2)
        yield words.summary(self.marks)
        yield table.targets(self.marks)
        for record in self.marks.records:
            yield from TargetContent(self.marks.in_full(record)).page()

    def document(self) -> Mapping[str, Any]:
        # pydantic takes a while to build what only JSON needs.
        from lstmcheck.report.marking.json_model import document, target

        return {**document(self.marks).plain(), "targets": map(target, self._in_full())}

    def records(self) -> Iterator[Mapping[str, Any]]:
        from lstmcheck.report.marking.json_model import target

        yield from map(target, self._in_full())

    def _in_full(self) -> Iterator[MarkRecord]:
        return map(self.marks.in_full, self.marks.records)

    def findings(self) -> Iterator[Finding]:
        for record in self.marks.records:
            suite = words.name_of(record, self.marks)
            for each in TargetContent(self.marks.in_full(record)).findings():
                yield replace(each, suite=suite)
        yield from self._without_result()

    def _without_result(self) -> Iterator[Finding]:
        if self.marks.missing:
            yield without_result("targets", self.marks.missing)

    def results(self) -> Iterator[Finding]:
        for record in self._in_full():
            told = record.told
            yield from findings_of(told.results) if told else findings.findings(words.not_run(record))
        yield from self._without_result()

    def rows(self) -> Iterator[Mapping[str, Any]]:
        for record in self.marks.records:
            told = record.told
            yield {
                "target": record.target,
                "configuration": record.configuration,
                "protocol": told and told.protocol,
                "verdict": record.mark,
                "gates_right": told and told.gates.right,
                "gates": told and told.gates.total,
                **{name: told and told.answers.get(name) for name in ANSWERS},
                "diagnosis": record.diagnosis,
                "seconds": record.seconds,
                "file": record.file,
            }


ANSWERS = ("gradient", "conformance", "purity", *get_args(BehaviourName), "coverage")
