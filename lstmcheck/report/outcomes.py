"""A run's gates and a sweep's cases alike: a name and a verdict each, as other tools want them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lstmcheck.config import Config, format_value
from lstmcheck.config.place import Place
from lstmcheck.judge.results import GateResult, NotRun, Ran
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.run import coverage, diagnosis, notes, target, words
from lstmcheck.sweep.outcome import Record
from lstmcheck.sweep.runner import SweepReport

PLACE = re.compile(r"(?P<file>(?!--).+?):(?P<line>\d+)(:(?P<column>\d+))?")


@dataclass(frozen=True)
class Outcome:
    """One gate of a run, or one case of a sweep."""

    suite: str
    name: str
    verdict: Verdict | None
    """None: skipped."""
    message: str
    seconds: float | None
    """Its own time; None where only that of the whole suite is known."""
    place: Place | None
    total: float | None = None
    """Seconds of the suite, where its outcomes have no time of their own."""
    stopped: bool = False
    """Whether nothing could be checked at all."""


def of_run(reports: Sequence[Ran]) -> Iterator[Outcome]:
    """One outcome for each gate and each further answer; one for a configuration that could not be run."""
    for report in reports:
        if isinstance(report, NotRun):
            yield _not_run(report)
            continue
        suite, seconds, place = report.config.name, report.seconds, report.config.locate("lstm")
        for gate in report.blocks:
            name = gate.info.name if gate.gate is None else f"{gate.info.name}[{gate.gate}]"
            message = _gate_message(gate)
            if gate.verdict == Verdict.FAIL:
                message = " ".join([f"{message}.", *diagnosis.sentences(report)])
            yield Outcome(suite, name, gate.verdict, message, None, place, seconds)
        place = report.config.locate("target")
        for name, verdict, message in target.answers(report):
            yield Outcome(suite, name, verdict, message, None, place, seconds)


def _not_run(failure: NotRun) -> Outcome:
    message = "; ".join(f"{problem.what} {problem.remedy or ''}".rstrip() for problem in failure.problems)
    place = _place_of(failure.problems[0].where)
    return Outcome(failure.name, "run", Verdict.INCONCLUSIVE, message, None, place, 0.0, stopped=True)


def _place_of(where: str | None) -> Place | None:
    """The place that `file:line:column` or `file:line` stands for."""
    match = PLACE.fullmatch(where or "")
    return Place(match["file"], int(match["line"]), int(match["column"] or 1)) if match else None


def _gate_message(gate: GateResult) -> str:
    entry = gate.worst
    told = f"{gate.where}: analytic {words.gradient(entry.analytic)}, reference "
    told += f"{words.gradient(entry.reference)}; {words.error(gate)} of {words.scale_of(gate)}"
    return f"{told}; {notes.describe(gate)}" if gate.notes else told


def of_sweep(report: SweepReport) -> Iterator[Outcome]:
    """One outcome for each case."""
    place = report.grid.base.locate("lstm")
    for record in report.records():
        verdict = None if record["skipped"] else Verdict(record["verdict"])
        name = case_name(record)
        yield Outcome(report.grid.base.name, name, verdict, case_message(record), record["seconds"], place)


def case_name(record: Record) -> str:
    """`lstm.hidden_size=8 sequence.length=3 seed=0`."""
    axes = {**record["axes"], "seed": record["seed"]}
    return " ".join(f"{key}={format_value(value)}" for key, value in axes.items())


def case_message(record: Record) -> str:
    """What came out of a case, in a few words."""
    if record["skipped"]:
        return str(record["skipped"])
    if record["worst"] is None:
        return str(record["note"])
    told = f"{worst_told(record)}: {error_told(record)} of the gate's scale"
    return f"{reasons}; {told}" if (reasons := _reasons_told(record)) else told


def beside_the_gradient(record: Record) -> list[str]:
    """What else did not pass: conformance, purity, coverage."""
    return [name for name in record.get("not_passed", {}) if name != "gradient"]


def _reasons_told(record: Record) -> str:
    """`conformance; coverage: x did not come back, …`."""
    reasons = {name: name for name in beside_the_gradient(record)}
    if "coverage" in reasons:
        found = record["coverage"]
        told = coverage.in_brief(found["missing"], coverage.option(found["whole"]))
        reasons["coverage"] = f"coverage: {told}"
    return "; ".join(reasons.values())


def worst_told(record: Record) -> str:
    """`W_l0 f[3,7]`."""
    worst = record["worst"]
    if worst is None:
        return "-"
    return f"{worst['array']} {worst['gate'] or ''}[{','.join(map(str, worst['index']))}]".replace(" [", "[")


def error_told(record: Record) -> str:
    """`8.1e-11 ± 1.1e-10`."""
    if record["rel_error"] is None:
        return "not finite" if record["worst"] else "-"
    uncertainty = record["uncertainty"]
    return f"{record['rel_error']:.1e} ± {'?' if uncertainty is None else f'{uncertainty:.1e}'}"


def settings(values: dict[str, Any]) -> list[str]:
    """`--set` options for values by dotted key."""
    return [word for key, value in values.items() for word in ("--set", f"{key}={format_value(value)}")]


def place_told(config: Config) -> str:
    """The file of a configuration, as its user wrote it; `-` for one that came in another way."""
    place = config.locate("lstm")
    return "-" if place is None or place.file.startswith("<") else place.file
