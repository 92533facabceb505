"""A target's file runs in a process of its own: whatever it does there is one message, and harms nobody."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from nonconforming_targets import source as nonconforming
from planted_targets import correct
from target_checks import checked_apart, configured
from test_faults import replaced_backward, replaced_forward

from lstmcheck.api import check
from lstmcheck.config import load
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.targets.running.captured_output import CapturedOutput
from lstmcheck.targets.running.faults import EndedError

PLAIN = correct("plain")
QUICK: dict[str, Any] = {"check__entries": 1}
GO_ON = "return right(params, x, h0, c0)"
ENDS = {
    "os._exit": (
        replaced_forward("import os; print('so far'); os._exit(0)"),
        r"mine\.py: its forward pass ended its process, with exit code 0\.\n.*wrote:\n    so far",
    ),
    "a signal": (
        replaced_backward("import os, signal; os.kill(os.getpid(), signal.SIGTERM)"),
        r"mine\.py: its backward pass ended its process by SIGTERM",
    ),
    "os.abort": (
        replaced_forward("import os; os.abort()"),
        r"mine\.py:\d+: forward ended its process by SIGABRT.*\n  \d+ |     import os; os\.abort\(\)",
    ),
    "a segmentation fault": (
        replaced_backward("import ctypes; ctypes.string_at(0)"),
        r"mine\.py:\d+: backward ended its process by SIGSEGV",
    ),
    "an exit at import": ("import os; os._exit(3)", r"importing it ended its process, with exit code 3"),
    "all files closed": (
        replaced_forward(f"import os; os.closerange(0, 4096); {GO_ON}"),
        r"mine\.py: its forward pass closed the files of its process",
    ),
    "a loop at import": (
        "while True:\n    pass",
        r"mine\.py:\d+: importing it had not returned after 0\.4 s",
    ),
    "a loop": (
        replaced_forward("helper()")
        + "def helper():\n    while True:\n        try: x = 1\n        except: pass\n",
        r"mine\.py:\d+: forward had not returned after 0\.4 s",
    ),
    "a hang in C that holds the interpreter": (
        replaced_backward("import ctypes; ctypes.PyDLL(None).sleep(100)"),
        r"mine\.py:\d+: backward had not returned after 0\.4 s",
    ),
    "all memory": (
        replaced_forward("held = []\n    while True: held.append(np.zeros(2**27))"),
        r"mine\.py:\d+: forward raised MemoryError.* It may have .* GiB",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_whatever_ends_it_is_one_message(end: str, tmp_path: Path) -> None:
    source, message = ENDS[end]
    with pytest.raises(EndedError) as caught:
        checked_apart(tmp_path, source, target__timeout=0.4)
    assert len(caught.value.problems) == 1
    assert re.search(message, str(caught.value))


HARMLESS = {
    "streams closed": "import sys; sys.stdout.close(); sys.stderr.close()",
    "files closed": "import os; os.close(0); os.close(1); os.close(2); os.closerange(3, 64)",
    "many lines": "import sys; sys.stdout.write('many\\n' * 1000000)",
    "copies of it": "import os; right_fork = os.fork()",
    "a thread": "import threading, time; threading.Thread(target=time.sleep, args=(1000,)).start()",
    "warnings as errors": "import warnings, sys; warnings.simplefilter('error'); sys.path.clear()",
}


@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_it_does_to_its_own_process_harms_nobody(harmless: str, tmp_path: Path) -> None:
    report = checked_apart(tmp_path, f"{HARMLESS[harmless]}\n{PLAIN}", **QUICK)
    assert report.verdict == "pass"


def test_what_it_writes_stays_out_of_the_result(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = f"import os\nprint('hello')\nos.write(1, b'from C\\n')\nos.write(2, b'aside\\n')\n{PLAIN}"
    report = checked_apart(tmp_path, source, **QUICK)
    assert capfd.readouterr() == ("", "")
    assert report.target is not None
    assert any("its first line: hello" in note for note in report.target.notes)


def test_it_cannot_touch_the_judge(tmp_path: Path) -> None:
    patched = "import lstmcheck.judge.judging\nlstmcheck.judge.judging.gate_results = lambda *found: []\n"
    wrong = replaced_backward("g = right(d_y, d_h, d_c, cache); g['b'] = -g['b']; return g")
    assert checked_apart(tmp_path, patched + wrong, **QUICK).gradient == "fail"


def test_processes_that_it_has_started_end_with_it(tmp_path: Path) -> None:
    source = f"""import subprocess, sys
from pathlib import Path
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
(Path(__file__).parent / "pid").write_text(str(started.pid))
{PLAIN}"""
    assert checked_apart(tmp_path, source, **QUICK).verdict == "pass"
    assert ended(int((tmp_path / "pid").read_text()))


def ended(pid: int) -> bool:
    """Whether a process has ended, now or soon."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            with suppress(OSError):
                if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    return True
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_target_that_hangs_is_not_asked_again(tmp_path: Path) -> None:
    """Not under other conventions either, though arrays of theirs have other shapes."""
    source = replaced_forward("import os; os.write(log, b'x')\n    while True: pass")
    source += (
        f"import os\nlog = os.open({str(tmp_path / 'calls')!r}, os.O_CREAT | os.O_WRONLY | os.O_APPEND)\n"
    )
    with pytest.raises(LstmcheckError, match="had not returned"):
        checked_apart(tmp_path, source, target__timeout=0.3)
    assert (tmp_path / "calls").read_bytes() == b"x"


