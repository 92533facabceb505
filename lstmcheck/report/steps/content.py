"""One direction at steps of every size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lstmcheck.judge.results import Report, finite
from lstmcheck.judge.step_curves import StepCurves
from lstmcheck.lstm.types import Floats
from lstmcheck.report.content import COMMAND, Block, Charts, Content, Fence, Heading, Line, Prose
from lstmcheck.report.json_model import head
from lstmcheck.report.steps import words
from lstmcheck.report.steps.chart import chart


@dataclass(frozen=True)
class StepsContent(Content):
    """Of a report that has them; `command` repeats it."""

    report: Report
    command: str = ""

    @property
    def curves(self) -> StepCurves:
        assert self.report.steps is not None
        return self.report.steps

    def screen(self, room: int | None) -> Iterator[Block]:
        yield Line(words.title(self.report.config, self.curves), strong=True)
        yield Line()
        yield Charts((chart(self.curves),))
        for sentence in words.sentences(self.report.config, self.curves):
            yield Line()
            yield Prose(sentence)

    def web(self) -> Iterator[Block]:
        yield Heading(words.title(self.report.config, self.curves), 1)
        yield Charts((chart(self.curves),), tuple(words.sentences(self.report.config, self.curves)))
        if self.command:
            yield Fence(self.command, COMMAND)

    def document(self) -> Mapping[str, Any]:
        curves, direction = self.curves, self.curves.direction
        numbers = ("analytic", "reference", "uncertainty", "tolerance", "scale", "noise")
        return {
            **head("steps"),
            "name": self.report.config.name,
            "seed": self.report.config.seed,
            "array": direction.info.name,
            "gate": direction.gate,
            "index": None if direction.index is None else list(direction.index),
            **{name: finite(getattr(curves, name)) for name in numbers},
            "truncation": {"forward": finite(curves.bend), "central": finite(curves.twist)},
            "step": curves.chosen,
            "plateau": words.is_wrong(curves),
            "steps": curves.steps.tolist(),
            "derivatives": {
                name: _plain(getattr(curves, name))
                for name in ("forward", "central", "richardson", "complex")
            },
        }


def _plain(values: Floats) -> list[float | None]:
    return [finite(value) for value in values.tolist()]
