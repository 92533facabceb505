"""Programs in other languages: they read requests on stdin and answer on stdout."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

from lstmcheck.api import check
from lstmcheck.arrays.json_arrays import decode_array
from lstmcheck.config import parse, process_schema
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.verdict import Verdict

EXAMPLES = Path(__file__).parents[2] / "configs" / "targets"
SIZES = "{length: 3, batch: 2, initial_state: random}"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
NETWORK = """
import json, sys
import numpy as np
sys.path.insert(0, {folder!r})
import network

def array(value):
    return np.array(value["data"], dtype=float).reshape(value["shape"])

def shown(value):
    return {{"shape": list(value.shape), "data": value.ravel().tolist()}}

for line in sys.stdin:
    asked = json.loads(line)
    params = {{name: array(value) for name, value in asked["params"].items()}}
    x, h0, c0 = (array(asked[name]) for name in ("x", "h0", "c0"))
    y, h, c, cache = network.forward(params, x, h0, c0, lengths=array(asked["lengths"]).astype(int))
    if asked["do"] == "forward":
        answer = {{"y": y, "h_T": h, "c_T": c}}
    else:
        answer = network.backward(*(array(asked[name]) for name in ("d_y", "d_h", "d_c")), cache)
    print(json.dumps({{name: shown(value) for name, value in answer.items()}}), flush=True)
"""

PLAIN = f"""
import json, sys
import numpy as np
sys.path.insert(0, {str(EXAMPLES)!r})
import plain

def array(value):
    return np.array(value["data"]).reshape(value["shape"])

def shown(value):
    return value.tolist()

for line in sys.stdin:
    asked = json.loads(line)
    params = {{name: array(value) for name, value in asked["params"].items()}}
    y, h, c, cache = plain.forward(params, *(array(asked[name]) for name in ("x", "h0", "c0")))
    if asked["do"] == "forward":
        answer = {{"y": y, "h_T": h, "c_T": c}}
    else:
        answer = plain.backward(*(array(asked[name]) for name in ("d_y", "d_h", "d_c")), cache)
    print(json.dumps({{name: shown(value) for name, value in answer.items()}}), flush=True)
