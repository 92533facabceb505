"""Lines of a target's source that are wrong, in sentences: what stands there, what belongs there."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.judge.results import Report
from lstmcheck.judge.wrong_line import WrongLine


def sentences(report: Report) -> Iterator[str]:
    """Each line with a mark below what is wrong, and how it would read; then what came of that."""
    for line in report.lines:
        source = line.source.strip()
        indent = len(line.source) - len(line.source.lstrip())
        yield f"Line: {line.file}:{line.line}: {_says(line)}."
        yield f"    {source}"
        yield f"    {' ' * (line.column - 1 - indent)}{'^' * max(1, line.end_column - line.column)}"
        yield f"  try: {line.suggestion}"
        yield from (f"  or {each.file}:{each.line}: {each.suggestion}" for each in line.alternatives)
    if report.lines:
        yield f"  {_tried(report.lines)}"


def message(line: WrongLine) -> str:
    """All of it in one line."""
    others = "".join(f"; or line {each.line}: {each.suggestion}" for each in line.alternatives)
    return f"{_says(line)}. Try: {line.suggestion}{others}"


def _says(line: WrongLine) -> str:
    stands = f"this is {line.computes}" if line.computes else "this is wrong"
    told = f"{stands}; {line.belongs} belongs here" if line.belongs else stands
    return f"{told}, or another of these lines is wrong" if line.alternatives else told


def _tried(lines: tuple[WrongLine, ...]) -> str:
    changes = "this change" if len(lines) == 1 else f"these {len(lines)} changes"
    if not all(line.settles for line in lines):
        return f"With {changes} less is wrong, but not nothing: it was tried on a copy."
    passes = "outputs are ours" if lines[0].part == "forward" else "gradient passes"
    return f"With {changes} the {passes}: it was tried on a copy."
