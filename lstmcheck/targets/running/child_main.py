"""The process that a target runs in: it is told what to evaluate, and sends numbers back.

It reads no configuration, judges nothing, and holds nothing that the judge relies on: what a target patches,
closes or breaks here is its own.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.forward import Outputs
from lstmcheck.targets.protocols import Pass, adapter_of
from lstmcheck.targets.running.call_settings import TargetSettings, layout_of_plain
from lstmcheck.targets.running.calling import Caller
from lstmcheck.targets.running.encoding import decode, encode
from lstmcheck.targets.running.faults import CLOSED, plain_fault
from lstmcheck.targets.running.functions import TargetFunctions
from lstmcheck.targets.running.messages import BEAT, plain_pass, plain_returned

HIGH = 500
"""Files of ours are numbered from here: code that closes what it does not know begins at 3."""
PORTION = 2**16
WHY = "target.memory, or what was free when it began"


def main() -> None:
    """Answer requests until there are no more. Started by `ChildProcess`, with its three pipes as 0, 1, 2."""
    link = Link(*_take_pipes())
    setup = link.receive()
    _limit(setup["memory"])
    settings = TargetSettings.of_plain(setup["settings"])
    sys.argv[:] = [settings.file or settings.module or "target"]
    adapter_of(settings.protocol).start(settings.dtype, settings.device)
    link.send({"ok": None})
    Server(link, TargetFunctions(settings, ChildCaller(link.beat, setup["memory"]))).serve()
    os._exit(0)  # whatever threads and exit handlers the target has left


def _take_pipes() -> tuple[int, int]:
    """Requests and answers, as files of our own: 0 is empty, and 1 is 2, which the parent listens to."""
    import faulthandler
    import fcntl
    import resource

    high = min(HIGH, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
    requests, answers, output = (fcntl.fcntl(k, fcntl.F_DUPFD_CLOEXEC, high) for k in (0, 1, 2))
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(2, 1)
    os.close(empty)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    # Says where it was, whatever ends it: the parent sends SIGABRT to what takes too long.
    faulthandler.enable(output, all_threads=False)
    threading.Thread(target=_end_with_parent, args=(requests,), daemon=True).start()
    return requests, answers


def _end_with_parent(requests: int) -> None:
    """Nobody is left to stop this process when the parent has gone."""
    import select
    import signal

    poll = select.poll()
    poll.register(requests, 0)
    with suppress(OSError):
        poll.poll()
        os.killpg(0, signal.SIGKILL)


def _limit(memory: int | None) -> None:
    """No core files; and memory that is not there is a MemoryError, rather than the end of others."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    if memory is not None:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))


class ChildCaller(Caller):
    """Says before every call that the last one is over, if it took long."""

    interruptible = False

    def __init__(self, beat: Callable[[], None], memory: int | None) -> None:
        super().__init__()
        self._beat = beat
        if memory is not None:
            self.limits = f"It may have {memory / 2**30:.3g} GiB: {WHY}."

    def run(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self._beat()
        return function(*arguments, **named)


class Link:
    """The child's ends of the pipes. When the parent has gone there is nothing left to do."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests, self._answers, self._owner = requests, answers, os.getpid()
        self._buffer = bytearray()
        self._sent = time.monotonic()

    def receive(self) -> Any:
        """The next request."""
        while (message := decode(self._buffer)) is None:
            try:
                portion = os.read(self._requests, PORTION)
            except OSError:
                os._exit(CLOSED)
            if not portion:
                os._exit(0)
            self._buffer += portion
        return message[0]

    def send(self, value: Any) -> None:
        """An answer."""
        if os.getpid() != self._owner:  # a copy that the target has made of this process
            os._exit(0)
        message = memoryview(encode(value))
        try:
            while message:
                message = message[os.write(self._answers, message) :]
        except OSError:
            os._exit(CLOSED)
        self._sent = time.monotonic()

    def beat(self) -> None:
        """A sign of life, if there has been none for a while."""
        if time.monotonic() - self._sent > BEAT / 2:
            self.send({"beat": True})


class Server:
    """Does what requests say, one after the other."""

    def __init__(self, link: Link, target: TargetFunctions) -> None:
        self.link, self.target = link, target
        self._passes: dict[int, Pass] = {}
        self._numbers = count()
        self._arrays: dict[str, Any] = {}
        self._evaluated: dict[str, Any] = {}

    def serve(self) -> None:
        while True:
            request = self.link.receive()
            for number in request["forget"]:
                self._passes.pop(number, None)
            try:
                for answer in getattr(self, f"do_{request['do']}")(request):
                    self.link.send({"ok": answer})
            except LstmcheckError as error:
                self.link.send({"fault": plain_fault(error)})
            except Exception:
                self.link.send({"bug": traceback.format_exc()})

    def do_load(self, request: Any) -> Iterator[Any]:
        found = self.target.load()
        yield {"bias": found.bias, "place": found.place, "module": found.module}

    def do_prepare(self, request: Any) -> Iterator[Any]:
        self.target.prepare(layout_of_plain(request["layout"]))
        yield None

    def do_notes(self, request: Any) -> Iterator[Any]:
        yield list(self.target.adapter.notes)

    def do_forward(self, request: Any) -> Iterator[Any]:
        yield self._kept(self.target.forward(request["arrays"], watched=request["watched"]))

    def do_spread(self, request: Any) -> Iterator[Any]:
        yield self._kept(self.target.spread(request["arrays"]))

    def _kept(self, ran: Pass) -> dict[str, Any]:
        """A pass that a backward pass may follow, by its number."""
        number = next(self._numbers)
        self._passes[number] = ran
        return {**plain_pass(ran), "number": number}

    def do_backward(self, request: Any) -> Iterator[Any]:
        ran, upstream = self._passes[request["number"]], Outputs(*request["upstream"])
        yield plain_returned(self.target.backward(upstream, ran, watched=request["watched"]))

    def do_evaluate(self, request: Any) -> Iterator[Any]:
        self._evaluated = {
            name: request["arrays"].get(name, self._evaluated.get(name)) for name in request["names"]
        }
        yield plain_pass(self.target.evaluate(self._evaluated))

    def do_seeded(self, request: Any) -> Iterator[Any]:
        yield plain_pass(self.target.seeded(request["arrays"]))

    def do_wrong_lines(self, request: Any) -> Iterator[Any]:
        layout, upstream = layout_of_plain(request["layout"]), Outputs(*request["upstream"])
        found = self.target.wrong_lines(layout, request["arrays"], upstream, request["is_backward"])
        yield [asdict(line) for line in found]

    def do_place(self, request: Any) -> Iterator[Any]:
        self._arrays = request["arrays"]
        yield None

    def do_moved(self, request: Any) -> Iterator[Any]:
        moved = self.target.moved(self._arrays, request["name"], request["entries"], request["values"])
        yield from map(plain_pass, moved)
