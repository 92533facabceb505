"""A report, or why there is none, as the objects of its JSON."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmcheck.judge import diagnosis_result as diagnosed
from lstmcheck.judge import target_answers as judged
from lstmcheck.judge.results import GateResult, Report
from lstmcheck.report.not_run import NotRun, Ran
from lstmcheck.report.run import answers, notes
from lstmcheck.report.run.diagnosis import names
from lstmcheck.report.run.json_model import (
    Asked,
    Behaviour,
    Conformance,
    Coverage,
    Gate,
    Location,
    Match,
    Method,
    Purity,
    Run,
    RunThatFailed,
    Summary,
    Suspect,
    Target,
    Timing,
    Wrong,
    WrongLine,
    WrongTerm,
)
from lstmcheck.report.run.wrong_entries import axes_of


def to_document(ran: Ran) -> Run | RunThatFailed:
    """A report, or why there is none."""
    if isinstance(ran, NotRun):
        return RunThatFailed.of(ran, error=ran.problems[0])
    target, diagnosis = ran.target, ran.diagnosis
    return Run(
        name=ran.config.name,
        config=ran.config.model_dump(mode="json"),
        seed=ran.config.seed,
        verdict=ran.verdict,
        summary=_summary(ran),
        blocks=[_gate(gate) for gate in ran.blocks],
        conformance=_conformance(target.conformance) if target else None,
        purity=Purity.of(target.purity) if target and target.purity else None,
        behaviour=[_behaviour(each) for each in target.behaviour] if target else None,
        coverage=Coverage.of(ran.coverage, not_covered=ran.not_covered),
        target=Target.of(target, gradient=ran.gradient, hidden_mistakes=target.hidden) if target else None,
        diagnosis=_suspects(diagnosis) if diagnosis else None,
        diagnosed_as=_keys(diagnosis.declared if diagnosis else None),
        tried=list(diagnosis.tried) if diagnosis else [],
        asked=_asked(diagnosis.asked) if diagnosis and diagnosis.asked else None,
        localisation=Location.of(diagnosis.location) if diagnosis and diagnosis.location else None,
        lines=[WrongLine.of(line) for line in ran.lines],
        method=Method.of(ran.method, entries=dict(ran.method.entries)),
        timing=Timing(seconds=ran.seconds),
        environment=_environment(),
    )


def _gate(gate: GateResult) -> Gate:
    info = gate.info
    return Gate.of(
        gate,
        array=info.name,
        block=info.block,
        layer=info.layer,
        reverse=info.reverse,
        wrong=Wrong.of(gate.wrong, axes=list(axes_of(gate))) if gate.wrong else None,
        note=notes.describe(gate),
    )


def _summary(report: Report) -> Summary:
    counts = {what: report.count(what) for what in ("passed", "failed", "inconclusive", "unmeasurable")}
    return Summary.of(report, **counts)


def _conformance(conformance: judged.Conformance | None) -> Conformance | None:
    if conformance is None:
        return None
    matches = [
        Match.of(match.convention, changes=match.changes, names=match.names, keys=_keys(match.keys))
        for match in conformance.matches
    ]
    return Conformance.of(conformance, matches=matches)


def _keys(keys: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if keys is None else dict(keys)


def _behaviour(found: judged.Behaviour) -> Behaviour:
    return Behaviour.of(found, told=answers.behaviour(found))


def _suspects(diagnosis: diagnosed.Diagnosis) -> list[Suspect]:
    return [
        Suspect.of(
            suspect,
            wrong=[wrong for wrong, _ in suspect.formulas],
            right=[right for _, right in suspect.formulas],
            equal=[names(other) for other in diagnosis.suspects if other != suspect and not suspect.partial],
            unexplained=diagnosis.unexplained if suspect.partial else [],
        )
        for suspect in (*diagnosis.suspects, *filter(None, [diagnosis.partial]))
    ]


def _asked(asked: diagnosed.Asked) -> Asked:
    return Asked.of(asked, wrong=[WrongTerm.of(term) for term in asked.wrong])


def _environment() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "platform": platform.platform(),
    }
