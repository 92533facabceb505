"""Libraries in C: the shipped network, right and wrong, in both precisions."""

from __future__ import annotations

import platform
import re
from ctypes import CDLL
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from c_targets import (
    MISTAKES,
    NETWORK,
    NUMBERS,
    ONE,
    SOURCE,
    checked,
    compile_library,
    configuration,
    gradients,
    needs_compiler,
    planted_source,
)
from wrong_gradients import diagnosed, is_caught

from lstmcheck.api import check
from lstmcheck.config import c_header
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict
from lstmcheck.targets.library.c_types import Params, Sizes, params_of, places
from lstmcheck.targets.library.finding import BACKWARD, FORWARD, functions_of
from lstmcheck.targets.library.memory import Guarded
from lstmcheck.targets.target import settings_of

pytestmark = needs_compiler


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library(tmp_path_factory.mktemp("c"), planted_source(), "planted")


@pytest.fixture(scope="module")
def right(library: Path) -> Report:
    return checked(library, None, NETWORK, check__entries="all")


def test_the_right_network_passes_and_conforms(right: Report) -> None:
    assert set(right.answers.values()) == {Verdict.PASS}
    assert not right.coverage.missing


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_caught_and_named(mistake: str, library: Path, right: Report) -> None:
    found = gradients(library, mistake, NETWORK)
    assert is_caught(right, found)
    assert mistake in {each.mistake for each in diagnosed(right, found).suspects}


@pytest.mark.parametrize(
    ("mistake", "sizes"), [("cell-carry-without-forget", ONE), ("upper-layer-bias-zero", NETWORK)]
)
def test_a_wrong_network_fails(mistake: str, sizes: str, library: Path) -> None:
    report = checked(library, mistake, sizes, explain=True)
    assert report.gradient == Verdict.FAIL
    assert report.answers["conformance"] == Verdict.PASS
    assert report.diagnosis is not None
    assert [each.mistake for each in report.diagnosis.suspects] == [mistake]


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single")
    return compile_library(folder, planted_source(), "single", "-DLSTMCHECK_FLOAT32")


def test_floats_are_judged_as_floats(single: Path) -> None:
    keys: dict[str, Any] = {"target__dtype": "float32", "check__blocks": "[W, x]"}
    in_its_own_process = check(configuration(single, ONE, **keys))
    assert set(in_its_own_process.answers.values()) == {Verdict.PASS}
    assert checked(single, "candidate-sign", ONE, **keys).gradient == Verdict.FAIL


def test_the_wrong_example_is_wrong(right: Report, tmp_path: Path) -> None:
    source = SOURCE.with_name("lstm_wrong.c")
    found = gradients(compile_library(tmp_path, f'#include "{source}"', "wrong"), None, NETWORK)
    assert [each.mistake for each in diagnosed(right, found).suspects] == ["cell-carry-without-forget"]


def test_the_other_precision_is_told(library: Path) -> None:
    with pytest.raises(
        LstmcheckError, match=r"no function lstm_forward_f32.*It has lstm_forward: set target.dtype: float64"
    ):
        checked(library, None, ONE, target__dtype="float32")
    with pytest.raises(LstmcheckError, match="has double and float"):
        functions_of(replace(settings_of(configuration(library, ONE)), dtype="float16"))


