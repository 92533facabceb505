"""What a target's process writes, as much of it as is told, and where it was when it ended."""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

LINES, WIDTH = 10, 200
"""Kept of its last output; longer lines are cut."""
FATAL = b"Fatal Python error: "
FRAME = re.compile(r'^  File "(?P<path>.+)", line (?P<line>\d+) in (?P<function>.+)$')


class Frame(NamedTuple):
    """Of a stack, from the innermost."""

    path: str
    line: int
    function: str


def _printable(line: str) -> str:
    """Without what moves a terminal's cursor, or colours it."""
    return "".join(
        c if c.isprintable() else " " for c in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line)
    ).rstrip()


class CapturedOutput:
    """The first line and the last ones, whatever lies between; and the stack that a fatal error leaves."""

    def __init__(self) -> None:
        self.first = ""
        self.last: deque[str] = deque(maxlen=LINES)
        self.frames: list[Frame] = []
        self._rest = b""
        self._fatal = False

    def feed(self, portion: bytes) -> None:
        """Some more of it."""
        *lines, rest = (self._rest + portion).split(b"\n")
        self._rest = rest[:WIDTH]
        if self.first and not self._fatal and not any(line.startswith(FATAL) for line in lines):
            del lines[:-LINES]  # of a million lines most are not even looked at
        for line in lines:
            self._fatal = self._fatal or line.startswith(FATAL)
            self._add(_printable(line[:WIDTH].decode(errors="replace")))

    def end(self) -> None:
        """There is no more: the last line may have no end."""
        if self._rest:
            self.feed(b"\n")

    def _add(self, line: str) -> None:
        if self._fatal:
            if (frame := FRAME.match(line)) and len(self.frames) < 1000:
                self.frames.append(Frame(frame["path"], int(frame["line"]), frame["function"]))
            return
        if line.strip():
            self.first = self.first or line
            self.last.append(line)


def prints(line: str) -> tuple[str, ...]:
    """That it writes something, if it does."""
    if not line.strip():
        return ()
    return (f"it prints, which is kept out of the result; its first line: {line[:80]}",)
