"""Results on disk: a line for each finished case, written at once, so that nothing is lost."""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import suppress
from errno import ENOSPC
from os import strerror
from pathlib import Path
from typing import IO

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError
from lstmcheck.sweep.grid import Grid
from lstmcheck.sweep.outcome import Record, base_config

FORMAT = 1
NOWHERE = -1
CHUNK = 2**20


class Store:
    """The records of one sweep in a file of lines; the memory that it takes does not grow with them.

    The first line of a sweep tells its grid. Later lines of a case replace earlier ones; lines of
    other sweeps in the same file are left alone. Where the disk is full, records are kept in memory.
    """

    def __init__(self, grid: Grid, path: Path | None, *, resume: bool = False) -> None:
        """Without a path, a temporary file. Raises LstmcheckError for a file that cannot be used."""
        self.grid, self.path = grid, path
        self._offsets = array("q", [NOWHERE]) * len(grid)
        self._unwritten: dict[int, Record] = {}
        self.write_error: OSError | None = None
        self._file = self._opened(resume)
        if resume:
            self._find_done()
        try:
            self._append(header(grid))
        except OSError as error:
            self.close()
            raise _refused(error, path or Path(tempfile.gettempdir())) from None

    def _opened(self, resume: bool) -> IO[bytes]:
        if self.path is None:
            return tempfile.TemporaryFile(buffering=0)
        try:
            if self.path.exists() and not self.path.is_file():
                raise LstmcheckError(
                    "this is no file.", where=str(self.path), remedy="Name a file: results are read back."
                )
            if not resume and self.path.exists() and self.path.stat().st_size:
                raise LstmcheckError(
                    "it holds results already.",
                    where=str(self.path),
                    remedy="Add --resume to go on with them, or name another file.",
                )
            if resume and self.path.exists() and self.path.stat().st_size:
                read_grid(self.path)
            file = open(self.path, "a+b", buffering=0)  # noqa: SIM115
            _cut_half_line(file)
            return file
        except OSError as error:
            raise _refused(error, self.path) from None

    def _find_done(self) -> None:
        for offset, line in _lines(self._file):
            # A worker that died, or memory that was short, may do better this time.
            if self._is_ours(line) and not line["note"]:
                self._offsets[line["case"]] = offset

    def _is_ours(self, line: Record) -> bool:
        number = line.get("case")
        if not isinstance(number, int) or not 0 <= number < len(self.grid):
            return False
        return bool(line.get("key") == self.grid.key(self.grid.case(number)))

    def __contains__(self, number: int) -> bool:
        return self._offsets[number] != NOWHERE or number in self._unwritten

    def __len__(self) -> int:
        return len(self._offsets) - self._offsets.count(NOWHERE) + len(self._unwritten)

    def add(self, record: Record) -> None:
        """Keep a finished case, on disk before this returns."""
        try:
            self._offsets[record["case"]] = self._append(record)
        except OSError as error:
            self.write_error = error
            self._offsets[record["case"]] = NOWHERE
            self._unwritten[record["case"]] = record

    def _append(self, line: Record) -> int:
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
            if self._is_ours(line):
                self.add(line)

    def records(self) -> Iterator[Record]:
        """All records, in the order of their cases."""
        for number, offset in enumerate(self._offsets):
            if number in self._unwritten:
                yield self._unwritten[number]
            elif offset != NOWHERE:
                yield json.loads(self._line_at(offset))

    def _line_at(self, offset: int) -> bytes:
        self._file.seek(offset)
        parts: list[bytes] = []
        while not parts or not (b"\n" in parts[-1] or parts[-1] == b""):
            parts.append(self._file.read(4096))
        return b"".join(parts).partition(b"\n")[0]

    def close(self) -> None:
        with suppress(OSError):  # a full disk has been told already
            self._file.close()


def _refused(error: OSError, path: Path) -> LstmcheckError:
    return LstmcheckError(f"cannot be written: {(error.strerror or str(error)).lower()}.", where=str(path))


def header(grid: Grid) -> Record:
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
    told = found[-1]
    axes = {key: tuple(values) for key, values in told["axes"].items()}
    # JSON has lists where a configuration has tuples; lax about that, strict about the rest.
    config = Config.model_validate_json(json.dumps(told["config"]))
    return Grid(config, axes, told["seeds"], told["fixed"], tuple(told["mistakes"]))


def _lines_of(path: Path) -> Iterator[tuple[int, Record]]:
    try:
        with open(path, "rb") as file:
            yield from _lines(file)
    except OSError as error:
        raise LstmcheckError(
            f"cannot be read: {(error.strerror or str(error)).lower()}.", where=str(path)
        ) from None


def _lines(file: IO[bytes]) -> Iterator[tuple[int, Record]]:
    """Offset and content of every line that is whole and an object."""
    offset = file.seek(0)
    rest = b""
    while part := file.read(CHUNK):
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            content = _object(line)
            if content is not None:
                yield offset, content
            offset += len(line) + 1


def _object(line: bytes) -> Record | None:
    try:
        content = json.loads(line)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _cut_half_line(file: IO[bytes]) -> None:
    """Take away what a process that was killed had begun to write."""
    size = file.seek(0, 2)
    end = size
    while end:
        start = max(0, end - 4096)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        file.truncate(end)
