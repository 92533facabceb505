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
from typing import IO, Any, Generic, NamedTuple

from pydantic import ValidationError

from lstmcheck.errors import LstmcheckError
from lstmcheck.sweep.work import AnyRecord

Line = dict[str, Any]
"""A line as JSON has it."""

FORMAT = 1
BLOCK = 4096
"""Bytes that are read at once of a single line."""


class FileKind(NamedTuple):
    """Of cases, as a results file tells it."""

    key: str
    """Of the line that the file begins with."""
    name: str
    command: str
    """That writes it."""


class KeptRecords(Generic[AnyRecord]):
    """The records of some cases in a file of lines; in memory is no more than where each begins.

    The first line tells what they are cases of. Later lines of a case replace earlier ones; lines of
    other cases in the same file are left alone. Where the disk is full, records are kept in memory.
    """

    kind: FileKind
    model: type[AnyRecord]

    def __init__(self, path: Path | None, *, resume: bool = False) -> None:
        """Without a path, a temporary file. Raises LstmcheckError for a file that cannot be used."""
        self.path = path
        self.write_error: OSError | None = None
        self._kept: dict[int, int | AnyRecord] = {}
        """By number of the case: where its line begins, or the record that the disk had no room for."""
        with _writable(path):
            self._file = _opened(path, resume, self.kind)
        if path and resume:
            self._find_done(path)
        try:
            with _writable(path):
                self._append(self.header())
        except LstmcheckError:
            self.close()
            raise

    def header(self) -> Line:
        """The line that tells what the cases are; its first key is that of the kind."""
        raise NotImplementedError

    def number_of(self, record: AnyRecord) -> int | None:
        """The case that a record is about; None where that is none of these."""
        raise NotImplementedError

    def _find_done(self, path: Path) -> None:
        for offset, line in lines_of(path):
            # A worker that died, or memory that was short, may do better this time.
            if (record := self._ours(line)) and not record.note:
                self._kept[record.case] = offset

    def _ours(self, line: Line) -> AnyRecord | None:
        """The record that a line holds, where it is one of these, by its number now."""
        try:
            record = self.model.model_validate(line)
        except ValidationError:
            return None
        number = self.number_of(record)
        return None if number is None else record.model_copy(update={"case": number})

    def __contains__(self, number: int) -> bool:
        return number in self._kept

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, record: AnyRecord) -> None:
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
        """Read the records of another results file of the same cases."""
        for _, line in lines_of(other):
            if record := self._ours(line):
                self.add(record)

    def records(self) -> Iterator[AnyRecord]:
        """All records, in the order of their cases."""
        return map(self.record, sorted(self._kept))

    def record(self, number: int) -> AnyRecord:
        """Of one case, by its number now: a file may have it by another."""
        kept = self._kept[number]
        found = self._read(kept) if isinstance(kept, int) else kept
        return found if found.case == number else found.model_copy(update={"case": number})

    def _read(self, offset: int) -> AnyRecord:
        self._file.seek(offset)
        line = b""
        while b"\n" not in line and (block := self._file.read(BLOCK)):
            line += block
        return self.model.model_validate_json(line.partition(b"\n")[0])

    def close(self) -> None:
        with suppress(OSError):  # a full disk has been told already
            self._file.close()


def _opened(path: Path | None, resume: bool, kind: FileKind) -> IO[bytes]:
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
        last_header(path, kind)
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


def last_header(path: Path, kind: FileKind) -> Line:
    """The last line that tells cases of this kind. Raises LstmcheckError where there is none."""
    found = [line for _, line in lines_of(path) if line.get(kind.key) == FORMAT]
    if not found:
        raise LstmcheckError(
            f"this file holds no results of {kind.name}.",
            where=str(path),
            remedy=f"{kind.command} --results FILE writes one.",
        )
    return found[-1]


def lines_of(path: Path) -> Iterator[tuple[int, Line]]:
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
