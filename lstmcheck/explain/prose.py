r"""Prose from templates: paragraphs with names and numbers filled in, as blocks of a document.

A paragraph is a heading (`## `), equations (a line each, between `$$`), a block by its name (`[sums]`), or
sentences. TeX is full of braces: names stand in `<< >>`, logic in `<% %>`. A tag on a line of its own leaves
an empty line, and so parts paragraphs; within one it begins with `<%-`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lstmcheck.explain.blocks import Block, Equations, Heading, Sentences


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("lstmcheck.explain"),
        undefined=StrictUndefined,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
    )


def fill(template: str, names: Mapping[str, Any], blocks: Mapping[str, Block]) -> list[Block]:
    """The template of this name with `names` filled in, and `blocks` where it calls for them.

    Raises jinja2.UndefinedError or KeyError for a name that is missing.
    """
    text = _templates().get_template(f"{template}.md.jinja").render(names)
    return [_block(paragraph, blocks) for paragraph in re.split(r"\n\s*\n", text.strip())]


def _block(paragraph: str, blocks: Mapping[str, Block]) -> Block:
    lines = [line.strip() for line in paragraph.splitlines()]
    match paragraph[:2]:
        case "##":
            return Heading(" ".join(lines)[3:])
        case "$$":
            return Equations(tuple(line.strip("$ ") for line in lines))
    if called := re.fullmatch(r"\[(.+)\]", paragraph):
        return blocks[called[1]]
    return Sentences(" ".join(lines))
