"""The pictures of a sweep: what varies is the axis, and nothing is named that no case has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sweep_cases import YAML, config, grid

from lstmcheck.config.variation import parse_axes
from lstmcheck.judge.verdict import Verdict
from lstmcheck.report.sweep.picture import WIDEST, picture
from lstmcheck.report.sweep.scale import Scale, scale_of
from lstmcheck.sweep.grid import Grid, SweepCase, make_grid
from lstmcheck.sweep.record import Record, skipped
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.sweep.sweep_store import Store
from lstmcheck.sweep.tally import tally

BASE = YAML.partition("sweep")[0]
OPENED: list[Store] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def opened(cases: Grid) -> Store:
    OPENED.append(Store(cases, None))
    return OPENED[-1]


def passed(cases: Grid, case: SweepCase, parameters: int) -> Record:
    found = {"verdict": Verdict.PASS, "rel_error": 1e-9, "parameters": parameters, "entries": 1}
    return skipped(cases, case, "").model_copy(update={**found, "skipped": None})


def report_of(axes: list[str], seeds: int = 1) -> SweepReport:
    """A sweep whose cases have made-up errors: only the shape of its pictures is looked at."""
    cases = make_grid(config(BASE), parse_axes(axes), seeds)
    store = opened(cases)
    for number in range(len(cases)):
        case = cases.case(number)
        parameters = 263 + case.axes.get("lstm.hidden_size", 1)
        store.add(passed(cases, case, parameters))
    return SweepReport(cases, tally(store.records()), store, 0, None)


def scale(*axes: str, seeds: int = 1) -> Scale:
    found = scale_of(report_of(list(axes), seeds))
    assert found is not None
    return found


def test_the_only_axis_is_the_axis() -> None:
    steps = scale("check.step=1e-2,1e-8,1e-5")
    assert (steps.label, steps.logarithmic) == ("check.step", True)
    assert list(steps.ticks) == ["1e-08", "1e-05", "0.01"]
    assert scale("lstm.hidden_size=1,2,3").label == "lstm.hidden_size"


def test_sizes_are_the_axis_where_several_keys_vary_and_they_do_too() -> None:
    found = scale("lstm.hidden_size=1,8", "sequence.length=1,2,3")
    assert (found.label, list(found.ticks)) == ("parameters", ["264", "271"])


def test_the_axis_with_the_most_values_where_no_size_varies() -> None:
    assert scale("loss.kind=projection,squared_error", "sequence.length=1,2,3").label == "sequence.length"


def test_seeds_are_the_axis_where_nothing_else_varies() -> None:
    assert list(scale("lstm.hidden_size=2", seeds=3).ticks) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("axis", "names"),
    [
        ("loss.kind=squared_error,projection", ["squared_error", "projection"]),
        ("lstm.proj_size=null,2,1", ["null", "2", "1"]),
        ("lstm.bidirectional=true,false", ["true", "false"]),
        ("sequence.lengths=null,[3, 1]", ["null", "[3, 1]"]),
    ],
)
def test_what_is_no_number_lies_side_by_side_in_its_order(axis: str, names: list[str]) -> None:
    assert scale(axis).ticks == {name: k for k, name in enumerate(names)}


def test_values_that_were_skipped_are_not_named() -> None:
    cases = grid(f"{BASE}sweep: {{axes: {{lstm.proj_size: [1, 2, 5]}}}}\n")
    store = opened(cases)
    for number in range(2):
        store.add(passed(cases, cases.case(number), 264))
    store.add(skipped(cases, cases.case(2), "no sense"))
    found_scale = scale_of(SweepReport(cases, tally(store.records()), store, 0, None))
    assert found_scale is not None
    assert list(found_scale.ticks) == ["1", "2"]


def test_the_picture_names_sizes_that_cases_have() -> None:
    *_, last = picture(report_of(["lstm.hidden_size=1,8", "sequence.length=1,2"]), None)
    assert last.split() == ["264", "271"]


def test_each_value_has_a_column_of_its_own() -> None:
    lines = list(picture(report_of(["check.step=1e-2,1e-4,1e-6"]), None))
    marks = next(line.partition("│")[2] for line in lines if "│" in line)
    assert [k for k, mark in enumerate(marks) if mark == "·"] == [0, WIDEST // 2, WIDEST]
    assert lines[-1].split() == ["1e-06", "0.0001", "0.01"]
