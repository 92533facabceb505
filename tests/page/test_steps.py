"""What differences find at steps of every size: the branches, the plateau, and the words for them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from math import exp, tanh
from pathlib import Path

import numpy as np
import pytest
from page_cases import TINY, report_of
from rich.console import Console
from typer.testing import CliRunner

from lstmcheck import Config, check
from lstmcheck.arrays.make_case import make_case
from lstmcheck.cli.app import app
from lstmcheck.judge.measured_curves import VISIBLE, worst_entry
from lstmcheck.judge.results import Report
from lstmcheck.judge.step_curves import Direction, StepCurves
from lstmcheck.judge.verdict import Verdict
from lstmcheck.lstm.backward import Backward, Deltas
from lstmcheck.lstm.forward import Step
from lstmcheck.lstm.types import Numbers
from lstmcheck.mistakes.catalogue import find
from lstmcheck.report.formats.html import export
from lstmcheck.report.formats.text import render
from lstmcheck.report.steps.chart import chart
from lstmcheck.report.steps.content import StepsContent
from lstmcheck.report.steps.words import best_step, is_wrong, sentences
from lstmcheck.tolerances.differences import NOISE_FACTOR

CONFIG = "lstm: {input_size: 2, hidden_size: 3}\nsequence: {length: 4, batch: 2}\n"


def curves_of(report: Report) -> StepCurves:
    assert report.steps is not None
    return report.steps


def one_step() -> tuple[Report, float, float]:
    """One unit, one step, moved by the bias of its output gate; half the second derivative and a sixth of the
    third, by hand: L = (d_y + d_h) σ(z) tanh(c) + …, which moves with z alone."""
    keys = {"lstm": {"input_size": 1, "hidden_size": 1}, "sequence": {"length": 1, "batch": 1}}
    config = Config.model_validate(keys)

    def bias_of_o(report: Report) -> Direction:
        gate = next(gate for gate in report.blocks if gate.label == "b_l0_o")
        return Direction(gate.info, gate.gate, (0,))

    report = check(config, threads=1, steps=bias_of_o)
    case = make_case(config)
    numbers = {name: array.ravel() for name, array in case.arrays.items()}
    x, h, c = (float(numbers[name][0]) for name in ("x", "h0", "c0"))
    z = [
        float(numbers["W_l0"][k]) * x + float(numbers["U_l0"][k]) * h + float(numbers["b_l0"][k])
        for k in range(4)
    ]
    i, f, o = (1 / (1 + exp(-z[k])) for k in (0, 1, 3))
    size = tanh(f * c + i * tanh(z[2])) * float(case.loss.targets["y"].sum() + case.loss.targets["h"].sum())
    slope = o * (1 - o)
    return report, size * slope * (1 - 2 * o) / 2, size * slope * (1 - 6 * o + 6 * o * o) / 6


def test_what_differences_leave_out_is_what_the_derivatives_say() -> None:
    report, bend, twist = one_step()
    curves = curves_of(report)
    assert curves.bend == pytest.approx(bend, rel=3 * 1.5**0.5 / VISIBLE * 2)
    assert curves.twist == pytest.approx(twist, rel=3 * 1.5**0.5 / VISIBLE * 2)


def test_the_branches_of_a_right_gradient_are_truncation_and_noise() -> None:
    curves = curves_of(report_of())
    assert not is_wrong(curves)
    best = best_step(curves)
    assert best is not None
    off = np.abs(curves.central - curves.analytic)
    long = (curves.steps > 30 * best) & (curves.steps < 0.05)
    # Halving the step takes a quarter, but for the fourth power, 0.05² of it, and noise, a thirtieth.
    assert np.allclose(off[long][1:] / off[long][:-1], 1 / 4, rtol=0.1)
    short = curves.steps < best / 30
    bound = NOISE_FACTOR * curves.noise / curves.steps + 2 * abs(curves.twist) * curves.steps**2
    assert np.nanmean(off[short] <= bound[short]) > 0.9
    exact = curves.complex[np.isfinite(curves.complex)]
    assert np.abs(exact[-8:] - curves.analytic).max() <= 1e-12 * curves.scale


def test_a_wrong_gradient_has_a_plateau_at_its_error() -> None:
    report = report_of("hidden-carry-dropped")
    curves = curves_of(report)
    assert is_wrong(curves)
    error = abs(report.worst.worst.analytic - report.worst.worst.reference)
    near = (curves.steps < 1e-3) & (curves.steps > 1e-8)
    for found in (curves.forward, curves.central, curves.richardson):
        np.testing.assert_allclose(np.abs(found - curves.analytic)[near], error, rtol=1e-2)


@pytest.mark.parametrize("mistake", ["hidden-carry-dropped", None])
def test_a_gate_moved_as_a_whole_tells_the_same(mistake: str | None) -> None:
    def gate(report: Report) -> Direction:
        return Direction(report.worst.info, report.worst.gate, None)

    report = check(TINY, threads=1, backward=find(mistake).backward if mistake else Backward, steps=gate)
    curves = curves_of(report)
    assert is_wrong(curves) == (mistake is not None)
    away = abs(curves.reference - curves.analytic) > curves.uncertainty
    assert bool(away) == (mistake is not None)


def test_a_loss_times_a_constant_says_the_same() -> None:
    loss = TINY.loss.model_copy(update={"scale": -1000.0})
    once = curves_of(report_of())
    direction = once.direction
    scaled = curves_of(
        check(TINY.model_copy(update={"loss": loss}), threads=1, steps=lambda report: direction)
    )
    np.testing.assert_allclose(scaled.analytic, -1000 * once.analytic)
    np.testing.assert_allclose(scaled.reference, -1000 * once.reference)
    assert not is_wrong(scaled)


def test_a_gradient_that_is_not_finite_is_told_as_such() -> None:
    class NotFinite(Backward):
        def d_b(self, s: Step, d: Deltas) -> Numbers:
            return np.asarray(super().d_b(s, d) * np.nan)

    report = check(TINY, threads=1, backward=NotFinite, explain=False, steps=worst_entry)
    assert report.worst.info.name == "b_l0"
    told = told_by(report)
    assert "The gradient is not finite: no step comes near it." in told
    assert json.loads(json.dumps(StepsContent(report).document(), allow_nan=False))["analytic"] is None
    assert "b_l0" in "".join(export(StepsContent(report)))


def test_a_gate_that_does_not_fail_is_not_accused_by_its_picture() -> None:
    curves = curves_of(report_of("hidden-carry-dropped"))
    for verdict in (Verdict.PASS, Verdict.INCONCLUSIVE):
        excused = replace(curves, verdict=verdict)
        assert not is_wrong(excused)
        told = " ".join(sentences(TINY, excused))
        assert "is not the derivative" not in told
        assert "the gate does not fail" in told
        assert not any(level.name == "plateau" for level in chart(excused).across)


def test_a_gradient_of_zero_is_told_as_such() -> None:
    loss = TINY.loss.model_copy(update={"on": ("cell",)})
    sequence = TINY.sequence.model_copy(update={"length": 1})

    def output_gate(report: Report) -> Direction:
        return next(Direction(gate.info, "o", (0,)) for gate in report.blocks if gate.label == "b_l0_o")

    config = TINY.model_copy(update={"loss": loss, "sequence": sequence})
    assert "Both are zero" in told_by(check(config, threads=1, steps=output_gate))


def told_by(report: Report) -> str:
    return " ".join(sentences(report.config, curves_of(report)))


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("mistake", [None, "hidden-carry-dropped"])
def test_the_picture_fits_the_terminal(width: int, mistake: str | None) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, soft_wrap=True)
    console.print(render(StepsContent(report_of(mistake)), console))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    picture = "\n".join(line for line in lines if "│" in line)
    assert (set("c") if mistake else set("cri")) <= set(picture)
    assert ("is a plateau at" in " ".join(lines)) == (mistake is not None)


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "tiny.yaml"
    path.write_text(CONFIG)
    return str(path)


def steps(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["steps", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_an_entry_that_is_named_is_the_one_that_is_moved(config: str, tmp_path: Path) -> None:
    page = tmp_path / "steps.html"
    code, told, _ = steps(
        config, "--entry", "U_f[2,0]", "--output-format", "json", "--export", f"html={page}"
    )
    document = json.loads(told, parse_constant=lambda name: pytest.fail(name))
    assert code == 0
    assert (document["array"], document["gate"], document["index"]) == ("U_l0", "f", [2, 0])
    assert len(document["steps"]) == len(document["derivatives"]["central"])
    assert not document["plateau"]
    right = float(make_case(TINY).right["U_l0"][1, 2, 0])
    assert document["analytic"] == pytest.approx(right, rel=1e-12)
    assert "U_l0_f[2,0]" in page.read_text()


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("W_q", "there is no gate W_q. There are W_l0_i, "),
        ("W_f[3,0]", "W_l0_f is 3 × 2, and has no entry [3,0]"),
        ("W_f[1]", "W_l0_f is 3 × 2, and has no entry [1]"),
        ("W_f[a]", "this is no entry"),
    ],
)
def test_an_entry_that_is_not_there_is_told(config: str, entry: str, told: str) -> None:
    code, _, errors = steps(config, "--entry", entry)
    assert (code, "Traceback" in errors) == (2, False)
    assert f"--entry {entry}" in errors
    assert told in " ".join(errors.split())


def test_gradients_of_a_file_are_looked_at_where_they_are_wrong(config: str, tmp_path: Path) -> None:
    found = {name: np.array(array) for name, array in make_case(TINY).right.items()}
    found["U_l0"][1, 2, 0] += 0.01
    np.savez(tmp_path / "mine.npz", **found)  # type: ignore[arg-type]
    code, told, _ = steps(config, "--gradients", str(tmp_path / "mine.npz"), "--output-format", "json")
    document = json.loads(told)
    assert (code, document["array"], document["gate"], document["index"]) == (0, "U_l0", "f", [2, 0])
    assert document["plateau"]
    assert abs(document["analytic"] - document["reference"]) == pytest.approx(0.01, rel=1e-6)


def test_a_step_that_was_configured_is_told_as_such(config: str) -> None:
    _, told, _ = steps(config, "--set", "check.step=1e-3", "--entry", "W_f[0,0]")
    assert "check.step is 1.0e-03, as configured" in " ".join(told.split())


def test_a_picture_is_written_where_it_was_asked_for(config: str, tmp_path: Path) -> None:
    plot = tmp_path / "v.svg"
    assert steps(config, "--plot", str(plot))[0] == 0
    assert "<svg" in plot.read_text()
    assert steps(config, "--plot", str(tmp_path / "v.txt"))[0] == 2


def test_the_worst_entry_is_taken_where_none_is_named() -> None:
    report = report_of("hidden-carry-dropped")
    assert worst_entry(report).index == report.worst.worst.index
    assert worst_entry(report).label == report.worst.label
