"""A program of any language as two functions: it reads requests on stdin and answers on stdout, in JSON.

One request is one line, and so is its answer; README tells what stands in them. It lives for the whole run.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import join
from typing import IO, Any

from lstmcheck.arrays.json_arrays import decode_array, decode_json, encode_array
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.types import Arrays, Numbers
from lstmcheck.targets.running.faults import EndedError

OUTPUTS = ("y", "h_T", "c_T")
WANTED = "Answer each request with one line of JSON on stdout; whatever else there is to say goes to stderr."
SHOWN = 200
"""Characters of an answer, or of stderr, that a message shows."""


class ProgramError(LstmcheckError):
    """What a program did wrong: told as it is, for it has no line of Python."""


class NoAnswerError(ProgramError, EndedError):
    """What came is no answer to what was asked. Nothing else is asked then: a line too many would be taken
    for the next answer, which is that to another question."""


def functions_of(command: Sequence[str], folder: Path) -> list[Callable[..., Any]]:
    """A forward and a backward pass, as those of protocol plain. Nothing is started before the first call."""
    program = Program(command, folder)
    return [ProgramForward(program), ProgramBackward(program)]


class Program:
    """A command that is started once, and asked again and again.

    Its words that name files in `folder` are taken from there.
    """

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.name = join(command)
        self._words = [
            str((folder / word).absolute()) if (folder / word).is_file() else word for word in command
        ]
        self._running: subprocess.Popen[bytes] | None = None

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Its answer. Raises NoAnswerError for whatever is none, ProgramError for one that says why."""
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        if more := _waiting(process.stdout):
            self._stop(process)
            what = f"wrote more than one line of answer: {_shown(more)}"
            raise NoAnswerError(f"{self.name} {what}", remedy=WANTED)
        with suppress(BrokenPipeError):  # the answer, or the end of it, tells more
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        line = process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._ended(process, line)
        return self._answer(process, line)

    def _answer(self, process: subprocess.Popen[bytes], line: bytes) -> dict[str, Any]:
        try:
            found = decode_json(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            self._stop(process)
            what = f"wrote a line on stdout that is no answer: {_shown(line)}"
            raise NoAnswerError(f"{self.name} {what}", remedy=WANTED)
        if set(found) == {"error"}:
            raise ProgramError(f"{self.name} says: {_shown(str(found['error']).encode())}")
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is None:
            if shutil.which(self._words[0]) is None:
                what = f"there is no program {self._words[0]}, or it may not be run."
                raise ProgramError(what, where="target.command", remedy="Is it built, and executable?")
            self._said = tempfile.TemporaryFile()  # noqa: SIM115
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._said}
            self._running = subprocess.Popen(self._words, **pipes)  # type: ignore[call-overload]
        assert self._running is not None
        return self._running

    def _ended(self, process: subprocess.Popen[bytes], partial: bytes) -> NoAnswerError:
        """How it did, with what it said last."""
        code = self._stop(process)
        how = f"ended with exit code {code}"
        if code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
        if partial:
            how += f", in the middle of an answer: {_shown(partial)}"
        self._said.seek(0)
        last = self._said.read().strip().splitlines()[-3:]
        said = f" It said: {_shown(b' / '.join(last))}" if last else ""
        return NoAnswerError(f"{self.name} {how}.{said}", remedy=WANTED if code == 0 else None)

    def _stop(self, process: subprocess.Popen[bytes]) -> int:
        """End it: what it goes on to say would be taken for the answer to the next request."""
        process.kill()
        self._running = None
        return process.wait()


class Asked:
    """A pass of a program."""

    def __init__(self, program: Program) -> None:
        self.program, self.__name__ = program, f"{type(self).__name__.lower()} of {program.name}"

    def arrays(self, request: Mapping[str, Any]) -> dict[str, Numbers]:
        """The arrays of an answer; null is none. Raises NoAnswerError for what are none."""
        found = self.program.ask(request)
        try:
            return {name: decode_array(value) for name, value in found.items() if value is not None}
        except ValueError as error:
            raise NoAnswerError(
                f"{self.__name__} answered with something else than arrays: {error}."
            ) from None


class ProgramForward(Asked):
    """forward(params, x, h0, c0) -> y, h_T, c_T, cache: the request itself, for programs keep nothing."""

    def __call__(self, params: Arrays, x: Numbers, h0: Numbers, c0: Numbers, **lengths: Numbers) -> Any:
        given = {"x": x, "h0": h0, "c0": c0, **lengths}
        request = {
            "params": {name: encode_array(array) for name, array in params.items()},
            **{name: encode_array(array) for name, array in given.items()},
        }
        found = self.arrays({"do": "forward", **request})
        if missing := [name for name in OUTPUTS if name not in found]:
            what = (
                f"{self.__name__} answered with {', '.join(found) or 'nothing'}; wanted {', '.join(OUTPUTS)}"
            )
            raise NoAnswerError(f"{what}: {', '.join(missing)} is missing.")
        return *(found[name] for name in OUTPUTS), request


class ProgramBackward(Asked):
    """backward(d_y, d_h, d_c, cache) -> gradients by name."""

    def __call__(self, d_y: Numbers, d_h: Numbers, d_c: Numbers, cache: Mapping[str, Any]) -> Any:
        upstream = {"d_y": d_y, "d_h": d_h, "d_c": d_c}
        encoded = {name: encode_array(array) for name, array in upstream.items()}
        return self.arrays({"do": "backward", **cache, **encoded})


def _waiting(stream: IO[bytes]) -> bytes:
    """What can be read without waiting for it; it stays there."""
    os.set_blocking(stream.fileno(), False)
    try:
        return stream.peek(SHOWN)  # type: ignore[attr-defined, no-any-return]
    finally:
        os.set_blocking(stream.fileno(), True)


def _shown(line: bytes) -> str:
    text = line.decode(errors="backslashreplace").strip()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} …"
