"""What is said of a target beside its gradients, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from lstmcheck.conventions.table import Convention
from lstmcheck.judge.results import Report
from lstmcheck.judge.target_answers import Behaviour, Match, Purity, TargetAnswers
from lstmcheck.judge.verdict import Verdict
from lstmcheck.protocol_capabilities import GRADIENTS
from lstmcheck.reference.kinds import KINDS
from lstmcheck.report.run import coverage
from lstmcheck.report.run.diagnosis import declaring


def head(target: TargetAnswers) -> str:
    """Which code was checked."""
    if target.protocol == GRADIENTS:
        return f"gradients of {target.name}"
    return f"target {target.name}, protocol {target.protocol}"


def sentences(report: Report) -> Iterator[str]:
    """The answers, apart; then what is not covered, and what else there is to know."""
    return (sentence for _, sentence in judged_sentences(report))


def judged_sentences(report: Report, *, whole: bool = True) -> Iterator[tuple[Verdict | None, str]]:
    """The same, each beside the verdict that it tells; None of what tells none. `whole`: with long lists."""
    target = report.target
    if target is not None:
        yield report.gradient, _gradient(report, target)
        yield target.conformance.verdict if target.conformance else None, _conformance(target)
        if target.purity is not None:
            yield target.purity.verdict, _purity(target.purity)
        yield from ((each.verdict, behaviour(each)) for each in target.behaviour)
    yield from coverage.judged_sentences(report, whole=whole)
    if target is not None:
        yield from ((None, f"Note: {note}.") for note in target.notes)


def answers(report: Report) -> Iterator[tuple[str, Verdict | None, str]]:
    """Name, verdict and sentence of what is asked beside the gradient; None of what could not be asked."""
    if report.target is not None:
        if report.target.conformance is not None:
            yield "conformance", report.target.conformance.verdict, _conformance(report.target)
        if report.target.purity is not None:
            yield "purity", report.target.purity.verdict, _purity(report.target.purity)
        for each in report.target.behaviour:
            yield each.check, each.verdict, behaviour(each)
    if answer := coverage.answer(report):
        yield "coverage", *answer


def with_warnings(report: Report) -> set[str]:
    """Names of the answers that warn of something, whether that fails or not."""
    target = report.target
    if target is None:
        return set()
    careless = {"purity"} if target.purity and target.purity.warnings else set()
    return careless | {each.check for each in target.behaviour if each.warnings}


HOW = {kind.name: kind.plural for kind in KINDS}


def _gradient(report: Report, target: TargetAnswers) -> str:
    """The verdict, and what was really compared with what."""
    used = dict.fromkeys(HOW.get(name, name) for name, count in report.method.entries.items() if count)
    if target.protocol == GRADIENTS:
        return f"Gradient: {report.gradient}: those of the file against {' and '.join(used)} of ours."
    whose = "its own forward pass"
    if target.judged_by_ours:
        whose = f"our float64 forward pass at the same numbers, as its own computes in {target.precision}"
    return f"Gradient: {report.gradient}: its backward pass against {' and '.join(used)} of {whose}."


def brief(name: str, report: Report) -> str:
    """Why the conformance, the purity or a behaviour did not pass, within a line."""
    assert report.target is not None
    if name == "conformance":
        assert report.target.conformance is not None
        return str(report.target.conformance.where)
    by_name = {each.check: each for each in report.target.behaviour}
    asked = by_name.get(name) or report.target.purity
    assert asked is not None
    first, *others = *asked.problems, *asked.warnings
    return f"{first} and {len(others)} more" if others else first


def _conformance(target: TargetAnswers) -> str:
    conformance = target.conformance
    if conformance is None and target.protocol == GRADIENTS:
        return "Conformance: not asked: the file has none of y, h_T, c_T."
    if conformance is None:
        return "Conformance: not asked: it shows no outputs, only its loss."
    declared = f"{conformance.declared.name} ({_gates(conformance.declared)})"
    if conformance.verdict == Verdict.PASS:
        return f"Conformance: pass: its outputs are ours, as {declared}, within {conformance.max_error:.1e}."
    if conformance.verdict == Verdict.INCONCLUSIVE:
        return f"Conformance: inconclusive: in our network as declared {conformance.where} at these numbers."
    off = f"declared {declared}, and its outputs are not ours: {conformance.where}"
    if not conformance.matches:
        why = (
            f"No explanation: {conformance.note}"
            if conformance.note
            else "No known convention or variant gives them"
        )
        if target.protocol == GRADIENTS:
            return f"Conformance: fail: {off}."
        return f"Conformance: fail: {off}. {why}."
    matches = "; or ".join(_match(each) for each in conformance.matches)
    return f"Conformance: fail: {off}. Your forward pass is ours if {matches}."


def _match(found: Match) -> str:
    """With the keys that declare it."""
    return f"{match(found)}{f': {declaring(found.keys)}' if found.keys else ''}"


def match(found: Match) -> str:
    """What a forward pass is instead: `the gates are i g f o (as haste)`."""
    names = f" (as {', '.join(found.names)})" if found.names else ""
    return f"{' and '.join(found.changes)}{names}"


def _gates(convention: Convention) -> str:
    return " ".join(convention.gates)


TITLES = {"absent": "Absent upstreams"}
"""Of behaviours that are not called as they are named."""
MEANT = "What is meant to be so, target.behaviour leaves out."


def behaviour(found: Behaviour) -> str:
    """Its name, its verdict, and what is so or is not."""
    title = TITLES.get(found.check, found.check.capitalize())
    if found.verdict is None:
        return f"{title}: not asked: {found.told}."
    remarks = "; ".join((*found.problems, *found.warnings))
    if found.verdict == Verdict.FAIL:
        return f"{title}: fail: {remarks}. {MEANT}"
    if found.warnings:
        return f"{title}: pass, with a warning: {remarks}. target.strict: true makes it fail."
    return f"{title}: pass: {found.told}."


def _purity(purity: Purity) -> str:
    remarks = "; ".join((*purity.problems, *purity.warnings))
    if purity.verdict == Verdict.FAIL:
        return f"Purity: fail: {remarks}."
    if purity.warnings:
        remedy = "It does no harm here; target.strict: true makes it fail."
        return f"Purity: pass, with a warning: {remarks}. {remedy}"
    return "Purity: pass: the same calls give the same bits, and leave their arguments as they were."
