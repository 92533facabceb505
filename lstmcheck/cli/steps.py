"""The work of `lstmcheck steps`."""

from __future__ import annotations

import re
from pathlib import Path

from lstmcheck import api
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.cli.outputs import Outputs
from lstmcheck.cli.planting import planted_backward
from lstmcheck.cli.target_options import TargetOptions, refuse_mistakes_elsewhere
from lstmcheck.config import load
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.measured_curves import worst_entry
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.judge.step_curves import Direction
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.gates import gate_label
from lstmcheck.report.plot_file import refuse_unplottable
from lstmcheck.report.progress import progress
from lstmcheck.report.steps.content import StepsContent
from lstmcheck.report.steps.plot import write

ENTRY = re.compile(r"(?P<gate>\w+)(\[(?P<index>\d+(\s*,\s*\d+)*)\])?")
EXAMPLE = "Name one as W_f[2,1], or a gate as W_f."


def steps(
    config: str,
    entry: str | None,
    seed: int | None,
    overrides: list[str] | None,
    mistake: list[str] | None,
    target: str | None,
    protocol: str | None,
    convention: str | None,
    timeout: float | None,
    gradients: str | None,
    command: str | None,
    output_format: str,
    exports: list[str] | None,
    plot: Path | None,
) -> None:
    """The curves of one entry, on stdout and in files."""
    options = TargetOptions(target, protocol, convention, timeout, gradients=gradients, command=command)
    loaded = load(config, seed=seed, overrides=[*(overrides or []), *options.overrides])
    refuse_mistakes_elsewhere([loaded], mistake or [])
    if plot is not None:
        refuse_unplottable(plot)
    with Outputs("steps", loaded.name, output_format, exports, [config]) as outputs:
        backward = planted_backward(mistake, loaded) if mistake else Backward
        with progress(loaded.name) as advance:
            report = api.check(
                loaded,
                progress=advance,
                backward=backward,
                explain=False,
                steps=worst_entry if entry is None else lambda report: _find(report, entry),
            )
        if report.steps is None:
            raise LstmcheckError("its forward pass cannot be run at other steps.", where=loaded.name)
        content = StepsContent(report)
        with pipe_may_close():
            outputs.write(content)
    if plot is not None:
        write(content, plot)


def _find(report: Report, entry: str) -> Direction:
    """What `--entry` names. Raises LstmcheckError."""
    where = f"--entry {entry}"
    match = ENTRY.fullmatch(entry.strip())
    if match is None:
        raise LstmcheckError("this is no entry.", where=where, remedy=EXAMPLE)
    gates = [gate for gate in report.blocks if match["gate"] in _names(gate)]
    if not gates:
        known = list(dict.fromkeys(name for gate in report.blocks for name in _names(gate)))
        what = f"there is no gate {match['gate']}."
        raise LstmcheckError(what, where=where, remedy=f"There are {', '.join(known)}.")
    if len(gates) > 1:
        labels = ", ".join(gate.label for gate in gates)
        what = f"{match['gate']} may be any of {labels}."
        raise LstmcheckError(what, where=where, remedy="Name one of them.")
    (gate,) = gates
    if match["index"] is None:
        return Direction(gate.info, gate.gate, None)
    index = tuple(int(part) for part in match["index"].split(","))
    if len(index) != len(gate.shape) or any(i >= n for i, n in zip(index, gate.shape, strict=True)):
        shape = " × ".join(map(str, gate.shape))
        what = f"{gate.label} is {shape}, and has no entry [{','.join(map(str, index))}]."
        raise LstmcheckError(what, where=where, remedy="Entries count from 0.")
    return Direction(gate.info, gate.gate, index)


def _names(gate: GateResult) -> tuple[str, ...]:
    """`W_l0_f`, and `W_f` as reports say where there is but one."""
    return gate.label, gate_label(gate.info.block, gate.gate)
