"""What is said of a target beside its gradients, in sentences and as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lstmcheck.conventions.table import Convention
from lstmcheck.results import Conformance, Match, Purity, Report, TargetAnswers, finite
from lstmcheck.verdict import Verdict


def head(target: TargetAnswers) -> str:
    """Which code was checked."""
    return f"target {target.name}, protocol {target.protocol}"


def sentences(report: Report) -> Iterator[str]:
    """The three answers, apart; then what is not covered, and what else there is to know."""
    target = report.target
    if target is None:
        return
    yield f"Gradient: {report.gradient}: its backward pass against differences of its own forward pass."
    yield _conformance(target.conformance)
    yield _purity(target.purity)
    if report.not_covered:
        yield f"Not covered: {', '.join(report.not_covered)}.{_hidden(target)}"
    yield from (f"Note: {note}." for note in target.notes)


def answers(report: Report) -> Iterator[tuple[str, Verdict, str]]:
    """Name, verdict and sentence of what is asked beside the gradient."""
    if report.target is None:
        return
    if report.target.conformance is not None:
        yield "conformance", report.target.conformance.verdict, _conformance(report.target.conformance)
    yield "purity", report.target.purity.verdict, _purity(report.target.purity)


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
        return f"Purity: pass, with a warning: {told}. It does no harm here; --strict makes it fail."
    return "Purity: pass: the same calls give the same bits, and leave their arguments as they were."


def _hidden(target: TargetAnswers) -> str:
    if not target.hidden:
        return ""
    count = len(target.hidden)
    return f" {count} known mistake{'s'[: count > 1]} could hide there: {', '.join(target.hidden)}."


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
