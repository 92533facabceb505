"""Sources of targets, and the lines of them that are accused."""

from __future__ import annotations

import linecache
import sys
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from lstmcheck.config import make_config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.wrong_line import WrongLine
from lstmcheck.protocol_capabilities import PROTOCOLS
from lstmcheck.targets.loading.modules import import_file
from lstmcheck.targets.target import Target, open_target
from lstmcheck.targets.wrong_lines import wrong_lines

EXAMPLES = Path(__file__).parents[2] / "configs" / "targets"
RIGHT = {
    "plain": ("plain.py", ("backward",)),
    "cs231n-step": ("cs231n_step.py", ("lstm_step_backward",)),
    "cs231n-sequence": ("cs231n_sequence.py", ("lstm_backward",)),
    "course-cell": ("course_cell.py", ("lstm_cell_backward",)),
    "course-sequence": ("course_sequence.py", ("lstm_backward", "lstm_cell_backward")),
    "karpathy": ("karpathy.py", ("backward",)),
    "loss": ("loss.py", ("loss_and_grads",)),
}
"""The examples of each protocol, and the functions that are their backward passes."""
_numbers = count()


def right_source(protocol: str) -> str:
    return (EXAMPLES / RIGHT[protocol][0]).read_text()


def opened(source: str, protocol: str, folder: Path, **target: Any) -> Target:
    """A target of this source, in this process."""
    file = folder / f"case_{next(_numbers)}.py"
    file.write_text(source)
    if str(EXAMPLES) not in sys.path:
        sys.path.insert(0, str(EXAMPLES))
    module = import_file(file)
    sys.modules[module.__name__] = module
    functions = [_found(module, name) for name in PROTOCOLS[protocol].functions]
    settings: Any = {
        "lstm": {"input_size": 3, "hidden_size": 2},
        "target": {"module": module.__name__, "protocol": protocol, **target},
    }
    return open_target(make_config(settings), functions)


def _found(module: Any, name: str) -> Any:
    for part in name.split("."):
        module = getattr(module, part)
    return module


def accused(target: Target, *, conforms: bool = True) -> tuple[WrongLine, ...]:
    """What is said of a target whose gradient fails, or whose outputs are not ours."""
    verdict = "pass" if conforms else "fail"
    report: Any = SimpleNamespace(
        target=SimpleNamespace(conformance=SimpleNamespace(verdict=verdict, matches=())), gradient="fail"
    )
    linecache.checkcache()
    return wrong_lines(target, report)


def is_wrong(source: str, protocol: str, folder: Path) -> bool:
    """Whether it runs, conforms, and gives other gradients than it should."""
    try:
        target = opened(source, protocol, folder)
        ran = target.session.forward(target.arrays)
        found = target.session.backward(target.upstream(ran), ran).arrays
    except LstmcheckError:
        return False
    right = target.case.right
    if PROTOCOLS[protocol].own_loss:
        example = opened(right_source(protocol), protocol, folder)
        ours = example.session.forward(example.arrays)
        if ours.loss != ran.loss:
            return False
        right = example.session.backward(example.upstream(ours), ours).arrays
    with np.errstate(all="ignore"):
        return any(not np.allclose(found[name], right[name], rtol=1e-7, atol=1e-9) for name in found)
