"""JUnit XML: one test case for each gate of a run, or each case of a sweep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from xml.etree import ElementTree

from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.content import Content, Finding

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def export(content: Content) -> Iterator[str]:
    """A test suite for each configuration.

    A mismatch is a failure; what is inconclusive is an error, as a test that could not be carried out.
    """
    root = ElementTree.Element("testsuites", name="lstmcheck")
    for (name, total), group in groupby(
        content.findings(), key=lambda finding: (finding.suite, finding.total)
    ):
        root.append(_suite(name, total, list(group)))
    ElementTree.indent(root)
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, total: float | None, findings: list[Finding]) -> ElementTree.Element:
    """Times add up: either each case has one, or the suite alone."""
    verdicts = [finding.verdict for finding in findings]
    suite = ElementTree.Element(
        "testsuite",
        name=_text(name),
        tests=str(len(findings)),
        failures=str(verdicts.count(Verdict.FAIL)),
        errors=str(verdicts.count(Verdict.INCONCLUSIVE)),
        skipped=str(verdicts.count(None)),
        time=f"{sum(finding.seconds or 0 for finding in findings) if total is None else total:.6f}",
    )
    suite.extend(_case(finding) for finding in findings)
    return suite


def _case(finding: Finding) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        name=_text(finding.name),
        classname=f"lstmcheck.{_text(finding.suite)}",
    )
    if finding.seconds is not None:
        case.set("time", f"{finding.seconds:.6f}")
    tag = {Verdict.FAIL: "failure", Verdict.INCONCLUSIVE: "error", None: "skipped"}.get(finding.verdict)
    if tag:
        reason = ElementTree.SubElement(case, tag, message=_text(finding.message))
        if finding.verdict:
            reason.set("type", finding.verdict.value)
    return case


def _text(value: str) -> str:
    return NOT_IN_XML.sub("?", value)
