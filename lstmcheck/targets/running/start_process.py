"""How the process of a target is started: with Python and what this process finds, and nothing else of it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys

from lstmcheck.judge.memory import free_bytes
from lstmcheck.targets.running.call_settings import TargetSettings
from lstmcheck.targets.running.faults import EndedError

BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv.pop());"
    " from lstmcheck.targets.running.child_main import main; main()"
)
"""Not through multiprocessing: that would run the user's own script once more."""
ONE_THREAD = dict.fromkeys(
    ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""As in our own process: the digits must not depend on how many there are."""


def can_start() -> bool:
    """Whether targets can have processes of their own here: pipes must be waited for together."""
    return hasattr(select, "poll") and bool(sys.executable)


def start_python(name: str) -> subprocess.Popen[bytes]:
    """Python in a session of its own, with three pipes; it finds what this process finds."""
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env={**ONE_THREAD, **os.environ},
        )
    except OSError as error:
        raise EndedError(f"no process could be started for it: {error.strerror}.", where=name) from None


def free_memory(settings: TargetSettings) -> int | None:
    """Bytes that the target may allocate; None for a GPU, which reserves addresses that are never used."""
    if settings.device != "cpu" or not sys.platform.startswith("linux"):
        return None
    free = free_bytes()
    if settings.memory is None:
        return free
    return min(free, int(settings.memory * 2**30))
