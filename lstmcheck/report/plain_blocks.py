"""Parts of a report as plain data and back: what one process tells, another one shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter

from lstmcheck.report.content import Block, Fence, Finding
from lstmcheck.report.picture import Pictures

KINDS: dict[str, Any] = {kind.__name__: kind for kind in get_args(Block)}


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def plain_blocks(blocks: Iterable[Block]) -> tuple[Any, ...]:
    """Each with the name of its kind. Pictures are drawn: their errors may not be finite."""
    drawn = (Fence(block.text()) if isinstance(block, Pictures) else block for block in blocks)
    return tuple((type(each).__name__, _adapter_of(each).dump_python(each, mode="json")) for each in drawn)


def _adapter_of(block: Block) -> TypeAdapter[Any]:
    return _adapter(KINDS[type(block).__name__])


def blocks_of(plain: Iterable[Iterable[Any]]) -> Iterator[Block]:
    """The reverse."""
    for name, content in plain:
        block: Block = _adapter(KINDS[name]).validate_python(content)
        yield block


def plain_findings(findings: Iterable[Finding]) -> tuple[Any, ...]:
    """As plain data."""
    plain = _adapter(list[Finding]).dump_python(list(findings), mode="json")
    return tuple(plain)


def findings_of(plain: Iterable[Any]) -> list[Finding]:
    """The reverse."""
    found: list[Finding] = _adapter(list[Finding]).validate_python(list(plain))
    return found
