"""The report as JSON: stable keys, no NaN."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lstmcheck import __version__
from lstmcheck.judge.results import GateResult, NotRun, Ran, finite
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run import coverage, diagnosis, notes, target

SCHEMA_VERSION = 1


def dumps(reports: Sequence[Ran]) -> str:
    """One report as an object; several as one object with a list of them and the worst verdict."""
    if len(reports) == 1:
        return _text(document(reports[0]))
    verdict = Verdict.worst(report.verdict for report in reports)
    return _text({**head("run"), "verdict": verdict, "reports": [document(report) for report in reports]})


def lines(reports: Sequence[Ran]) -> Iterator[str]:
    """One line for each report."""
    for report in reports:
        yield json.dumps(document(report), allow_nan=False, ensure_ascii=False) + "\n"


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n"


def head(command: str) -> dict[str, Any]:
    """What every document begins with."""
    tool = {"name": "lstmcheck", "version": __version__}
    return {"schema_version": SCHEMA_VERSION, "tool": tool, "command": command}


def document(report: Ran) -> dict[str, Any]:
    """A report as plain data, or why there is none."""
    if isinstance(report, NotRun):
        return {**head("run"), **not_run(report)}
    counts = {what: report.count(what) for what in ("passed", "failed", "inconclusive", "unmeasurable")}
    method = report.method
    return {
        **head("run"),
        "name": report.config.name,
        "config": report.config.model_dump(mode="json"),
        "seed": report.config.seed,
        "verdict": report.verdict,
        "summary": {
            "entries": report.entries,
            "total": report.total,
            **counts,
            "smallest_detectable_error": finite(report.smallest_detectable_error),
        },
        "blocks": [_block(gate) for gate in report.blocks],
        "conformance": target.conformance(report),
        "purity": target.purity(report),
        "coverage": coverage.document(report),
        "target": target.target(report),
        "diagnosis": diagnosis.suspects(report),
        "localisation": diagnosis.localisation(report),
        "method": {
            "reference": method.reference,
            "step": None if method.step is None else finite(method.step),
            "noise": finite(method.noise),
            "evaluations": method.evaluations,
            "complex_step_trusted": method.complex_step_trusted,
            "entries": dict(method.entries),
        },
        "timing": {"seconds": report.seconds},
        "error": None,
        "environment": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "platform": platform.platform(),
        },
    }


def not_run(failure: NotRun) -> dict[str, Any]:
    """What was in the way of a configuration: `error` is the first problem, `problems` has all of them."""
    problems = [{"what": p.what, "where": p.where, "remedy": p.remedy} for p in failure.problems]
    return {"name": failure.name, "verdict": failure.verdict, "error": problems[0], "problems": problems}


def _block(gate: GateResult) -> dict[str, Any]:
    worst = gate.worst
    return {
        "array": gate.info.name,
        "block": gate.info.block,
        "layer": gate.info.layer,
        "reverse": gate.info.reverse,
        "gate": gate.gate,
        "shape": list(gate.shape),
        "entries": gate.entries,
        "passed": gate.passed,
        "failed": gate.failed,
        "inconclusive": gate.inconclusive,
        "unmeasurable": gate.unmeasurable,
        "resolved": gate.resolved,
        "max_abs_error": finite(gate.max_abs_error),
        "rel_error": finite(gate.rel_error),
        "uncertainty": finite(gate.uncertainty),
        "tolerance": finite(gate.tolerance),
        "scale": finite(gate.scale),
        "verdict": gate.verdict,
        "worst": {
            "index": list(worst.index),
            "analytic": finite(worst.analytic),
            "reference": finite(worst.reference),
            "uncertainty": finite(worst.uncertainty),
        },
        "note": notes.describe(gate),
    }
