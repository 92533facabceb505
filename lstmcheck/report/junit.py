"""JUnit XML: one test case for each gate of a run, or each case of a sweep."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from xml.etree import ElementTree

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.outcomes import Outcome

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def dumps(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A test suite for each configuration.

    A mismatch is a failure; what is inconclusive is an error, as a test that could not be carried out.
    """
    root = ElementTree.Element("testsuites", name="lstmcheck")
    for (name, total), group in groupby(outcomes, key=lambda outcome: (outcome.suite, outcome.total)):
        root.append(_suite(name, total, list(group)))
    ElementTree.indent(root)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, total: float | None, outcomes: list[Outcome]) -> ElementTree.Element:
    """Times add up: either each case has one, or the suite alone."""
    verdicts = [outcome.verdict for outcome in outcomes]
    suite = ElementTree.Element(
        "testsuite",
        name=_text(name),
        tests=str(len(outcomes)),
        failures=str(verdicts.count(Verdict.FAIL)),
        errors=str(verdicts.count(Verdict.INCONCLUSIVE)),
        skipped=str(verdicts.count(None)),
        time=f"{sum(outcome.seconds or 0 for outcome in outcomes) if total is None else total:.6f}",
    )
    suite.extend(_case(outcome) for outcome in outcomes)
    return suite


def _case(outcome: Outcome) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        name=_text(outcome.name),
        classname=f"lstmcheck.{_text(outcome.suite)}",
    )
    if outcome.seconds is not None:
        case.set("time", f"{outcome.seconds:.6f}")
    tag = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error", None: "skipped"}.get(outcome.verdict)
    if tag:
        reason = ElementTree.SubElement(case, tag, message=_text(outcome.message))
        if outcome.verdict:
            reason.set("type", outcome.verdict.value)
    return case


def _text(value: str) -> str:
    return NOT_IN_XML.sub("?", value)
