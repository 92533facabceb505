"""`--output-format` and `--export` of a command with one report."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from lstmcheck.report.content import Content
from lstmcheck.report.export import Export, parse_exports, show


class OpenedExports:
    """Files, opened before the work, so that what cannot be written is told at once; used with `with`.

    Raises LstmcheckError.
    """

    def __init__(self, exports: Sequence[Export]) -> None:
        self._files = exports
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for export in self._files:
                stack.callback(export.discard)
                export.open()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


class Outputs(OpenedExports):
    """Of one report."""

    def __init__(
        self, command: str, name: str, output_format: str, exports: list[str] | None, inputs: Sequence[str]
    ) -> None:
        self.format = output_format
        self.exports = [export for export, _ in parse_exports(exports or [], [name], command, inputs)]
        super().__init__(self.exports)

    def write(self, content: Content, *, brief: bool = False) -> None:
        """On stdout, unless an export goes there in the place of text; and to the files."""
        if self.format != "text" or not any(export.to_stdout for export in self.exports):
            show(content, self.format, brief=brief)
        for export in self.exports:
            export.write(content)
