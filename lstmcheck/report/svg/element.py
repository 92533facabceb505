"""Elements of an SVG, escaped; numbers with as many digits as a picture shows."""

from __future__ import annotations

from markupsafe import Markup


def number(value: float) -> str:
    """A coordinate to a tenth."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, *inside: str, **attributes: object) -> Markup:
    """`class_` is class, `stroke_width` stroke-width. What is no Markup is escaped; None is left out."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _written(value))
        for key, value in attributes.items()
        if value is not None
    )
    opening = Markup("<{}{}").format(name, written)
    if not inside:
        return opening + Markup("/>")
    return opening + Markup(">") + Markup("").join(inside) + Markup("</{}>").format(name)


def _written(value: object) -> str:
    return number(value) if isinstance(value, float) else str(value)


def picture(
    title: str, width: float, height: float, *inside: Markup, fixed: bool = False, kind: str = ""
) -> Markup:
    """The whole, with its name; `fixed`: as large as it is, rather than as wide as its place."""
    size = {"width": number(width), "height": number(height)} if fixed else {}
    return element(
        "svg",
        element("title", title),
        *inside,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        class_=kind or None,
        **size,
    )


def text(x: float, y: float, words: str, **attributes: object) -> Markup:
    """Words at a place."""
    return element("text", words, x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)
