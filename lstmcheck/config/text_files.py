"""Text of files. The only module of this package that reads any."""

from __future__ import annotations

import sys
from pathlib import Path

from lstmcheck.errors import LstmcheckError, did_you_mean

STDIN = "-"
MAX_BYTES = 2**18


def read_text(path: str | Path) -> str:
    """The text of a configuration file, or of standard input for `-`.

    Raises LstmcheckError for a file that is missing, unreadable, too long or not text.
    """
    name = str(path)
    if name == STDIN:
        return decode(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    return decode(read_bytes(Path(path), MAX_BYTES + 1), name)


def read_bytes(path: Path, limit: int = -1) -> bytes:
    """At most `limit` bytes of a file. Raises LstmcheckError saying why it cannot be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(limit)
    except FileNotFoundError:
        raise LstmcheckError("no such file.", where=str(path), remedy=_near_file(path)) from None
    except IsADirectoryError:
        raise LstmcheckError("this is a directory.", where=str(path), remedy="Name a file in it.") from None
    except PermissionError:
        raise LstmcheckError(
            "this file may not be read.", where=str(path), remedy="See its permissions."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LstmcheckError(f"cannot be read: {reason}.", where=str(path)) from None


def _near_file(path: Path) -> str | None:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return f"There is no folder '{path.parent}' either."
    same_stem = [name for name in names if Path(name).stem == path.stem]
    return did_you_mean(
        path.name, names, otherwise=same_stem[:1], show=lambda each: f"'{path.parent / each}'"
    )


def decode(content: bytes, name: str) -> str:
    """UTF-8 text, without a byte order mark. Raises LstmcheckError for anything else."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LstmcheckError("this is UTF-16 text.", where=name, remedy="Save it as UTF-8.")
    if b"\0" in content:
        raise LstmcheckError("this is a binary file, not a configuration in YAML.", where=name)
    if len(content) > MAX_BYTES:
        raise LstmcheckError(f"this is longer than {MAX_BYTES // 1024} KiB: not a configuration.", where=name)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        what = f"byte 0x{content[error.start]:02x} is not UTF-8 text."
        raise LstmcheckError(what, where=f"{name}:{line}:{column}", remedy="Save it as UTF-8.") from None
