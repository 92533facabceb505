"""The protocol of a file, by the names of its functions: guessed, or told why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted_targets import FILES, FOLDER

from lstmcheck.config import parse
from lstmcheck.errors import LstmcheckError
from lstmcheck.targets.guessed_protocol import with_guessed_protocol
from lstmcheck.targets.loading.guess_protocol import guess_protocol

SEQUENCES = {"cs231n-sequence": "cs231n_step", "course-sequence": "course_cell"}
"""Their examples bring the functions of a step along."""


@pytest.mark.parametrize("protocol", [name for name in FILES if name not in SEQUENCES])
def test_the_protocol_of_an_example_and_of_its_wrong_twin_is_found(protocol: str) -> None:
    right = FOLDER / FILES[protocol]
    for path in (right, right.with_stem(f"{right.stem}_wrong")):
        assert guess_protocol(path) == {"protocol": protocol}


@pytest.mark.parametrize("protocol", SEQUENCES)
def test_functions_of_several_protocols_are_told_apart_by_nobody(protocol: str) -> None:
    with pytest.raises(LstmcheckError, match=rf"fit several protocols: .* and {protocol} \(lstm_forward"):
        guess_protocol(FOLDER / FILES[protocol])


@pytest.mark.parametrize("protocol", SEQUENCES)
def test_the_number_of_arguments_tells_apart_what_has_one_name(protocol: str) -> None:
    """The wrong twin takes its forward pass from the file beside it."""
    path = FOLDER / FILES[protocol]
    assert guess_protocol(path.with_stem(f"{path.stem}_wrong")) == {"protocol": protocol}


def written(folder: Path, source: str, name: str = "mine.py") -> Path:
    path = folder / name
    path.write_text(source)
    return path


BOTH = "def forward(params, x, h0, c0): ...\ndef backward(d_y, d_h, d_c, cache): ...\n"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (BOTH, {"protocol": "plain"}),
        (f"import jax\n{BOTH}", {"protocol": "plain"}),
        ("import jax.numpy as np\ndef forward(params, x, h0, c0): ...", {"protocol": "jax"}),
        (
            "try:\n    import numba\nexcept ImportError:\n    numba = None\nif numba:\n    a = 1\n" + BOTH,
            {"protocol": "plain"},
        ),
        ("from elsewhere import forward, backward", {"protocol": "plain"}),
        ("forward = backward = lambda *all: all", {"protocol": "plain"}),
        ("class LSTM:\n    def forward(self): ...\n    def backward(self): ...", {"protocol": "karpathy"}),
        (
            "class Base:\n    def forward(self): ...\nclass LSTM(Base):\n    def backward(self): ...",
            {"protocol": "karpathy"},
        ),
        (
            "from torch import nn\nclass Mine(nn.Module):\n    def forward(self): ...",
            {"protocol": "torch", "forward": "Mine"},
        ),
        ("import torch.nn as nn\nclass LSTM(nn.LSTM): ...", {"protocol": "torch", "forward": "LSTM"}),
        (
            "def lstm_forward(x, a0, parameters): ...\ndef lstm_backward(da, caches): ...",
            {"protocol": "course-sequence"},
        ),
        (
            "def lstm_forward(x, h0, Wx, Wh, b, more=None): ...\ndef lstm_backward(dh, cache): ...",
            {"protocol": "cs231n-sequence"},
        ),
    ],
)
def test_what_a_source_binds_is_seen(source: str, found: dict[str, str], tmp_path: Path) -> None:
    assert guess_protocol(written(tmp_path, source)) == found


@pytest.mark.parametrize(
    "source", ["def forward((:", "\0", "print 'Python 2'", "(" * 10**5, "\xff", "", "from a.b import *"]
)
def test_what_cannot_be_read_is_left_to_its_import_to_tell(source: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_bytes(source.encode("latin-1"))
    assert guess_protocol(path) == {}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("from elsewhere import other", "it defines none."),
        ("class MyLSTM:\n    def step(self, x): ...", "lstmcheck init --target plain (or columns)"),
        ("def step(x): ...\ndef _hidden(x): ...", "it defines step."),
        ("def forward(params, x, h0, c0): ...", "plain also needs backward"),
        ("def lstm_step_forward(): ...\ndef lstm_step_backwrd(): ...", "Did you mean 'lstm_step_backward'?"),
        ("from torch import nn\nclass A(nn.Module): ...\nclass B(nn.Module): ...", "it defines A, B"),
        (
            "def lstm_forward(*all): ...\ndef lstm_backward(*all): ...",
            "cs231n-sequence (lstm_forward, lstm_backward) and",
        ),
    ],
)
def test_what_fits_none_or_several_is_told_with_what_there_is(source: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(LstmcheckError) as raised:
        guess_protocol(written(tmp_path, source))
    assert told in str(raised.value)
    assert "--protocol" in str(raised.value)


def test_files_that_import_each_other_end(tmp_path: Path) -> None:
    written(tmp_path, "from mine import *\nforward = 1", "other.py")
    assert guess_protocol(written(tmp_path, "from other import *\nbackward = 1")) == {"protocol": "plain"}


def test_a_notebook_is_read_by_its_definitions(tmp_path: Path) -> None:
    cell = '{{"cell_type": "code", "source": "{}"}}'
    cells = ", ".join(map(cell.format, ("%matplotlib inline\\n" + BOTH.replace("\n", "\\n"), "train()")))
    path = written(tmp_path, f'{{"cells": [{cells}], "metadata": {{}}}}', "mine.ipynb")
    assert guess_protocol(path) == {"protocol": "plain"}


@pytest.mark.parametrize("written_key", ["protocol: course-cell", "forward: run", "backward: run"])
def test_nothing_is_guessed_where_the_configuration_says_it(written_key: str) -> None:
    file = FOLDER / FILES["cs231n-step"]
    text = f"lstm: {{input_size: 2, hidden_size: 3}}\ntarget: {{file: {file}, {written_key}}}\n"
    config = parse(text, name="mine.yaml")
    assert with_guessed_protocol(config) is config


def test_what_the_guess_contradicts_is_told() -> None:
    file = FOLDER / FILES["cs231n-step"]
    text = f"lstm: {{input_size: 2, hidden_size: 3, num_layers: 2}}\ntarget: {{file: {file}}}\n"
    with pytest.raises(LstmcheckError, match="protocol cs231n-step has one layer; num_layers is 2") as raised:
        with_guessed_protocol(parse(text, name="mine.yaml"))
    assert raised.value.problems[0].where == f"mine.yaml:1:{text.index('2}') + 1}"


def test_a_shared_library_is_called_as_such(tmp_path: Path) -> None:
    assert guess_protocol(tmp_path / "libmy_lstm.so") == {"protocol": "c"}