REFUSED = {
    "code": "lstm_forward returned 7; wanted 0.",
    "code back": "lstm_backward returned -3; wanted 0.",
    "negative cache": "lstm_cache_size returned -8; wanted a number of bytes, 0 or more.",
    "huge cache": "lstm_cache_size returned 4,611,686,018,427,387,903 bytes, and",
    "small cache": "lstm_forward writes outside cache: up to 24 bytes beyond its end; lstm_cache_size says",
    "beyond y": "lstm_forward writes outside y: up to one number (8 bytes) beyond its end",
    "before d_x": "lstm_backward writes outside d_x: up to 2 numbers (16 bytes) before its begin",
    "beyond W": "writes outside params[0].W: up to 512 numbers (4096 bytes, or more) beyond its end",
    "reads beyond x": "lstm_forward reads outside x.",
    "reads the cache": "lstm_forward reads numbers of the cache that nothing was written to.",
    "reads d_x": "lstm_backward reads d_x before it has written it.",
    "into the padding": "lstm_backward reads numbers of the cache that nothing was written to.",
    "malloc": "lstm_backward reads memory that it has from malloc and has not written",
    "padding unwritten": "lstm_forward leaves 4 of 16 numbers of y, the first y[1][1][0], unwritten."
    " Behind the end of a sequence y is 0, and must be written too.",
    "adds to y": "lstm_forward adds to y, which is not zero before. It must write, not add.",
    "h_T unwritten": "lstm_forward leaves h_T unwritten.",
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_c_lets_happen_is_told(fault: str, library: Path) -> None:
    if fault == "malloc" and not hasattr(CDLL(None), "mallopt"):
        pytest.skip("malloc cannot be told here what to give")
    with pytest.raises(LstmcheckError) as caught:
        gradients(library, fault, NETWORK)
    assert REFUSED[fault] in str(caught.value)


def test_an_array_that_is_not_written_did_not_come_back(library: Path) -> None:
    report = checked(library, "d_c0 unwritten", ONE, check__blocks="[b, c0]")
    assert (report.gradient, list(report.coverage.missing)) == (Verdict.PASS, ["c0"])


IMPURE = {
    "some of b unwritten": (
        "lstm_backward leaves 2 of 12 numbers of d_params[0].b, the first d_params[0].b[0], unwritten",
        Verdict.FAIL,
    ),
    "adds to d_x": ("lstm_backward adds to d_x, which is not zero before: it must write", Verdict.PASS),
}


@pytest.mark.parametrize("fault", IMPURE)
def test_what_backward_leaves_or_adds_to_is_a_problem(fault: str, library: Path) -> None:
    problem, gradient = IMPURE[fault]
    report = checked(library, fault, ONE, check__blocks="[b, x]")
    assert report.target is not None
    assert report.target.purity is not None
    assert (report.gradient, report.target.purity.problems) == (gradient, (problem,))
    assert report.verdict == Verdict.FAIL


CARELESS = {
    "changes x": "lstm_forward changes its argument x",
    "changes c0": "lstm_backward changes an argument of an earlier call, c0",
    "one cache": "a later forward changes the cache of an earlier one",
}


@pytest.mark.parametrize("fault", CARELESS)
def test_what_is_careless_warns(fault: str, library: Path) -> None:
    report = checked(library, fault, ONE, check__blocks="[b]")
    assert report.target is not None
    assert report.target.purity is not None
    assert CARELESS[fault] in " ".join(report.target.purity.warnings)


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (
            "crash",
            "its forward pass ended its process by SIGSEGV (Segmentation fault)."
            "\n  The last that it wrote:\n    so far",
        ),
        ("abort", "its backward pass ended its process by SIGABRT (Aborted)."),
    ],
)
def test_a_crash_is_told_with_its_signal(
    fault: str, what: str, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANTED", str(NUMBERS[fault]))
    with pytest.raises(LstmcheckError) as caught:
        check(configuration(library, ONE))
    assert what in str(caught.value)


def test_another_layout_is_named(library: Path) -> None:
    report = checked(library, None, ONE, target__convention="haste", check__blocks="[b]")
    assert report.target is not None
    assert report.target.conformance is not None
    matches = report.target.conformance.matches
    assert [match.keys for match in matches] == [{"target.convention": "torch"}]


def refusal(path: Path) -> str:
    """Of a file that is named as a library."""
    with pytest.raises(LstmcheckError) as caught:
        functions_of(settings_of(configuration(path, ONE)))
    return str(caught.value)


def test_what_is_no_library_is_told(library: Path, tmp_path: Path) -> None:
    name, wrong = tmp_path / "liblstm.so", platform.machine() == "aarch64"
    assert "there is no file" in refusal(name)
    (tmp_path / "lstm.c").write_text("")
    assert f"Compile it: cc -O2 -shared -fPIC -o {name} {tmp_path}/lstm.c -lm" in refusal(name)
    assert f"Compile it, and name the library: cc -O2 -shared -fPIC -o {name}" in refusal(tmp_path / "lstm.c")
    name.write_text("rubbish")
    assert "this is no shared library." in refusal(name)
    name.write_bytes(b"!<arch>\n")
    assert "this is a static library, and cannot be loaded:" in refusal(name)
    head = bytearray(library.read_bytes())
    head[18:20] = (62 if wrong else 183).to_bytes(2, "little")
    name.write_bytes(head)
    assert f"for {'x86_64' if wrong else 'aarch64'}; this machine is {platform.machine()}." in refusal(name)


def test_a_function_that_is_missing_is_told(tmp_path: Path) -> None:
    path = compile_library(tmp_path, "void lstm_forwards(void) {}", "near")
    assert (
        "there is no function lstm_forward, which protocol c calls. Did you mean 'lstm_forwards'?"
        in refusal(path)
    )
    path = compile_library(tmp_path, "void _Z12lstm_forwardPK10lstm_sizes(void) {}", "cpp")
    assert 'declare it extern "C"' in refusal(path)


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("target__module", "a", "protocol c calls a shared library, not Python"),
        ("target__only_definitions", "true", "protocol c calls a shared library, not Python"),
        ("target__convention", "flax", "protocol c has one W, one U and one b in each cell"),
    ],
)
def test_contradictions_are_told(key: str, value: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=what):
        configuration(tmp_path / "liblstm.so", ONE, **{key: value})


def test_the_page_and_what_is_called_are_the_same() -> None:
    code = re.sub(r"/\*.*?\*/", "", c_header(), flags=re.DOTALL)
    for name, kind in (("lstm_sizes", Sizes), ("lstm_params", Params)):
        body = re.search(rf"typedef struct \{{([^}}]*)\}} {name};", code)
        assert body is not None
        assert re.findall(r"(\w+);", body[1]) == [field[0] for field in kind._fields_]
    for name, arguments in (("lstm_forward", FORWARD), ("lstm_backward", BACKWARD)):
        declared = re.search(rf"int {name}\(([^)]*)\);", code)
        assert declared is not None
        assert re.findall(r"(\w+)(?:,|$)", declared[1]) == ["sizes", *arguments]


def test_parameters_are_where_the_page_says() -> None:
    names = ("W_l0", "b_ih_l0_reverse", "b_hh_l1", "p_l1_reverse", "R_l1", "b_l0", "U_l1")
    assert list(places(names).values()) == [
        "params[0].W",
        "params[1].b",
        "params[2].b_hh",
        "params[3].p",
        "params[2].R",
        "params[0].b",
        "params[2].U",
    ]
    memory = {place: Guarded.copy(np.ones(2), 0) for place in places(names).values()}
    fourth = params_of("params", 4, memory)[3]
    assert (fourth.p, fourth.R) == (memory["params[3].p"].address, None)
