"""Pages: whole by themselves, readable without seeing them, and true to the report."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from page_cases import CONTENTS, HOSTILE, TINY, page, report_of
from page_reader import Page

from lstmcheck import check
from lstmcheck.arrays.make_case import make_case
from lstmcheck.explain.blocks import Heading, Sentences
from lstmcheck.explain.carousel import carousel_numbers
from lstmcheck.explain.cell import cell_numbers
from lstmcheck.explain.derivation import derive
from lstmcheck.explain.focus import make_focus
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Numbers
from lstmcheck.report.derivation import DerivationContent
from lstmcheck.report.formats.html import export, fragment
from lstmcheck.report.run.content import RunContent
from lstmcheck.report.run.maps import FIRST_WRONG, UNDECIDED, errors_over_time, maps

LARGEST_PAGE = 200_000
"""Characters: of a small network, pictures and all."""


@pytest.mark.parametrize("name", CONTENTS)
def test_a_page_is_one_file_that_needs_nothing_else(name: str) -> None:
    read = Page(page(name))
    assert not read.unbalanced
    assert not read.open
    assert not read.reaches()
    assert "url(" not in page(name)
    assert "@import" not in page(name)
    assert not read.all("script")
    assert not any(key.startswith("on") for _, attributes in read.elements for key in attributes)
    assert len(page(name)) < LARGEST_PAGE


@pytest.mark.parametrize("name", CONTENTS)
def test_a_page_can_be_read_without_seeing_it(name: str) -> None:
    read = Page(page(name))
    assert read.all("html")[0]["lang"] == "en"
    levels = read.levels()
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(attributes.get("scope") for attributes in read.all("th"))
    for attributes in read.all("svg"):
        assert attributes.get("role") == "img" or attributes.get("aria-hidden") == "true"
    named = sum(attributes.get("role") == "img" for attributes in read.all("svg"))
    assert sum(where == "title" for where, _ in read.texts) >= named + 1
    assert all(attributes.get("tabindex") == "0" for attributes in read.all("pre"))


@pytest.mark.parametrize("name", ["hostile", "several", "sweep"])
def test_what_a_report_says_is_text_and_never_markup(name: str) -> None:
    assert HOSTILE in Page(page(name)).text


def test_what_stands_in_a_formula_is_never_markup_either() -> None:
    told = Heading("title", 1), Sentences(r"a $\text{<script>alert(1)</script>}$ and $x^{$")
    read = Page("".join(export(DerivationContent(told))))
    assert not read.all("script")
    assert not read.unbalanced
    assert "<script>alert(1)</script>" in read.text


def test_dollar_signs_in_a_name_need_no_formula_between_them() -> None:
    derivation = derive(make_case(TINY), r"from $5^{ to $6", topics=["inputs"])
    assert "from $5^{ to $6: the backward pass" in Page("".join(export(DerivationContent(derivation)))).text


@pytest.mark.parametrize("mistake", [None, "hidden-carry-dropped"])
def test_the_page_of_a_run_says_what_its_report_says(mistake: str | None) -> None:
    report = report_of(mistake)
    told = Page(page("failing" if mistake else "passing")).text
    assert f"{report.verdict} " in told
    for gate in report.blocks:
        assert gate.where in told
        assert f"{gate.rel_error:.1e}".replace("e-", "e−") in told.replace("e-", "e−")
    assert (mistake in told) if mistake else ("mistake" not in told)
    assert "lstmcheck run tiny.yaml" in told


def test_a_notebook_shows_the_same_and_styles_nothing_else() -> None:
    report = report_of("hidden-carry-dropped")
    html = report._repr_html_()
    assert html == fragment(RunContent([report]))
    read = Page(html)
    assert not read.unbalanced
    assert all(gate.where in read.text for gate in report.blocks)
    style = html[html.index("<style>") + 7 : html.index("</style>")]
    selectors = [line.strip() for line in style.splitlines() if "{" in line and not line.startswith("@")]
    assert selectors
    assert all(line.startswith(".lstmcheck") for line in selectors)


def test_a_notebook_draws_the_steps_that_nobody_asked_for() -> None:
    asked, report = report_of(), replace(report_of(), steps=None)
    assert asked.steps is not None
    assert f"{asked.steps.direction.name}: error against step size" in Page(report._repr_html_()).text


def planted(changes: dict[str, tuple[tuple[int, ...], float]]) -> Report:
    """The tiny network, single entries of its gradient off by shares of their size."""

    class Planted(Backward):
        def gradients(self, upstream: Outputs) -> dict[str, Numbers]:
            found = {name: np.array(array) for name, array in super().gradients(upstream).items()}
            for name, (index, share) in changes.items():
                found[name][index] += share * np.abs(found[name]).max()
            return found

    return check(TINY, backward=Planted, threads=1, explain=False)


def levels(report: Report) -> dict[str, np.ndarray]:
    return {
        f"{each.title} {panel.label}": np.array(panel.fields)
        for each in maps(report).maps
        for panel in each.panels
    }


def test_a_map_shows_the_one_entry_that_is_wrong() -> None:
    found = levels(planted({"U_l0": ((2, 1, 2), 0.1)}))
    wrong = found["U_l0 g"]
    assert wrong[1, 2] >= FIRST_WRONG
    assert (wrong >= FIRST_WRONG).sum() == 1
    assert all((each < UNDECIDED).all() for name, each in found.items() if name != "U_l0 g")


def test_a_map_of_right_gradients_shows_nothing_wrong() -> None:
    assert all((each < UNDECIDED).all() for each in levels(report_of()).values())


def test_what_is_not_finite_has_the_worst_colour() -> None:
    found = levels(planted({"b_l0": ((1, 2), float("nan"))}))
    assert found["b_l0 f"][0, 2] == max(level for each in found.values() for level in each.ravel())
    assert found["b_l0 f"][0, 2] > FIRST_WRONG


def test_what_the_reference_cannot_tell_is_undecided() -> None:
    config = TINY.model_copy(update={"check": TINY.check.model_copy(update={"step": 0.1})})
    report = check(config, threads=1)
    assert report.verdict == Verdict.INCONCLUSIVE
    assert any((each == UNDECIDED).any() for each in levels(report).values())
    assert not any((each >= FIRST_WRONG).any() for each in levels(report).values())


def test_a_wrong_recurrence_is_seen_to_grow_from_the_last_step_back() -> None:
    first, *_, last = errors_over_time(report_of("hidden-carry-dropped"))
    assert (first.t, last.t) == (0, TINY.sequence.length - 1)
    assert first.error > first.tolerance
    assert last.error + last.uncertainty < last.tolerance


def test_large_gates_are_joined_and_a_wrong_entry_is_not_lost() -> None:
    report = report_of()
    gate = report.blocks[0]
    shape = (200, 300)
    info = replace(gate.info, shape=(4, *shape))
    large = {name: np.ones(info.shape) for name in ("analytic", "reference")}
    large["analytic"][0, 151, 299] = 2
    small = {name: np.full(info.shape, 1e-6) for name in ("uncertainty", "tolerance")}
    arrays = {name: {info.name: array} for name, array in (large | small).items()}
    values = replace(report.values, **arrays)
    worst = replace(gate.worst, index=(151, 299))
    wide = replace(gate, info=info, shape=shape, worst=worst, verdict=Verdict.FAIL)
    ((panel,),) = (each.panels for each in maps(replace(report, blocks=(wide,), values=values)).maps)
    fields = np.array(panel.fields)
    assert fields.size < 48 * 64
    assert (fields >= FIRST_WRONG).sum() == 1
    assert panel.marked is not None
    assert fields[panel.marked] >= FIRST_WRONG


@pytest.mark.parametrize("keys", [{}, {"proj_size": 2}, {"coupled": True}])
def test_the_numbers_on_the_roads_of_a_cell_are_derivatives(keys: dict[str, object]) -> None:
    """Of the states they are measured by nudges, in the table of the roads."""
    lstm = TINY.lstm.model_copy(update=keys)
    case = make_case(TINY.model_copy(update={"lstm": lstm}))
    drawn, focus = cell_numbers(case, 3, "seed"), make_focus(case, 3)
    paths = {path.t: path for path in carousel_numbers(focus).paths}
    assert drawn.gradients["c"] == pytest.approx(paths[2].measured, rel=1e-9)
    assert drawn.gradients["c_prev"] == pytest.approx(paths[1].direct.measured, rel=1e-9)
    assert drawn.values["c"] == pytest.approx(
        drawn.values["f"] * drawn.values["c_prev"] + drawn.values["i"] * drawn.values["g"]
    )
    assert drawn.values["h"] == pytest.approx(drawn.values["o"] * drawn.values["out"])
