"""What is said of a target beside its gradients, in sentences and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lstmcheck.conventions.table import Convention
from lstmcheck.judge.results import Conformance, Match, Purity, Report, TargetAnswers, finite
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run import coverage


def head(target: TargetAnswers) -> str:
    """Which code was checked."""
    return f"target {target.name}, protocol {target.protocol}"


def sentences(report: Report) -> Iterator[str]:
    """The answers, apart; then what is not covered, and what else there is to know."""
    target = report.target
    if target is not None:
        yield _gradient(report, target)
        yield _conformance(target.conformance)
        yield _purity(target.purity)
    yield from coverage.sentences(report)
    if target is not None:
        yield from (f"Note: {note}." for note in target.notes)


def answers(report: Report) -> Iterator[tuple[str, Verdict, str]]:
    """Name, verdict and sentence of what is asked beside the gradient."""
    if report.target is not None:
        if report.target.conformance is not None:
            yield "conformance", report.target.conformance.verdict, _conformance(report.target.conformance)
        yield "purity", report.target.purity.verdict, _purity(report.target.purity)
    if found := coverage.answer(report):
        yield "coverage", *found


HOW = {"central": "differences", "richardson": "differences", "complex": "complex steps"}


def _gradient(report: Report, target: TargetAnswers) -> str:
    """The verdict, and what was really compared with what."""
    used = dict.fromkeys(HOW.get(name, name) for name, count in report.method.entries.items() if count)
    whose = "its own forward pass"
    if target.judged_by_ours:
        whose = f"our float64 forward pass at the same numbers, as its own computes in {target.precision}"
    return f"Gradient: {report.gradient}: its backward pass against {' and '.join(used)} of {whose}."


def brief(name: str, report: Report) -> str:
    """Why the conformance or the purity did not pass, within a line."""
    assert report.target is not None
    if name == "conformance":
        assert report.target.conformance is not None
        return str(report.target.conformance.where)
    purity = report.target.purity
    first, *others = *purity.problems, *purity.warnings
    return f"{first} and {len(others)} more" if others else first


def _conformance(found: Conformance | None) -> str:
    if found is None:
        return "Conformance: not asked: it shows no outputs, only its loss."
    declared = f"{found.declared.name} ({_gates(found.declared)})"
    if found.verdict == Verdict.PASS:
        return f"Conformance: pass: its outputs are ours, as {declared}, within {found.max_error:.1e}."
    if found.verdict == Verdict.INCONCLUSIVE:
        return f"Conformance: inconclusive: in our network as declared {found.where} at these numbers."
    off = f"declared {declared}, and its outputs are not ours: {found.where}"
    if not found.matches:
        why = f"No explanation: {found.note}" if found.note else "No known convention or variant gives them"
        return f"Conformance: fail: {off}. {why}."
    told = "; or ".join(_match(match) for match in found.matches)
    return f"Conformance: fail: {off}. Your forward pass is ours if {told}."


def _match(match: Match) -> str:
    names = f" (as {', '.join(match.names)})" if match.names else ""
    return f"{' and '.join(match.changes)}{names}"


def _gates(convention: Convention) -> str:
    return " ".join(convention.gates)


def _purity(found: Purity) -> str:
    told = "; ".join((*found.problems, *found.warnings))
    if found.verdict == Verdict.FAIL:
        return f"Purity: fail: {told}."
    if found.warnings:
        return (
            f"Purity: pass, with a warning: {told}. It does no harm here; target.strict: true makes it fail."
        )
    return "Purity: pass: the same calls give the same bits, and leave their arguments as they were."


def conformance(report: Report) -> dict[str, Any] | None:
    """The answer as JSON has it; None without a target, or where it shows no outputs."""
    found = report.target.conformance if report.target else None
    if found is None:
        return None
    return {
        "verdict": found.verdict,
        "max_error": finite(found.max_error),
        "allowed": finite(found.allowed),
        "declared": asdict(found.declared),
        "matches": [
            {**asdict(match.convention), "changes": list(match.changes), "names": list(match.names)}
            for match in found.matches
        ],
        "where": found.where,
        "note": found.note,
    }


def purity(report: Report) -> dict[str, Any] | None:
    """The answer as JSON has it; None without a target."""
    if report.target is None:
        return None
    found = report.target.purity
    return {"verdict": found.verdict, "problems": list(found.problems), "warnings": list(found.warnings)}


def target(report: Report) -> dict[str, Any] | None:
    """What was checked, and what else is known of it."""
    found = report.target
    if found is None:
        return None
    return {
        "name": found.name,
        "protocol": found.protocol,
        "precision": found.precision,
        "gradient": report.gradient,
        "hidden_mistakes": list(found.hidden),
        "notes": list(found.notes),
    }
