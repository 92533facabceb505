"""Reports and their pages, each made once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from lstmcheck import Config, check
from lstmcheck.arrays.make_case import make_case
from lstmcheck.errors import Problem
from lstmcheck.explain.cell import cell_numbers
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.flow import flows
from lstmcheck.judge.measured_curves import worst_entry
from lstmcheck.judge.results import Report
from lstmcheck.lstm.backward import Backward
from lstmcheck.mistakes.audit import audited
from lstmcheck.mistakes.catalogue import find
from lstmcheck.report.audit import AuditContent
from lstmcheck.report.content import Content
from lstmcheck.report.derivation import DerivationContent
from lstmcheck.report.flow.content import FlowContent
from lstmcheck.report.formats.html import export
from lstmcheck.report.not_run import NotRun
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.steps.content import StepsContent
from lstmcheck.report.sweep.content import SweepContent
from lstmcheck.sweep import executors
from lstmcheck.sweep.grid import make_grid
from lstmcheck.sweep.job import Job
from lstmcheck.sweep.runner import make_report, run_cases
from lstmcheck.sweep.sweep_store import Store

HOSTILE = "<script>alert('x')</script> & $x$ \"y\""
TINY = Config.model_validate(
    {
        "name": "tiny",
        "lstm": {"input_size": 2, "hidden_size": 3},
        "sequence": {"length": 4, "batch": 2},
    }
)


def named(name: str) -> Config:
    return TINY.model_copy(update={"name": name})


@cache
def report_of(mistake: str | None = None, name: str = "tiny") -> Report:
    """Of the tiny network, with a known mistake or without one."""
    backward = find(mistake).backward if mistake else Backward
    return check(named(name), backward=backward, threads=1, steps=worst_entry)


def _several() -> Content:
    missing = NotRun(HOSTILE, (Problem("there is no such file."),))
    return RunContent([report_of(), report_of("hidden-carry-dropped"), missing])


def _sweep() -> Content:
    axes = {"lstm.hidden_size": (1, 2), "sequence.length": (1, 3)}
    grid = make_grid(named(HOSTILE), axes, 1, ("hidden-carry-dropped",))
    store, job = Store(grid, None), Job(grid)
    run_cases(job, list(range(len(grid))), store, executors.in_this_process, lambda done, expected: None)
    return SweepContent(make_report(grid, store, range(len(grid)), backward=job.checked))


def _audit() -> Content:
    blind = TINY.model_copy(update={"sequence": TINY.sequence.model_copy(update={"batch": 1})})
    return AuditContent([audited(blind)])


CONTENTS: dict[str, Callable[[], Content]] = {
    "passing": lambda: RunContent([report_of()], "lstmcheck run tiny.yaml"),
    "failing": lambda: RunContent([report_of("hidden-carry-dropped")], "lstmcheck run tiny.yaml"),
    "hostile": lambda: RunContent([report_of(name=HOSTILE)], f"lstmcheck run '{HOSTILE}'"),
    "several": _several,
    "sweep": _sweep,
    "audit": _audit,
    "explain": lambda: DerivationContent(
        derive(make_case(TINY), "tiny"), lambda: cell_numbers(make_case(TINY), None, "seed")
    ),
    "flow": lambda: FlowContent(TINY, flows({0.0: make_case(TINY)}, seed=0)),
    "steps": lambda: StepsContent(report_of("hidden-carry-dropped"), "lstmcheck steps tiny.yaml"),
}


@cache
def content(name: str) -> Content:
    return CONTENTS[name]()


@cache
def page(name: str) -> str:
    """The file that is written."""
    return "".join(export(content(name)))
