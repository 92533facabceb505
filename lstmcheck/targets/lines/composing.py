"""Expressions out of the names that are at hand: products of two and three, sums, matrix products."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from lstmcheck.lstm.types import Numbers
from lstmcheck.targets.lines.names import Names, same
from lstmcheck.targets.lines.readable import Readable


def composed(node: ast.expr, need: Numbers, readable: Readable) -> Iterator[str]:
    """Texts of expressions whose value is `need`: first the one that there is, and something with it."""
    factors = list(_factors(need.shape, readable))
    yield from (text for text, value in factors if same(value, need))
    products = _Products(factors, need.shape)
    value, text = readable.value(node), ast.unparse(node)
    if isinstance(value, np.ndarray) and value.shape == need.shape:
        with np.errstate(all="ignore"):
            yield from (f"{rest} * ({text})" for rest in products.texts(need / value))
        yield from (f"{text} + {rest}" for rest in products.texts(need - value))
    yield from products.texts(need)
    for text, value in factors:
        if text[0] != "(":
            yield from (f"{text} + {rest}" for rest in products.texts(need - value))
    yield from _matrix_products(need, readable)


def _factors(shape: tuple[int, ...], readable: Readable) -> Iterator[tuple[str, Numbers]]:
    for atom in readable.atoms:
        for text, value in ((atom.text, atom.value), (f"{atom.text}.T", atom.value.T)):
            if value.shape != shape or (text.endswith(".T") and value.ndim < 2):
                continue
            yield text, value
            yield f"(1 - {text})", 1 - value
            yield f"(1 - {text} ** 2)", 1 - value**2
            if readable.numpy:
                yield f"{readable.numpy}.tanh({text})", np.tanh(value)
                yield f"(1 - {readable.numpy}.tanh({text}) ** 2)", 1 - np.tanh(value) ** 2


class _Products:
    """Of two and three factors."""

    def __init__(self, factors: list[tuple[str, Numbers]], shape: tuple[int, ...]) -> None:
        self.texts_of: list[str] = [text for text, _ in factors]
        self.found = Names()
        if not factors or not shape or len(shape) > 2:
            self.empty = True
            return
        self.empty = False
        values = np.stack([np.asarray(value, float).ravel() for _, value in factors])
        first, second = np.triu_indices(len(factors))
        self._pairs = list(zip(first.tolist(), second.tolist(), strict=True))
        self._values = values
        self.found.add(
            [f"{self.texts_of[a]} * {self.texts_of[b]}" for a, b in self._pairs],
            values[first] * values[second],
            1,
        )

    def texts(self, need: Numbers) -> Iterator[str]:
        if self.empty or not np.any(need) or not np.isfinite(need).all():
            return
        flat = np.asarray(need, float).ravel()
        for k in self.found.find(flat):
            yield self.found.words[k]
        with np.errstate(all="ignore"):
            rests = flat / self._values
        for text, rest in zip(self.texts_of, rests, strict=True):
            if np.isfinite(rest).all():
                for k in self.found.find(rest):
                    yield f"{text} * {self.found.words[k]}"


def _matrix_products(need: Numbers, readable: Readable) -> Iterator[str]:
    if need.ndim == 1:
        for atom in readable.atoms:
            for axis in range(atom.value.ndim):
                if same(atom.value.sum(axis), need):
                    yield f"{atom.text}.sum(axis={axis})"
        return
    turned = [(a.text, a.value) for a in readable.atoms if a.value.ndim == 2]
    turned += [(f"{a.text}.T", a.value.T) for a in readable.atoms if a.value.ndim == 2]
    for one, left in turned:
        for other, right in turned:
            if (
                left.shape[1] == right.shape[0]
                and (left.shape[0], right.shape[1]) == need.shape
                and same(left @ right, need)
            ):
                yield f"{one} @ {other}"
