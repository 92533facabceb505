"""Formulas as MathML, which browsers draw and read aloud by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from xml.etree.ElementTree import tostring

from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

from lstmcheck.explain.blocks import without_tex

BETWEEN_DOLLARS = re.compile(r"\$([^$]*)\$")


@cache
def _mathml(tex: str, display: str) -> Markup:
    # As elements: written by the library itself, what looks like markup in a formula would become markup.
    try:
        math = convert_to_element(tex, display=display)
    except Exception:  # dollar signs in a name of the user's, and no formula between them
        return escape(f"${tex}$")
    for element in math.iter():
        # It writes signs as references to characters, which are text as well.
        element.text = element.text and unescape(element.text)
    return Markup(tostring(math, encoding="unicode"))


def block(tex: str) -> Markup:
    """An equation on a line of its own; what is wider than the page is scrolled to."""
    return Markup('<div class="equation">{}</div>').format(_mathml(tex, "block"))


def inline(text: str) -> Markup:
    """A sentence with formulas between dollar signs."""
    return Markup("").join(_parts(text))


def _parts(text: str) -> Iterator[Markup]:
    for position, part in enumerate(BETWEEN_DOLLARS.split(text)):
        yield _mathml(part, "inline") if position % 2 else escape(part)


def plain(text: str) -> str:
    """The same in letters alone."""
    return without_tex(text)