def test_another_thread_has_its_time_limit_too(tmp_path: Path) -> None:
    config = configured(tmp_path, replaced_forward("while True: pass"), target__timeout=0.3)
    caught: list[LstmcheckError] = []

    def run() -> None:
        try:
            check(config)
        except LstmcheckError as error:
            caught.append(error)

    thread = Thread(target=run)
    thread.start()
    thread.join()
    assert "forward had not returned after 0.3 s" in str(caught[0])


def test_an_end_among_complex_numbers_leaves_the_rest(tmp_path: Path) -> None:
    source = replaced_forward(f"import os\n    if np.iscomplexobj(x): os._exit(1)\n    {GO_ON}")
    report = checked_apart(tmp_path, source, check__reference="complex", check__blocks="[U]", **QUICK)
    assert report.gradient == "pass"
    assert not report.method.complex_step_trusted


def test_several_processes_give_the_same_report(tmp_path: Path) -> None:
    given = (tmp_path, correct("course-cell"), "course-cell")
    one, two = (checked_apart(*given, check__entries=2, processes=n) for n in (1, 2))
    assert one.blocks == two.blocks


def test_an_end_in_one_of_several_processes_is_the_same_message(tmp_path: Path) -> None:
    source = replaced_forward(f"import os\n    if calls.pop() < 1: os._exit(7)\n    {GO_ON}")
    source += "calls = list(range(120))\n"
    with pytest.raises(LstmcheckError, match="its forward pass ended its process, with exit code 7"):
        checked_apart(tmp_path, source, processes=2)


# Several targets.


@pytest.fixture
def alike(tmp_path: Path) -> tuple[Path, Path]:
    """A right target and a wrong one, each with a `helper.py` beside it."""
    for name, factor in (("right", "1"), ("wrong", "2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper.py").write_text(f"FACTOR = {factor}\n")
        source = "from helper import FACTOR\n" + replaced_backward(
            "g = right(d_y, d_h, d_c, cache); g['U'] = FACTOR * g['U']; return g"
        )
        configured(tmp_path / name, source)
        text = "lstm: {input_size: 2, hidden_size: 3}\ncheck: {entries: 1}\ntarget: {file: mine.py}\n"
        (tmp_path / name / "target.yaml").write_text(text)
    return tmp_path / "right", tmp_path / "wrong"


def checked_in(folder: Path) -> Report:
    return check(load(folder / "target.yaml"), explain=False)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["right first", "wrong first"])
def test_targets_with_helpers_of_one_name_do_not_touch_each_other(
    order: tuple[int, int], alike: tuple[Path, Path]
) -> None:
    found = {k: checked_in(alike[k]).gradient for k in order}
    assert found == {0: "pass", 1: "fail"}


def test_a_script_without_a_guard_can_use_several(alike: tuple[Path, Path], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from lstmcheck import check, load\n"
        f"print(check(load({str(alike[0] / 'target.yaml')!r}), processes=2).verdict)\n"
    )
    found = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert (found.stdout, found.stderr) == ("pass\n", "")


def test_the_layout_that_it_takes_is_told(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"mine\.py:\d+: forward raised .* As keras it runs"):
        checked_apart(tmp_path, nonconforming(weights="columns"), **QUICK)


# What it writes.


def test_the_first_line_and_the_last_ones_are_kept() -> None:
    output = CapturedOutput()
    for k in range(1000):
        output.feed(f"line {k}\n".encode())
    output.feed(b"\x1b[31mred\x1b[0m\tand no end" + b"." * 10**6)
    output.end()
    assert output.first == "line 0"
    assert [line[:14] for line in output.last][-2:] == ["line 999", "red and no end"]
    assert sum(map(len, output.last)) < 10**4


ONE_COMPLEX = f"""{PLAIN}
right = forward
def forward(params, x, h0, c0):
    if np.iscomplexobj(x) and np.count_nonzero(np.imag(x)) == 1:
        raise TypeError("no complex entry")
    return right(params, x, h0, c0)
right_backward = backward
def backward(*a):
    g = right_backward(*a)
    return g | {{"x": 1.01 * g["x"]}}
"""


def test_a_fault_that_is_survived_leaves_every_process_ready(tmp_path: Path) -> None:
    """Several are stopped together by a fault in one, and the check goes on with differences."""
    some: dict[str, Any] = {"check__blocks": "[x, h0, c0]", **QUICK}
    one, two = (checked_apart(tmp_path, ONE_COMPLEX, processes=n, **some) for n in (1, 2))
    assert (one.gradient, two.gradient) == ("fail", "fail")
    assert one.blocks == two.blocks


def test_a_copy_that_outlives_a_target_is_not_waited_for(tmp_path: Path) -> None:
    forks = "import os, time\n    if os.fork() == 0:\n        time.sleep(30)\n    os.kill(os.getpid(), 9)"
    config = configured(tmp_path, replaced_forward(forks), target__timeout=20, **QUICK)
    started = time.monotonic()
    with pytest.raises(EndedError, match="ended its process by SIGKILL"):
        check(config)
    assert time.monotonic() - started < 15


def test_a_module_of_the_working_directory_does_not_stand_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError")
    monkeypatch.chdir(tmp_path)
    assert checked_apart(tmp_path, PLAIN, **QUICK).gradient == "pass"
