"""Runs one trial and says how its verdict fared."""

from __future__ import annotations

import contextlib
import io
import re
import time
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from trial_errors import Error, Place
from trial_networks import Network, Random, draw_network, with_method
from trial_subjects import Foreign, Own

from lstmcheck import LstmcheckError
from lstmcheck.report.run.notes import describe

Record = dict[str, Any]
"""Of one trial, as JSON takes it."""
TO_LOOK_AT = ("accused", "missed", "crashed")


def network_of(seed: int, number: int, kind: str, method: str) -> tuple[Network, Random]:
    """Trials 2k and 2k + 1 have the same network, the second with an error; the stream for all the rest."""
    network = draw_network(np.random.default_rng([seed, number // 2]), kind)
    return with_method(network, method), np.random.default_rng([seed, number // 2, 1])


def run_trial(seed: int, number: int, kind: str, method: str, *, keep: bool = False) -> Record:
    """One trial, whatever happens in it; `keep` leaves its file of arrays, and all gates of its report."""
    network, random = network_of(seed, number, kind, method)
    wrong = bool(number % 2)
    record: Record = {
        "number": number,
        "kind": network.kind,
        "wrong": wrong,
        "config": network.config.portable(),
    }
    started = time.perf_counter()
    said = io.StringIO()
    with contextlib.redirect_stderr(said), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            with network.written(keep=keep):
                record |= _judged(network, random, wrong)
        except LstmcheckError as error:
            record |= {"outcome": "refused", "reason": _without_numbers(error.problems[0].what)}
        except Exception:
            record |= {"outcome": "crashed", "reason": traceback.format_exc()}
    noise = [*(f"{w.filename}:{w.lineno}: {w.message}" for w in warned), *said.getvalue().splitlines()]
    if noise:
        record |= {"outcome": "crashed", "reason": "\n".join([record.get("reason") or "", *noise]).strip()}
    rows = record.pop("rows", [])
    kept = {"rows": rows} if keep or record["outcome"] in TO_LOOK_AT else {}
    return record | kept | {"seconds": time.perf_counter() - started}


def _judged(network: Network, random: Random, wrong: bool) -> Record:
    subject = Own(network, random, wrong) if network.kind == "own" else Foreign(network, random, wrong)
    report = subject.check()
    error = subject.planter.error if wrong else None
    outcome, gate = _outcome(report, error, network)
    return {
        "outcome": outcome,
        "verdict": str(report.gradient),
        "variant": subject.description,
        "error": str(error) if error else None,
        "relative": error.relative if error and np.isfinite(error.relative) else None,
        "gate": row_of(gate) if gate else None,
        "reason": _without_numbers(str(describe(gate) or "no note")) if gate else None,
        "rows": [row_of(block) for block in report.blocks],
    }


def _outcome(report: Any, error: Error | None, network: Network) -> tuple[str, Any]:
    """What became of it, and the gate to look at."""
    mine = [b for b in report.blocks if error and _holds(b, error.place)]
    others = [b for b in report.blocks if b not in mine]
    failed = [b for b in others if b.verdict == "fail"]
    if accused := [b for b in failed if not _overflows_by_itself(b)]:
        return "accused", max(accused, key=lambda b: b.rel_error)
    if error is None:
        undecided = _undecided(others)
        return (
            ("overflow", failed[0]) if failed else ("undecided", undecided) if undecided else ("passed", None)
        )
    if any(b.verdict == "fail" for b in mine):
        return "caught", None
    if undecided := _undecided(mine or others):
        return "undecided", undecided
    if mine and all(_below_tolerance(b, error, network.config) for b in mine):
        return "below", mine[0]
    return "missed", mine[0] if mine else None


def _undecided(blocks: Sequence[Any]) -> Any:
    """The first that is, one with a note before others; None where there is none."""
    open_gates = [b for b in blocks if b.verdict == "inconclusive"]
    return next((b for b in open_gates if b.notes), open_gates[0] if open_gates else None)


def _overflows_by_itself(block: Any) -> bool:
    """A gradient that is right as a formula, and not finite where its derivative is known to be."""
    known = np.isfinite(block.worst.reference) and block.uncertainty < 1
    return bool(known and not np.isfinite(block.worst.analytic))


def _holds(block: Any, place: Place) -> bool:
    return bool(block.info.name == place.array and block.gate == place.gate)


def _below_tolerance(block: Any, error: Error, config: Any) -> bool:
    """Within rtol of the gate's scale, or below what the report claims to see, if that is below the scale.

    Or in steps of x that it says are too small to be told from zero.
    """
    size, scale = error.largest, error.scale
    seen, seen_here = block.smallest_detectable_error, block.smallest_detectable_error * block.scale
    told = block.gate is None and block.resolved < block.passed and size <= seen_here * ROUNDED
    return bool(size <= max(config.check.rtol, seen * (seen < 1)) * scale * ROUNDED or told)


ROUNDED = 1.001
"""The report's scale is a reference, ours the analytic gradient."""


def _without_numbers(text: str) -> str:
    """So that the same reason is the same text."""
    return re.sub(r"\d[\d.,]*(e[+-]?\d+)?", "N", text)


def row_of(gate: Any) -> str:
    """One line of what the report says."""
    name = f"{gate.info.name} {gate.gate or ''}".ljust(16)
    worst, methods = gate.worst, " ".join(f"{n} {name}" for name, n in gate.methods.items() if n)
    return (
        f"{name} {gate.verdict!s:12} error {gate.rel_error:.1e} ± {gate.uncertainty:.1e} of {gate.scale:.1e},"
        f" seen from {gate.smallest_detectable_error:.1e}; worst {list(worst.index)}: {worst.analytic:.6e}"
        f" against {worst.reference:.6e} ± {worst.uncertainty:.1e} ({methods}); {describe(gate) or ''}"
    )
