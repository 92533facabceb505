"""Where reports go: to stdout, or to files, which are opened before the work and renamed when complete."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lstmcheck.errors import LstmcheckError
from lstmcheck.report.content import Content
from lstmcheck.report.formats import FORMATS, Format, export_formats

STDOUT = "-"


def show(content: Content, name: str, *, brief: bool = False) -> None:
    """On stdout, in a format; `brief` is for text alone."""
    if name == "text":
        # A terminal has a width, colours and an encoding of its own.
        from lstmcheck.report.formats import text

        text.show(content, brief=brief)
    else:
        _write_to_stdout(FORMATS[name].export(content))


@dataclass
class Export:
    """One `FORMAT=FILE` of the command line, for all reports of a run or, with `{name}`, one of them."""

    format: Format
    target: str
    _aside: Path | None = field(default=None, init=False)

    @property
    def to_stdout(self) -> bool:
        return self.target == STDOUT

    @property
    def option(self) -> str:
        """As it was typed."""
        return f"--export {self.format.name}={self.target}"

    def open(self) -> None:
        """Make sure that the file can be written. Raises LstmcheckError."""
        if self.to_stdout:
            return
        path = self._path()
        try:
            if path.exists() and not path.is_file() and not path.is_dir():
                return  # a device or a pipe is written directly
            if path.is_dir():
                raise IsADirectoryError(21, "it is a directory")
            self._aside = _file_beside(path)
        except OSError as error:
            raise self._refused(error) from None

    def write(self, content: Content) -> None:
        """Write aside, then rename. Raises LstmcheckError."""
        parts = self.format.export(content)
        if self.to_stdout:
            _write_to_stdout(parts)
            return
        try:
            with open(self._aside or self._path(), "wb") as file:
                file.writelines(parts)
            if self._aside:
                os.replace(self._aside, self._path())
                self._aside = None
        except OSError as error:
            raise self._refused(error) from None

    def discard(self) -> None:
        """Remove what was not completed."""
        if self._aside:
            with suppress(OSError):
                self._aside.unlink()

    def _path(self) -> Path:
        # A link stays a link: what it points to is replaced.
        return Path(os.path.realpath(self.target))

    def _refused(self, error: OSError) -> LstmcheckError:
        return LstmcheckError(
            f"cannot write {self.target}: {(error.strerror or str(error)).lower()}.",
            where=self.option,
            remedy="Name a file in a folder that exists and can be written.",
        )


def _write_to_stdout(parts: Iterable[bytes]) -> None:
    # Behind what was printed so far.
    sys.stdout.flush()
    for part in parts:
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def _file_beside(path: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask()
    os.chmod(name, mode)
    return Path(name)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def parse_exports(
    options: Sequence[str], names: Sequence[str], command: str, inputs: Sequence[str]
) -> list[tuple[Export, list[int]]]:
    """Exports, each with the positions of the reports that it takes, from `FORMAT=FILE` options.

    `{name}` in a file stands for the name of each configuration in turn. `inputs` are the files that are
    read: none of them is overwritten. Raises LstmcheckError.
    """
    formats = export_formats(command)
    exports = []
    for option in options:
        kind, _, target = option.partition("=")
        if kind not in formats or not target:
            raise LstmcheckError(
                f"expected FORMAT=FILE with a format out of {', '.join(formats)}.",
                where=f"--export {option}",
            )
        if "{name}" in target:
            exports += [
                (Export(FORMATS[kind], target.replace("{name}", _as_file_name(name))), [k])
                for k, name in enumerate(names)
            ]
            continue
        if FORMATS[kind].one_report_each and len(names) > 1:
            raise LstmcheckError(
                f"{kind} holds one report, and there are {len(names)} configurations.",
                where=f"--export {option}",
                remedy=f"Write {kind}={{name}}.{kind}: each configuration's name is put in.",
            )
        exports.append((Export(FORMATS[kind], target), list(range(len(names)))))
    _refuse_clashes([export for export, _ in exports], inputs)
    return exports


def _as_file_name(name: str) -> str:
    return name.replace("/", "_").replace(os.sep, "_")


def _refuse_clashes(exports: Sequence[Export], inputs: Sequence[str]) -> None:
    seen = {os.path.realpath(path) for path in inputs if path != STDOUT}
    for export in exports:
        place = export.target if export.to_stdout else os.path.realpath(export.target)
        if place in seen:
            raise LstmcheckError(
                "this file is read, or written already.",
                where=f"--export {export.format.name}={export.target}",
            )
        seen.add(place)