"""


def checked(
    folder: Path, words: list[str], lstm: str = "{input_size: 2, hidden_size: 3}", **keys: str
) -> Report:
    target = "{command: [%s], protocol: process, behaviour: []}" % ", ".join(map(repr, words))  # noqa: UP031
    path = folder / "program.yaml"
    path.write_text(f"lstm: {lstm}\nsequence: {keys.get('sequence', SIZES)}\ntarget: {target}\n")
    return check(parse(path.read_text(), name=str(path), overrides=["check.entries=1"]))


def node(folder: Path, *changes: tuple[str, str]) -> Report:
    source = (EXAMPLES / "process.js").read_text()
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    (folder / "mine.js").write_text(source)
    return checked(folder, ["node", "mine.js"])


@needs_node
def test_what_node_computes_passes_and_conforms(tmp_path: Path) -> None:
    report = node(tmp_path)
    assert set(report.answers.values()) == {Verdict.PASS}
    assert report.answers["conformance"] == Verdict.PASS


@needs_node
@pytest.mark.parametrize(
    ("mistake", "old", "new"),
    [
        ("cell-carry-dropped", "= dc[at] + total * o", "= total * o"),
        (
            "input-weights-last-step-only",
            "dW.data[row * D + k] +=",
            "if (t === T - 1) dW.data[row * D + k] +=",
        ),
    ],
)
def test_a_mistake_in_another_language_is_caught_and_named(
    mistake: str, old: str, new: str, tmp_path: Path
) -> None:
    report = node(tmp_path, (old, new))
    assert report.gradient == Verdict.FAIL
    assert report.diagnosis is not None
    assert report.diagnosis.suspects[0].mistake == mistake


def test_a_program_may_be_a_whole_network_with_lengths(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(NETWORK.format(folder=str(EXAMPLES)))
    lstm = "{input_size: 2, hidden_size: 2, num_layers: 2, bidirectional: true}"
    sizes = "{length: 3, batch: 2, lengths: [3, 2], initial_state: random}"
    report = checked(tmp_path, [sys.executable, "mine.py"], lstm, sequence=sizes)
    assert set(report.answers.values()) == {Verdict.PASS}


BAD = {
    "print('hello', flush=True); input()": "wrote a line on stdout that is no answer: hello",
    "print('{', end='', flush=True)": "ended with exit code 0, in the middle of an answer: {",
    "import sys; sys.exit('out of luck')": "ended with exit code 1. It said: out of luck",
    "import os; os.abort()": "was ended by SIGABRT",
    'input(); print(\'{"error": "no such size"}\', flush=True); input()': "says: no such size",
    "input(); print('{\"y\": [1]}', flush=True); input()": "answered with y; wanted y, h_T, c_T",
    'input(); print(\'{"y": ["a"]}\', flush=True); input()': "something else than arrays",
    "input(); print('[' * 5000 + ']' * 5000, flush=True); input()": "that is no answer: [[[",
    'input(); print(\'{"y": null, "h_T": [1], "c_T": [1]}\', flush=True); input()': "y is missing",
}


@pytest.mark.parametrize("source", BAD)
def test_what_is_no_answer_is_told(source: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(source)
    with pytest.raises(LstmcheckError) as caught:
        checked(tmp_path, [sys.executable, "mine.py"])
    assert BAD[source] in str(caught.value)


def test_a_wrong_shape_is_told(tmp_path: Path) -> None:
    answer = '{"y": [1], "h_T": [1], "c_T": [1]}'
    (tmp_path / "mine.py").write_text(f"while True: input(); print({answer!r}, flush=True)")
    with pytest.raises(LstmcheckError, match=r"returned y of shape \(1,\); wanted \(3, 2, 3\)"):
        checked(tmp_path, [sys.executable, "mine.py"])


def test_what_a_program_says_too_much_is_no_answer_to_the_next_request(tmp_path: Path) -> None:
    """Under another convention it would seem to be right: that is what it was asked before."""
    (tmp_path / "mine.py").write_text(PLAIN.replace("    print(", "    print({}, flush=True); print("))
    with pytest.raises(LstmcheckError) as caught:
        checked(tmp_path, [sys.executable, "mine.py"])
    assert "answered with nothing" in str(caught.value)
    assert "it runs" not in str(caught.value)
    # In one piece with the answer: what comes later is met as the answer to something else.
    (tmp_path / "mine.py").write_text(PLAIN.replace("}), flush", "}) + '\\n{}', flush"))
    with pytest.raises(LstmcheckError, match=r"wrote more than one line of answer: \{\}"):
        checked(tmp_path, [sys.executable, "mine.py"])
    (tmp_path / "mine.py").write_text(PLAIN.replace("flush=True)", "flush=True); print({}, flush=True)"))
    with pytest.raises(LstmcheckError) as caught:
        checked(tmp_path, [sys.executable, "mine.py"])
    assert "it runs" not in str(caught.value)


def test_a_gradient_that_is_null_did_not_come_back(tmp_path: Path) -> None:
    shown = "if name != 'c0' else None for name"
    (tmp_path / "mine.py").write_text(PLAIN.replace("shown(value) for name", f"shown(value) {shown}"))
    report = checked(tmp_path, [sys.executable, "mine.py"])
    assert report.answers["gradient"] == Verdict.PASS
    assert list(report.coverage.missing) == ["c0"]


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError, match=r"there is no program \./nothing"):
        checked(tmp_path, ["./nothing"])


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("{command: [a]}", "a command is asked by protocol process"),
        ("{file: a.py, protocol: process}", "protocol process starts a program"),
        ("{file: a.py, command: [a], protocol: process}", "file and command are given"),
    ],
)
def test_contradictions_are_told(target: str, what: str) -> None:
    with pytest.raises(LstmcheckError, match=what):
        parse(f"lstm: {{input_size: 1, hidden_size: 1}}\ntarget: {target}\n", name="a")


def test_the_page_describes_requests_and_answers() -> None:
    validator = jsonschema.Draft202012Validator(process_schema())
    array, nested = {"shape": [1, 2], "data": [0.5, 1]}, [[0.5, 1]]
    asked = {"do": "forward", "params": {"W": array}, "x": array, "h0": array, "c0": array}
    backward = {**asked, "do": "backward", "d_y": array, "d_h": array, "d_c": array}
    good = [asked, backward, {"y": nested, "h_T": array, "c_T": array}, {"W": array, "x": nested}]
    assert all(map(validator.is_valid, good))
    bad = [{**asked, "do": "other"}, {"y": nested}, {**asked, "extra": array}, {"W": {"shape": [1]}}]
    assert not any(map(validator.is_valid, bad))


def test_the_examples_of_the_page_are_right() -> None:
    """Of one step of one number, by the autograd of torch."""
    validator = jsonschema.Draft202012Validator(process_schema())
    examples = process_schema()["examples"]
    assert all(map(validator.is_valid, examples))
    _, outputs, asked, gradients = examples
    given = asked["params"] | {name: asked[name] for name in ("x", "h0", "c0")}
    own = {n: torch.tensor(decode_array(a), requires_grad=True) for n, a in given.items()}
    z = own["x"][0] @ own["W"].T + own["h0"] @ own["U"].T + own["b"]
    i, f, g, o = z[0].sigmoid()[0], z[0].sigmoid()[1], z[0, 2].tanh(), z[0].sigmoid()[3]
    c_T = f * own["c0"] + i * g
    y = o * c_T.tanh()
    found = {"y": y[None], "h_T": y, "c_T": c_T}
    upstream = [torch.tensor(decode_array(asked[name])) for name in ("d_y", "d_h", "d_c")]
    found |= dict(
        zip(own, torch.autograd.grad(list(found.values()), list(own.values()), upstream), strict=True)
    )
    for name, array in (outputs | gradients).items():
        np.testing.assert_allclose(decode_array(array), found[name].detach(), rtol=1e-14)


def test_requests_are_as_the_page_says(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(process_schema())
    logging = (
        "import sys\nfor line in sys.stdin:\n    open('log', 'a').write(line)\n    print('{\"error\": \"\"}')"
    )
    (tmp_path / "mine.py").write_text(logging.replace("'log'", repr(str(tmp_path / "log"))) + "\n    break")
    with pytest.raises(LstmcheckError):
        checked(tmp_path, [sys.executable, "mine.py"])
    assert validator.is_valid(json.loads((tmp_path / "log").read_text().splitlines()[0]))
