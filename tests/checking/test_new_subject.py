"""A new kind of subject is a module and a row of the registry: everything else takes it as it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

import pytest

from lstmcheck.api import check
from lstmcheck.config import parse
from lstmcheck.judge.subject import Subject
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.formats import FORMATS
from lstmcheck.report.run.content import RunContent
from lstmcheck.subjects import ours
from lstmcheck.subjects.registry import KINDS, SubjectKind
from lstmcheck.subjects.request import Request

FACTORS = {"right": 1.0, "wrong": 1.01}


@contextmanager
def opened(request: Request) -> Iterator[Subject]:
    """Our gradients, multiplied by what the configuration's name means."""
    factor = FACTORS[request.config.name]
    with ours.opened(request) as subject:
        yield replace(subject, analytic={name: factor * a for name, a in subject.analytic.items()})


@pytest.mark.parametrize(("name", "verdict"), [("right", Verdict.PASS), ("wrong", Verdict.FAIL)])
def test_a_new_kind_of_subject_is_judged_and_reported(
    name: str, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("multiplied")
    vars(module)["opened"] = opened
    monkeypatch.setitem(sys.modules, "multiplied", module)
    kind = SubjectKind("product", "multiplied", lambda config: config.name in FACTORS)
    monkeypatch.setattr("lstmcheck.subjects.registry.KINDS", [kind, *KINDS])
    config = parse(f"name: {name}\nlstm: {{input_size: 2, hidden_size: 3}}\n", name="any.yaml")
    report = check(config)
    assert report.verdict == verdict
    written = b"".join(FORMATS["markdown"].export(RunContent([report])))
    assert f"{name}: T=5" in written.decode()
