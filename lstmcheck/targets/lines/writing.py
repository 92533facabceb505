"""What belongs in the place of an expression, written in the names that can be read there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.composing import composed
from lstmcheck.targets.lines.edits import insertions, replacements
from lstmcheck.targets.lines.names import same
from lstmcheck.targets.lines.readable import Readable

MOST_TRIED = 6000
MOST_GIVEN = 12


class Distance(IntEnum):
    """How much an expression has to change."""

    REPLACED = 0
    INSERTED = 1
    COMPOSED = 2


@dataclass(frozen=True)
class Written:
    """An expression, and how far it is from the one that stands there."""

    node: ast.expr
    distance: Distance


def rewritten(
    node: ast.expr, need: Numbers, readable: Readable, function: ast.AST, most: Distance = Distance.COMPOSED
) -> Iterator[Written]:
    """Expressions whose value is `need`, the nearest first; each once; none that is farther than `most`."""
    given = {ast.unparse(node)}
    for candidate in _candidates(node, need, readable, function):
        if candidate.distance > most or len(given) > MOST_GIVEN:
            return
        text = ast.unparse(candidate.node)
        if text not in given:
            given.add(text)
            yield candidate


def _candidates(node: ast.expr, need: Numbers, readable: Readable, function: ast.AST) -> Iterator[Written]:
    near = [
        (Distance.REPLACED, replacements(node, readable, function)),
        (Distance.INSERTED, insertions(node, readable)),
    ]
    tried = 0
    for distance, expressions in near:
        for each in expressions:
            if (tried := tried + 1) > MOST_TRIED:
                break
            value = readable.value(each)
            if isinstance(value, np.ndarray) and same(value, need):
                yield Written(each, distance)
    for text in composed(node, need, readable):
        yield Written(ast.parse(text, mode="eval").body, Distance.COMPOSED)
