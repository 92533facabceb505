"""Functions of jax: right ones pass, wrong ones are named, and what cannot work is told with its line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jax_targets import CALL, CUSTOM, FOLDER, FUNCTION, HEAD, NETWORK, ONE_CELL, RETURNED, Plant, with_change
from target_checks import checked, checked_apart, configured, functions

from lstmcheck.api import check
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.targets.purity import first_answers
from lstmcheck.targets.target import open_target

QUICK: dict[str, Any] = {
    "target__behaviour": "[linear]",
    "check__entries": 1,
    "check__blocks": "[h0]",
    "sequence__length": 2,
}
NETWORK_SIZES: dict[str, Any] = {
    "lstm__hidden_size": 2,
    "lstm__num_layers": 2,
    "lstm__bidirectional": True,
    "sequence__length": 3,
    "sequence__batch": 3,
    "sequence__lengths": "[3, 1, 2]",
}


@pytest.fixture(autouse=True)
def beside_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)


def jax_checked(folder: Path, source: str, **settings: Any) -> Report:
    return checked(folder, source, "jax", **{**QUICK, **settings})


def notes(report: Report) -> str:
    assert report.target is not None
    return "\n".join(report.target.notes)


def asked(folder: Path, source: str) -> tuple[str, str]:
    """What is impure of a function, and what there is to know of it; its derivatives are not measured."""
    config = configured(folder, source, "jax", **QUICK)
    target = open_target(config, functions(folder / "mine.py", "jax"))
    problems = first_answers(target).purity.problems
    return "\n".join(problems), "\n".join(target.session.notes)


def test_a_right_function_of_a_network_passes_in_a_process_of_its_own(tmp_path: Path) -> None:
    report = checked_apart(
        tmp_path, FUNCTION, "jax", **{**NETWORK_SIZES, "check__entries": 1, "target__behaviour": "[linear]"}
    )
    assert set(report.answers.values()) == {Verdict.PASS}
    assert report.not_covered == ()
    assert report.target is not None
    assert (report.target.precision, report.target.notes) == ("float64", ())


def test_64_bits_are_for_the_check_alone(tmp_path: Path) -> None:
    import jax

    report = jax_checked(tmp_path, FUNCTION, check__blocks="all")
    assert set(report.answers.values()) == {Verdict.PASS}
    assert jax.numpy.ones(1).dtype == "float32"


@pytest.fixture(scope="module")
def custom() -> ModuleType:
    """One module for all rules: what is not differentiated is compiled once."""
    return loaded(CUSTOM)


def loaded(source: str) -> ModuleType:
    module = ModuleType("custom")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        exec(source, vars(module))
    return module


def with_rule(custom: ModuleType, plant: Plant, folder: Path, **settings: Any) -> Report:
    """The report of the example with a planted rule."""
    custom.run_cell.defvjp(custom.cell_forward, loaded(plant.source).cell_backward)
    quick: dict[str, Any] = {
        "check__entries": 1,
        "check__reference": "complex",
        "target__behaviour": "[linear]",
    }
    config = configured(folder, plant.source, "jax", **quick, **settings)
    return check(config, functions=[custom.forward])


@pytest.mark.parametrize("plant", ONE_CELL, ids=lambda plant: plant.mistake)
def test_a_mistake_in_a_custom_rule_is_named(plant: Plant, custom: ModuleType, tmp_path: Path) -> None:
    named(with_rule(custom, plant, tmp_path, sequence__length=3), plant)


@pytest.mark.parametrize("plant", NETWORK, ids=lambda plant: plant.mistake)
def test_a_mistake_in_the_custom_rule_of_a_network_is_named(
    plant: Plant, custom: ModuleType, tmp_path: Path
) -> None:
    named(with_rule(custom, plant, tmp_path, **NETWORK_SIZES), plant)


def named(report: Report, plant: Plant) -> None:
    assert report.gradient == Verdict.FAIL
    assert report.target is not None
    assert report.target.purity is not None
    assert report.target.purity.verdict == Verdict.PASS
    assert report.diagnosis is not None
    assert [each.mistake for each in report.diagnosis.suspects] == [plant.mistake]
    if plant.wrong.count("None") > plant.right.count("None"):
        assert "nothing flows back to c0" in notes(report)


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        (RETURNED, RETURNED.replace("d_W,", "d_W.T,"), r"mine\.py:\d+.*float64\[2,12\].*float64\[12,2\]"),
        (RETURNED, RETURNED.replace("d_W, d_U", "d_U, d_W"), r"mine\.py:\d+.*shapes do not match"),
        ("d_z.sum((0, 1))", "d_z.sum(0)", r"mine\.py:\d+.*float64\[2,12\].*float64\[12\]"),
        (RETURNED, RETURNED.removesuffix(", None"), r"mine\.py:\d+.*tuple of length equal"),
        ("tanh_c = jnp.tanh(c_t)", "tanh_c = c_t.__array__()", r"mine\.py:40: .*numpy\.ndarray conversion"),
    ],
    ids=["shape", "order", "batch-sum", "count", "numpy"],
)
def test_a_rule_whose_gradients_do_not_fit_is_told_with_its_line(
    right: str, wrong: str, told: str, tmp_path: Path
) -> None:
    source = with_change(CUSTOM, right, wrong)
    with pytest.raises(LstmcheckError, match=told) as raised:
        jax_checked(tmp_path, source)
    rule = 1 + source[: source.index("def cell_backward")].count("\n")
    assert raised.value.problems[0].where in {f"{tmp_path}/mine.py:{line}" for line in (rule, 40)}


def test_a_rule_with_other_outputs_than_its_function_fails(tmp_path: Path) -> None:
    problems, _ = asked(
        tmp_path, with_change(CUSTOM, "return outputs", "return (1.001 * outputs[0], *outputs[1:])")
    )
    assert "other outputs when it is differentiated: y (" in problems


def test_a_side_effect_fails(tmp_path: Path) -> None:
    head = f"import numpy as np\n{HEAD}    x = x * np.random.uniform(size=x.shape)\n"
    problems, _ = asked(tmp_path, with_change(FUNCTION, HEAD, head))
    assert "each time that it is traced" in problems


def test_a_side_effect_that_changes_no_number_passes(tmp_path: Path) -> None:
    head = f"calls = []\n{HEAD}    print(calls)\n    calls.append(1)\n"
    problems, told = asked(tmp_path, with_change(FUNCTION, HEAD, head))
    assert problems == ""
    assert "it prints" in told


def test_stopped_gradients_and_casts_are_told_with_their_lines(tmp_path: Path) -> None:
    stopped = with_change(FUNCTION, "* jnp.tanh(z_g)", "* jax.lax.stop_gradient(jnp.tanh(z_g))")
    _, told = asked(tmp_path, with_change(stopped, HEAD, f"{HEAD}    x = x.astype(jnp.float32)\n"))
    lines = [1 + stopped[: stopped.index(text)].count("\n") for text in ("stop_gradient", HEAD)]
    assert f"it stops gradients (stop_gradient): {tmp_path}/mine.py:{lines[0]}" in told
    assert f"it casts float64 to float32: {tmp_path}/mine.py:{lines[1] + 1}" in told


def test_the_line_of_a_gradient_that_is_not_finite_is_told(tmp_path: Path) -> None:
    line = "    x = x + jnp.where(x > 1e9, jnp.sqrt(0 * x), 0)\n"
    _, told = asked(tmp_path, with_change(FUNCTION, HEAD, HEAD + line))
    place = 2 + FUNCTION[: FUNCTION.index(HEAD)].count("\n")
    assert f"gradients that are not finite: x; the first comes from {tmp_path}/mine.py:{place}" in told


def test_what_cannot_be_compiled_is_run_as_it_stands(tmp_path: Path) -> None:
    source = with_change(FUNCTION, HEAD, f"{HEAD}    x = x if x.sum() < 1e9 else 2 * x\n")
    report = jax_checked(tmp_path, source)
    assert report.verdict == Verdict.PASS
    assert "it cannot be compiled" in notes(report)


def test_float32_is_judged_as_such(tmp_path: Path) -> None:
    report = jax_checked(tmp_path, FUNCTION, target__dtype="float32")
    assert report.verdict == Verdict.PASS
    assert report.target is not None
    assert report.target.precision == "float32"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("    y, h, c = run_layers(run_cell, params, x, h0, c0)\n    return y, (h, c)", "returned 2 values"),
        ("    return x.astype(jnp.bfloat16), h0, c0", r"returned y of shape|returned y in bfloat16"),
        ("    return x, h0, None", r"returned y of shape|returned None for c_T"),
    ],
)
def test_other_results_are_told(wrong: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=told):
        jax_checked(tmp_path, with_change(FUNCTION, CALL, wrong))


def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"jax cannot use device warp.*cpu is everywhere"):
        jax_checked(tmp_path, FUNCTION, target__device="warp")


def test_without_jax_the_message_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(LstmcheckError, match=r"pip install 'lstmcheck\[jax\]'"):
        jax_checked(tmp_path, "def forward(params, x, h0, c0):\n    return x, h0, c0\n")


def test_checks_of_other_targets_import_no_jax() -> None:
    code = "import sys, lstmcheck.api, lstmcheck.subjects.target, lstmcheck.targets.protocols.jax_function"
    found = subprocess.run(
        [sys.executable, "-c", f"{code}; print('jax' in sys.modules)"],
        capture_output=True,
        text=True,
        env={**os.environ},
        check=True,
    )
    assert found.stdout.strip() == "False"


@pytest.mark.parametrize("library", ["flax", "equinox"])
def test_the_example_of_a_library_passes(library: str, tmp_path: Path) -> None:
    pytest.importorskip(library, reason=f"the example needs {library}, which is not installed")
    source = (FOLDER / f"jax_{library}.py").read_text(encoding="utf-8")
    assert jax_checked(tmp_path, source).verdict == Verdict.PASS
