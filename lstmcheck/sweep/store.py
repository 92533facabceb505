"""Results on disk: a line for each finished case, written at once, so that nothing is lost."""

from __future__ import annotations

import json
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ENOSPC
from os import strerror
from pathlib import Path
from typing import IO, Any

from pydantic import ValidationError

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.sweep.grid import Grid
from lstmcheck.sweep.record import Record

Line = dict[str, Any]
"""A line as JSON has it."""

FORMAT = 1
BLOCK = 4096
"""Bytes that are read at once of a single line."""


class Store:
    """The records of one sweep in a file of lines; in memory is no more than where each begins.

    The first line of a sweep tells its grid. Later lines of a case replace earlier ones; lines of
    other sweeps in the same file are left alone. Where the disk is full, records are kept in memory.
    """

    def __init__(self, grid: Grid, path: Path | None, *, resume: bool = False) -> None:
        """Without a path, a temporary file. Raises LstmcheckError for a file that cannot be used."""
        self.grid, self.path = grid, path
        self.write_error: OSError | None = None
        self._kept: dict[int, int | Record] = {}
        """By number of the case: where its line begins, or the record that the disk had no room for."""
        with _writable(path):
            self._file = _opened(path, resume)
        if path and resume:
            self._find_done(path)
        try:
            with _writable(path):
                self._append(header(grid))
        except LstmcheckError:
            self.close()
            raise

    def _find_done(self, path: Path) -> None:
        for offset, line in _lines_of(path):
            # A worker that died, or memory that was short, may do better this time.
            if (record := self._ours(line)) and not record.note:
                self._kept[record.case] = offset

    def _ours(self, line: Line) -> Record | None:
        """The record that a line holds, where it is one of this sweep."""
        try:
            record = Record.model_validate(line)
        except ValidationError:
            return None
        if not 0 <= record.case < len(self.grid):
            return None
        return record if record.key == self.grid.key(self.grid.case(record.case)) else None

    def __contains__(self, number: int) -> bool:
        return number in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, record: Record) -> None:
        """Keep a finished case, on disk before this returns."""
        try:
            self._kept[record.case] = self._append(record.plain())
        except OSError as error:
            self.write_error = error
            self._kept[record.case] = record

    def _append(self, line: Line) -> int:
        content = json.dumps(line, allow_nan=False, ensure_ascii=False).encode() + b"\n"
        offset = self._file.seek(0, 2)
        try:
            # Nothing is buffered: what a full disk does not take must not come up again later.
            if self._file.write(content) != len(content):
                raise OSError(ENOSPC, strerror(ENOSPC))
        except OSError:
            self._file.truncate(offset)
            raise
        return offset

    def take(self, other: Path) -> None:
        """Read the records of another results file of the same sweep."""
        for _, line in _lines_of(other):
            if record := self._ours(line):
                self.add(record)

    def records(self) -> Iterator[Record]:
        """All records, in the order of their cases."""
        for number in sorted(self._kept):
            kept = self._kept[number]
            yield self._read(kept) if isinstance(kept, int) else kept

    def _read(self, offset: int) -> Record:
        self._file.seek(offset)
        line = b""
        while b"\n" not in line and (block := self._file.read(BLOCK)):
            line += block
        return Record.model_validate_json(line.partition(b"\n")[0])

    def close(self) -> None:
        with suppress(OSError):  # a full disk has been told already
            self._file.close()


def _opened(path: Path | None, resume: bool) -> IO[bytes]:
    """A results file, to append to. Raises LstmcheckError for one that is not to be used, or OSError."""
    if path is None:
        return tempfile.TemporaryFile(buffering=0)
    if path.exists() and not path.is_file():
        raise LstmcheckError(
            "this is no file.", where=str(path), remedy="Name a file: results are read back."
        )
    if path.exists() and path.stat().st_size:
        if not resume:
            raise LstmcheckError(
                "it holds results already.",
                where=str(path),
                remedy="Add --resume to go on with them, or name another file.",
            )
        read_grid(path)
        _cut_half_line(path)
    return open(path, "a+b", buffering=0)


def _cut_half_line(path: Path) -> None:
    """Take away what a process that was killed had begun to write."""
    with open(path, "r+b") as file:
        (last,) = deque(file, maxlen=1)
        # Not where all is whole: another shard may be writing into the same file.
        if not last.endswith(b"\n"):
            file.truncate(file.tell() - len(last))


@contextmanager
def _writable(path: Path | None) -> Iterator[None]:
    """An OSError becomes an LstmcheckError."""
    try:
        yield
    except OSError as error:
        what = f"cannot be written: {(error.strerror or str(error)).lower()}."
        raise LstmcheckError(what, where=str(path or tempfile.gettempdir())) from None


def base_config(config: Config) -> dict[str, Any]:
    """A configuration as a results file keeps it, found again from any folder."""
    return {key: value for key, value in config.portable().items() if key != "sweep"}


def header(grid: Grid) -> Line:
    """The line that tells a sweep."""
    return {
        "lstmcheck_sweep": FORMAT,
        "config": base_config(grid.base),
        "axes": {key: list(values) for key, values in grid.axes.items()},
        "seeds": grid.seeds,
        "fixed": dict(grid.fixed),
        "mistakes": list(grid.mistakes),
    }


def read_grid(path: Path) -> Grid:
    """The grid that a results file tells. Raises LstmcheckError where it tells none."""
    found = [line for _, line in _lines_of(path) if line.get("lstmcheck_sweep") == FORMAT]
    if not found:
        raise LstmcheckError(
            "this file holds no results of a sweep.",
            where=str(path),
            remedy="sweep --results FILE writes one.",
        )
    sweep = found[-1]
    axes = {key: tuple(values) for key, values in sweep["axes"].items()}
    # JSON has lists where a configuration has tuples; lax about that, strict about the rest.
    config = Config.model_validate_json(json.dumps(sweep["config"]))
    return Grid(config, axes, sweep["seeds"], sweep["fixed"], tuple(sweep["mistakes"]))


def _lines_of(path: Path) -> Iterator[tuple[int, Line]]:
    """Offset and content of every line that is whole and an object. Raises LstmcheckError."""
    offset = 0
    try:
        with open(path, "rb") as file:
            for line in file:
                content = _object(line) if line.endswith(b"\n") else None
                if content is not None:
                    yield offset, content
                offset += len(line)
    except OSError as error:
        raise LstmcheckError(
            f"cannot be read: {(error.strerror or str(error)).lower()}.", where=str(path)
        ) from None


def _object(line: bytes) -> Line | None:
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None
