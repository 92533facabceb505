"""Adapters that `init --target` writes: each says what to fill in, and is right once it is filled in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_runner import CONFIGS, invoke

from lstmcheck.cli.commands import Adapter
from lstmcheck.config.adapter import ADAPTERS

TARGETS = CONFIGS / "targets"
IMPORTS = {
    "plain": "import numpy as np\nimport plain as mine\n",
    "columns": "",
    "loss": "import loss as mine\n",
    "torch": "from torch.nn import LSTM as MyLSTM\n",
    "jax": "import jax_function as mine\n",
}
COLUMN_STEP = """
    hx = np.vstack([h, x])
    i, f, o = (1 / (1 + np.exp(-weights["W" + k] @ hx - weights["b" + k])) for k in "ifo")
    g = np.tanh(weights["Wg"] @ hx + weights["bg"])
    c_next = f * c + i * g
    h_next, cache = o * np.tanh(c_next), (weights, hx, c, i, f, g, o, c_next)
"""
COLUMN_BACKWARD = """
    weights, hx, c, i, f, g, o, c_next = cache
    d_c = d_c + d_h * o * (1 - np.tanh(c_next) ** 2)
    d_z = {"i": d_c * g * i * (1 - i), "f": d_c * c * f * (1 - f)}
    d_z |= {"g": d_c * i * (1 - g**2), "o": d_h * np.tanh(c_next) * o * (1 - o)}
    d_hx = sum(weights["W" + k].T @ d for k, d in d_z.items())
    H = len(d_h)
    d_h_before, d_x, d_c_before = d_hx[:H], d_hx[H:], d_c * f
    d_weights = {"W" + k: d @ hx.T for k, d in d_z.items()} | {"b" + k: d for k, d in d_z.items()}
"""
CALLS = {
    "plain": [
        "    y, h_T, c_T, cache = mine.forward(params, x, h0, c0)\n",
        "    d = mine.backward(d_y, d_h, d_c, cache)\n"
        '    d_W, d_U, d_b, d_x, d_h0, d_c0 = (d[k] for k in ("W", "U", "b", "x", "h0", "c0"))\n',
    ],
    "columns": [COLUMN_STEP, COLUMN_BACKWARD],
    "loss": [
        "    loss, d = mine.loss_and_grads(params, x, h0, c0)\n"
        '    d_W, d_U, d_b, d_x, d_h0, d_c0 = (d[k] for k in ("W", "U", "b", "x", "h0", "c0"))\n'
    ],
    "torch": [""],
    "jax": ["    y, h_T, c_T = mine.forward(params, x, h0, c0)\n"],
}


def written(name: str, folder: Path) -> str:
    path = folder / "adapter.py"
    assert invoke("init", str(path), "--target", name).exit_code == 0
    return path.read_text()


def filled_in(name: str, text: str) -> str:
    calls = iter(CALLS[name])
    lines = text.splitlines(keepends=True)
    return IMPORTS[name] + "".join(next(calls) if "NotImplementedError" in line else line for line in lines)


def protocol(name: str) -> str:
    return "plain" if name == "columns" else name


@pytest.mark.parametrize("name", CALLS)
def test_an_adapter_that_is_filled_in_passes(name: str, tmp_path: Path) -> None:
    pytest.importorskip(name) if name in ("torch", "jax") else None
    for example in ("plain", "loss", "jax_function"):
        (tmp_path / f"{example}.py").write_text((TARGETS / f"{example}.py").read_text())
    target = tmp_path / "adapter.py"
    target.write_text(filled_in(name, written(name, tmp_path)))
    options = ["--set", "target.behaviour=[]", "--set", "check.entries=2"]
    found = invoke("run", "--target", str(target), "--protocol", protocol(name), "-q", *options)
    assert found.exit_code == 0, found.stdout + found.stderr


def test_an_adapter_that_is_not_filled_in_says_where(tmp_path: Path) -> None:
    written("plain", tmp_path)
    found = invoke("run", "--target", str(tmp_path / "adapter.py"))
    assert found.exit_code == 2
    assert "forward: call yours here" in found.stderr
    assert "Traceback" not in found.stderr


def test_every_adapter_is_offered_and_none_is_overwritten(tmp_path: Path) -> None:
    assert [each.value for each in Adapter] == list(ADAPTERS)
    for name in ADAPTERS:
        printed = invoke("init", "-", "--target", name).stdout
        assert printed
        if name != "c":
            compile(printed, name, "exec")
    (tmp_path / "mine.py").write_text("x = 1\n")
    assert invoke("init", str(tmp_path / "mine.py"), "--target", "plain").exit_code == 2
    assert (tmp_path / "mine.py").read_text() == "x = 1\n"


def test_adapters_are_in_the_package() -> None:
    code = "from lstmcheck.config.adapter import *; [adapter(name) for name in ADAPTERS]"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
