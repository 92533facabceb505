"""The formats of reports: a new one is one module with a function `export`, and its line here.

`export` makes the whole of a `Content` into text or bytes, in parts. Modules are imported when they are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstmcheck.report.content import Content


@dataclass(frozen=True)
class Format:
    """A format, and which commands offer it."""

    name: str
    output: tuple[str, ...] = ()
    """Commands that have it as `--output-format`."""
    exports: tuple[str, ...] = ()
    """Commands that have it as `--export`."""
    one_report_each: bool = False
    """Whether a file holds one report, rather than all of a run."""
    module: str = ""
    """Where it is, if not in the module of its name here."""

    def export(self, content: Content) -> Iterator[bytes]:
        """The content in this format, in parts."""
        module = import_module(self.module or f"{__name__}.{self.name}")
        for part in module.export(content):
            yield part.encode() if isinstance(part, str) else part


LISTS = ("flow", "audit", "mistakes", "conventions", "steps")
CHECKS = ("run", "sweep")
PAGES = (*CHECKS, "steps", "audit", "explain", "flow")
FORMATS: dict[str, Format] = {}


def register(added: Format) -> None:
    """Offer a format."""
    FORMATS[added.name] = added


register(Format("text", output=(*CHECKS, *LISTS, "explain")))
register(Format("csv", exports=CHECKS))
register(Format("json", output=(*CHECKS, *LISTS), exports=(*CHECKS, "steps", "audit", "flow")))
register(Format("jsonl", output=CHECKS, exports=CHECKS))
register(Format("junit", exports=CHECKS))
register(Format("markdown", output=(*CHECKS, "explain"), exports=(*CHECKS, "explain")))
register(Format("sarif", exports=CHECKS))
register(Format("gitlab", exports=CHECKS))
register(Format("github", output=CHECKS))
register(Format("npz", exports=("run",), one_report_each=True))
register(Format("html", output=PAGES, exports=PAGES))


def output_formats(command: str) -> list[str]:
    """What `--output-format` of a command takes."""
    return [each.name for each in FORMATS.values() if command in each.output]


def export_formats(command: str) -> list[str]:
    """What `--export` of a command takes."""
    return [each.name for each in FORMATS.values() if command in each.exports]
