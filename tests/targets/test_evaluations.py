"""What a target is really given: numbers of its own precision, and complex ones throughout or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from planted_targets import correct
from target_checks import checked, configured, functions

from lstmcheck.api import check
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.lstm.types import Numbers
from lstmcheck.reference.loss_function import moved, random_direction
from lstmcheck.targets.called_network import TargetNetwork
from lstmcheck.targets.running.encoding import NoMessageError, decode, encode
from lstmcheck.targets.target import Target, open_target

PLAIN = correct("plain")


def opened_functions(folder: Path, source: str) -> list[Callable[..., Any]]:
    configured(folder, source)
    return functions(folder / "mine.py", "plain")


def opened(folder: Path, source: str, **settings: Any) -> Target:
    return open_target(configured(folder, source, **settings), functions(folder / "mine.py", "plain"))


def test_the_step_is_the_one_between_the_numbers_that_a_target_gets(tmp_path: Path) -> None:
    """The outputs are W[0, 0], in float32: their difference over the step is 1, to float64's rounding."""
    target = opened(
        tmp_path,
        "import numpy as np\n"
        "def forward(params, x, h0, c0):\n"
        "    y = np.full((len(x), *h0.shape), params['W'][0, 0])\n"
        "    return y, 0 * h0, 0 * c0, None\n"
        "def backward(d_y, d_h, d_c, cache): pass\n",
        target__dtype="float32",
    )
    (info,) = (info for info in target.case.infos if info.name == "W_l0")
    exact = target.case.loss.targets["y"].sum()
    found = TargetNetwork(target).central(info, np.array([0]), np.array([1e-5])).value
    assert abs(found[0] - exact) <= 64 * np.finfo(float).eps * np.abs(target.case.loss.targets["y"]).sum()


@pytest.mark.parametrize("step", [1e-3, 1j])
def test_arrays_are_complex_throughout_or_not_at_all(step: complex, tmp_path: Path) -> None:
    forward, backward = opened_functions(tmp_path, PLAIN)
    seen: list[set[bool]] = []

    def watched(params: dict[str, Numbers], *arrays: Numbers) -> Any:
        seen.append({bool(np.iscomplexobj(array)) for array in (*params.values(), *arrays)})
        return forward(params, *arrays)

    target = open_target(configured(tmp_path, PLAIN), [watched, backward])
    target.at({**target.arrays, "x": target.arrays["x"] + step})
    (info,) = (info for info in target.case.infos if info.name == "x")
    network, entries = TargetNetwork(target), np.array([0])
    if isinstance(step, complex):
        network.complex_step(info, np.repeat(entries, 2))
    else:
        network.central(info, entries, np.array([step]))
    assert seen == [{isinstance(step, complex)}] * 3


LOSSY: dict[str, Callable[[str], str]] = {
    "np.array(…, dtype=float)": lambda text: text.replace(
        "h, c = h0, c0", "h, c = np.array(h0, dtype=float), c0"
    ),
    "astype": lambda text: text.replace("h, c = h0, c0", "h, c = h0, c0.astype(float)"),
    "written into real": lambda text: text.replace(
        "y.append(h)", "y.append(np.zeros(h.shape)); y[-1][...] = h"
    ),
    "a comparison": lambda text: text.replace("y.append(h)", "y.append(float(h[0, 0]) * h)"),
}


@pytest.mark.parametrize("loss", LOSSY)
def test_a_lost_imaginary_part_is_an_error_of_complex_evaluations_alone(loss: str, tmp_path: Path) -> None:
    source = LOSSY[loss](PLAIN)
    assert source != PLAIN
    target = opened(tmp_path, source)
    direction = random_direction(target, 0)
    target.at(moved(target.arrays, direction, 1e-3))
    with pytest.raises(LstmcheckError, match=r"ComplexWarning|TypeError"):
        target.at(moved(target.arrays, direction, 1e-100j))
    target.at(target.arrays)


def test_outputs_that_come_back_real_are_no_error(tmp_path: Path) -> None:
    target = opened(
        tmp_path, PLAIN.replace("return np.stack(y), h, c,", "return np.stack(y).real, h.real, c.real,")
    )
    ran = target.at(moved(target.arrays, random_direction(target, 0), 1e-100j))
    assert target.shares(ran).sum().imag == 0


def test_what_writes_into_its_weights_can_be_complex(tmp_path: Path) -> None:
    """`c *= f` on a real c and complex weights is an error; there is no such mixture."""
    source = PLAIN.replace("h, c = h0, c0\n", "h, c = h0, c0.copy()\n").replace(
        "c = f * c_prev + i * g", "c = c.copy(); c *= f; c += i * g"
    )
    report = checked(tmp_path, source, check__entries=1)
    assert report.verdict == "pass"
    assert report.method.complex_step_trusted


def test_a_limit_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    config = configured(tmp_path, PLAIN, check__entries=1)
    reports: list[Report] = []
    mine = functions(tmp_path / "mine.py", "plain")
    thread = Thread(target=lambda: reports.append(check(config, functions=mine)))
    thread.start()
    thread.join()
    reports.append(check(config, functions=mine))
    there, here = (report.target.notes for report in reports if report.target is not None)
    assert any("the time limit is not enforced" in note for note in there)
    assert here == ()


# Messages.

MESSAGE: dict[str, Any] = {
    "none": None,
    "text": "é\udc80\0",
    "numbers": [1, 2.5, float("inf"), True],
    "nested": {"a": [{"b": []}]},
}
ARRAYS: list[Numbers] = [
    np.array([[np.nan, np.inf, -0.0]]),
    np.array(1 + 2j),
    np.zeros((0, 3)),
    np.arange(6, dtype=">i4").reshape(2, 3).T,
    np.array([1, 2], np.float32),
    np.asarray(0.1),
]


def test_messages_keep_every_bit() -> None:
    buffer = bytearray(encode([MESSAGE, ARRAYS]) + encode("next"))
    found = decode(buffer)
    assert found is not None
    assert found[0][0] == MESSAGE
    for got, sent in zip(found[0][1], ARRAYS, strict=True):
        assert got.tobytes() == sent.astype(sent.dtype.newbyteorder("<")).tobytes()
        assert (got.shape, got.dtype) == (sent.shape, sent.dtype.newbyteorder("<"))
    assert decode(buffer) == ("next",)
    assert decode(buffer) is None


def test_an_object_is_no_message() -> None:
    with pytest.raises(TypeError):
        encode([np.array([object()])])


@pytest.mark.parametrize(
    "text", [b'{"\\u0000array":["<f8",99]}', b'{"\\u0000array":["O",1]}', b"not JSON", b"\xff"]
)
def test_bytes_of_somebody_else_are_no_message(text: bytes) -> None:
    with pytest.raises(NoMessageError):
        decode(bytearray(len(text).to_bytes(8, "little") + (8).to_bytes(8, "little") + text + bytes(8)))
