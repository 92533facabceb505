"""A target's own process, from outside: it is started, asked, timed, listened to, and ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from lstmcheck.errors import LstmcheckError, Problem
from lstmcheck.targets.loading.definitions import OFFER
from lstmcheck.targets.loading.notebooks import has_more_than_definitions
from lstmcheck.targets.loading.whose_code import add_target, is_target_code
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.calling import locate_line
from lstmcheck.targets.running.captured_output import CapturedOutput, Frame
from lstmcheck.targets.running.encoding import NoMessageError, decode, encode
from lstmcheck.targets.running.faults import MORE, EndedError, describe_end, fault_of_plain, too_long
from lstmcheck.targets.running.messages import BEAT
from lstmcheck.targets.running.start_process import free_memory, start_python

START = 60.0
"""Seconds for Python and numpy to be there."""
SLICE = 0.5
"""Seconds after which its end is looked for, where no answer comes."""
LATE = 0.3
"""Seconds that an answer may take on its way, and that a process has to say where it was."""
PORTION = 2**16
WORDS = {
    "load": "importing it",
    "prepare": "building it",
    "backward": "its backward pass",
}
"""What it was about when its process ended; anything else is its forward pass."""


class ChildProcess:
    """One process with one target. All that it does wrong is an LstmcheckError.

    `timeout`: seconds that one call of the target may take, None for as long as it likes.
    """

    def __init__(self, settings: TargetSettings, name: str, timeout: float | None) -> None:
        self.name, self.timeout = name, timeout
        self._file = Path(settings.file) if settings.file else None
        self._may_be_offered = self._file is not None and not settings.only_definitions
        if self._file:
            add_target(self._file)
        self.output = CapturedOutput()
        self.unreachable: list[int] = []
        """Numbers of caches that nobody refers to any more."""
        self._buffer = bytearray()
        self._gone = self._silent = False
        self._doing, self._limit = "start", START
        self._process = start_python(name)
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
        self._write(encode({"settings": settings.plain(), "memory": free_memory(settings)}))

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        return process.stdin, process.stdout, process.stderr

    def wait_until_ready(self) -> None:
        """For requests. Raises LstmcheckError if it never is."""
        self.receive()

    def ask(self, do: str, **request: Any) -> None:
        """Send a request; its answers are to be received."""
        self._doing, self._limit = do, float("inf") if self.timeout is None else self.timeout + BEAT + LATE
        forget = [self.unreachable.pop() for _ in range(len(self.unreachable))]
        self._write(encode({"do": do, "forget": forget, **request}))

    def receive(self) -> Any:
        """The next answer. Raises LstmcheckError for a fault, an end, and for what takes too long."""
        while "beat" in (answer := self._message()):
            pass
        if "fault" in answer:
            try:
                fault = fault_of_plain(answer["fault"])
            except (KeyError, TypeError):
                raise NoMessageError from None
            raise fault
        if "bug" in answer:
            raise RuntimeError(f"in the process of a target:\n{answer['bug']}")
        return answer["ok"]

    def stop(self) -> None:
        """End it, whatever it is about, and what it has started: who waits for it is told."""
        if not self._gone:  # else its number may be somebody else's
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and whatever it has started."""
        self._kill()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()

    # Bytes in and out.

    def _message(self) -> dict[str, Any]:
        """Raises NoMessageError for what the target itself has written into the pipe."""
        deadline = time.monotonic() + self._limit
        while (message := decode(self._buffer)) is None:
            left = deadline - time.monotonic()
            # In slices: a copy that it has made of itself may hold the pipe open when it has ended.
            if self._exchange(min(max(left, 0.0), SLICE)):
                deadline = time.monotonic() + self._limit
            elif self._process.poll() is not None and not self._exchange(0.0):
                raise self._ended()
            elif left <= 0:
                raise self._too_long()
        if not isinstance(message[0], dict) or not message[0].keys() & {"ok", "beat", "fault", "bug"}:
            raise NoMessageError
        return message[0]

    def _write(self, message: bytes) -> None:
        """All of it, while its output is listened to: it may be busy with that."""
        deadline = time.monotonic() + self._limit
        rest = memoryview(message)
        while rest:
            with suppress(BlockingIOError):
                try:
                    rest = rest[os.write(self._pipes[0].fileno(), rest) :]
                except BrokenPipeError:
                    raise self._ended() from None
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                raise self._too_long()
            self._exchange(left, writing=True)

    def _exchange(self, seconds: float, *, writing: bool = False) -> bool:
        """Take what is there, waiting for so long; whether an answer, or a part of one, was."""
        requests, answers, output = (pipe.fileno() for pipe in self._pipes)
        poll = select.poll()
        poll.register(answers, select.POLLIN)
        if not self._silent:
            poll.register(output, select.POLLIN)
        if writing:
            poll.register(requests, select.POLLOUT)
        ready = {number for number, _ in poll.poll(None if seconds == float("inf") else seconds * 1000)}
        if output in ready:
            self._listen()
        if answers not in ready:
            return False
        portion = os.read(answers, PORTION)
        if not portion:
            raise self._ended()
        self._buffer += portion
        return True

    def _listen(self) -> None:
        portion = os.read(self._pipes[2].fileno(), PORTION)
        self.output.feed(portion)
        self._silent = not portion

    # Ends.

    def _ended(self) -> LstmcheckError:
        """The pipe is closed: how did that happen?"""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(LATE)
        code = self._process.poll()
        self._kill()
        if self._doing == "start":
            what = f"the process for the target could not be started with {sys.executable}."
            return EndedError(Problem(what, self.name, None, self._last_lines()))
        return self._problem(f"{self._what} {describe_end(code)}.")

    def _too_long(self) -> LstmcheckError:
        """Stop it, and have it say where it was: also within C code that no signal of Python's reaches."""
        if self._process.poll() is None:
            with suppress(OSError):
                self._process.send_signal(signal.SIGABRT)
            self._wait(LATE)
        self._kill()
        if self._doing == "start":
            return self._problem(too_long("starting its process", START))
        remedy = f"{MORE} {OFFER}" if self._is_busy_with_a_script else MORE
        return self._problem(too_long(self._what, self.timeout), remedy)

    @property
    def _is_busy_with_a_script(self) -> bool:
        """Whether it is being imported, and its definitions could be taken alone."""
        script = self._file if self._may_be_offered and self._doing == "load" else None
        return script is not None and has_more_than_definitions(script)

    def _problem(self, what: str, remedy: str | None = None) -> LstmcheckError:
        """Told where it was, if it could still say so, with its last words."""
        place, excerpt = self._place()
        below = "\n".join(filter(None, (excerpt, self._last_lines())))
        return EndedError(Problem(what, place, remedy, below or None))

    def _wait(self, seconds: float) -> None:
        """For its end, while it may still write."""
        ends = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < ends:
            poll = select.poll()
            poll.register(self._pipes[2].fileno(), select.POLLIN)
            if poll.poll(20):
                self._listen()

    def _kill(self) -> None:
        """With its whole group: threads and processes of its own end too."""
        self.stop()
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._gone = True
        with suppress(OSError, ValueError):
            while not self._silent:
                self._listen()
        self.output.end()

    @property
    def _what(self) -> str:
        """What it was about, by the name of the function of the target that was called."""
        if frames := self._target_frames():
            name = frames[-1].function
            return "importing it" if name == "<module>" else name
        return WORDS.get(self._doing, "its forward pass")

    def _target_frames(self) -> list[Frame]:
        return [frame for frame in self.output.frames if is_target_code(frame.path)]

    def _place(self) -> tuple[str, str | None]:
        frames = self._target_frames()
        return locate_line(frames[0].path, frames[0].line) if frames else (self.name, None)

    def _last_lines(self) -> str | None:
        if not self.output.last:
            return None
        return "\n".join(["  The last that it wrote:", *(f"    {line}" for line in self.output.last)])
