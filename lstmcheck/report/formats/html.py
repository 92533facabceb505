"""A page for a browser: one file, no script, nothing from elsewhere; a part of it for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from lstmcheck.report.content import Content, Heading
from lstmcheck.report.html.blocks import Writer


def export(content: Content) -> Iterator[str]:
    """The whole file."""
    blocks = list(content.web())
    title = next(block.text for block in blocks if isinstance(block, Heading))
    writer = Writer(tex=content.tex)
    body = Markup("\n").join(map(writer.write, blocks))
    yield _template("page").render(title=title, style=_style(), body=body)


def fragment(content: Content) -> str:
    """The same for a place in another page; its style touches nothing else there."""
    body = Markup("\n").join(map(Writer(tex=content.tex).write, content.web()))
    return _template("fragment").render(style=_style(), body=body)


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("lstmcheck.report"), autoescape=True, undefined=StrictUndefined)


def _template(name: str) -> Template:
    return _templates().get_template(f"{name}.html.jinja")


def _style() -> Markup:
    # Our own file: nothing of a report is in it.
    return Markup(_templates().get_template("style.css").render())
