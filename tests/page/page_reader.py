"""Reads a page as a browser does, and remembers what is wrong with it."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input", "source"}
REACHING = {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background"}
Attributes = dict[str, str | None]


class Page(HTMLParser):
    """Elements, texts, and names of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, Attributes]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.texts: list[tuple[str, str]] = []
        """The innermost element, and what stands in it."""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data))

    @property
    def text(self) -> str:
        """Everything that is read, on one line."""
        told = (data for where, data in self.texts if where not in ("style", "title"))
        return " ".join(" ".join(told).split())

    def all(self, tag: str) -> list[Attributes]:
        return [attributes for name, attributes in self.elements if name == tag]

    def reaches(self) -> list[str]:
        """Addresses that a browser would fetch."""
        return [
            str(value)
            for _, attributes in self.elements
            for key, value in attributes.items()
            if key in REACHING and not str(value).startswith(("data:,", "#"))
        ]

    def levels(self) -> list[int]:
        """Of its headings, in their order."""
        return [
            int(tag[1]) for tag, _ in self.elements if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
        ]
