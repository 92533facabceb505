"""One JSON object: stable keys, no NaN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lstmcheck.report.content import Content


def export(content: Content) -> Iterator[str]:
    """Indented; what has very many parts is written as they come, a line each."""
    document = dict(content.document())
    key, parts = list(document.items())[-1]
    if not isinstance(parts, Iterator):
        yield json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
        return
    del document[key]
    yield f'{line(document).removesuffix("}")}, "{key}": ['
    for position, part in enumerate(parts):
        yield f"{',' if position else ''}\n{line(part)}"
    yield "\n]}\n"


def line(value: Mapping[str, Any]) -> str:
    """An object on one line."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False)
