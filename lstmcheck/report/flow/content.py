"""How far gradients survive, with one forget bias or with several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmcheck.config import Config
from lstmcheck.explain.flow import Flow
from lstmcheck.report.content import Block, Content
from lstmcheck.report.flow import screen, web
from lstmcheck.report.flow.json_model import document
from lstmcheck.report.json_model import head


@dataclass(frozen=True)
class FlowContent(Content):
    """The flows of a configuration."""

    config: Config
    flows: Sequence[Flow]

    def screen(self, room: int | None) -> Iterator[Block]:
        return screen.blocks(self.config, self.flows, room)

    def web(self) -> Iterator[Block]:
        return web.blocks(self.config, self.flows)

    def document(self) -> Mapping[str, Any]:
        """One flow as an object; several, of different forget biases, as one object with a list of them."""
        common = {**head("flow"), "name": self.config.name, "seed": self.config.seed}
        if len(self.flows) == 1:
            return {**common, **document(self.flows[0])}
        return {**common, "flows": [document(flow) for flow in self.flows]}
