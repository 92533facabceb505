"""Targets written to a file and checked."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any

from lstmcheck.api import check
from lstmcheck.config import Config, parse
from lstmcheck.judge.results import Report
from lstmcheck.protocol_capabilities import PROTOCOLS

SIZES = {"lstm.input_size": 2, "lstm.hidden_size": 3, "sequence.length": 4, "sequence.batch": 2}
"""Small, with no two alike that a mistake could exchange."""


SEPARATE = "{gates: ifgo, weights: rows, split: separate}"
"""The convention of `in_separate_arrays`."""


def in_separate_arrays(plain: str, without: list[str]) -> str:
    """A plain implementation whose gates have arrays of their own; the gradients of some do not come back."""
    return f"""{plain}
stacked_forward, stacked_backward = forward, backward

def forward(params, x, h0, c0):
    blocks = {{b: np.concatenate([params[f"{{b}}_{{k}}"] for k in "ifgo"]) for b in "WUb"}}
    return stacked_forward(blocks, x, h0, c0)

def backward(d_y, d_h, d_c, cache):
    found = stacked_backward(d_y, d_h, d_c, cache)
    apart = {{f"{{b}}_{{k}}": a for b in "WUb" for k, a in zip("ifgo", np.split(found.pop(b), 4))}}
    return found | {{name: a for name, a in apart.items() if name not in {without}}}
"""


def configured(folder: Path, source: str, protocol: str = "plain", **settings: Any) -> Config:
    """A configuration beside a target `mine.py` with this source; `a__b=1` sets the key a.b."""
    (folder / "mine.py").write_text(source)
    text = "lstm: {input_size: 1, hidden_size: 1}\ntarget: {file: mine.py, protocol: %s}\n" % protocol  # noqa: UP031
    chosen = SIZES | {key.replace("__", "."): value for key, value in settings.items()}
    overrides = [f"{key}={value}" for key, value in chosen.items()]
    return parse(text, name=str(folder / "target.yaml"), overrides=overrides)


def checked(
    folder: Path, source: str, protocol: str = "plain", *, explain: bool = False, **settings: Any
) -> Report:
    """The report of a target with this source, whose functions are called here: that takes no process.

    How it behaves otherwise is asked where a test says so.
    """
    settings.setdefault("target__behaviour", "[]")
    config = configured(folder, source, protocol, **settings)
    return check(config, functions=functions(folder / "mine.py", protocol), explain=explain)


def checked_apart(
    folder: Path, source: str, protocol: str = "plain", *, processes: int = 1, **settings: Any
) -> Report:
    """The same, of the file: in a process of its own, or in several."""
    config = configured(folder, source, protocol, **settings)
    return check(config, processes=processes, explain=False)


def functions(path: Path, protocol: str) -> list[Callable[..., Any]]:
    """Those that the protocol calls, of a module that nobody else has imported."""
    module = ModuleType(path.stem)
    exec(compile(path.read_text(), path, "exec"), vars(module))
    return [attrgetter(name)(module) for name in PROTOCOLS[protocol].functions]
