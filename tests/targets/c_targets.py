"""The shipped network in C with mistakes and faults planted: compiled once, and chosen while it runs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import CDLL, c_int
from pathlib import Path
from typing import Any

import pytest

from lstmcheck.api import check
from lstmcheck.config import Config, c_header, parse
from lstmcheck.judge.results import Report
from lstmcheck.lstm.types import Arrays
from lstmcheck.targets.library.finding import functions_of
from lstmcheck.targets.target import open_target, settings_of

SOURCE = Path(__file__).parents[2] / "configs" / "targets" / "lstm.c"
COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler, cc")

ONE = "lstm: {input_size: 2, hidden_size: 3}\nsequence: {length: 3, batch: 2}\n"
NETWORK = """\
lstm: {input_size: 1, hidden_size: 2, num_layers: 2, bidirectional: true}
sequence: {length: 2, batch: 2, lengths: [2, 1]}
"""

HEAD = """
#include <stdio.h>
#include <stdlib.h>
int planted = 0;
static double zeros[4096], rubbish[4096], last[4096];
static void *allocate(size_t count, size_t size) { return malloc(count * size); }
__attribute__((constructor)) static void choose(void) {
    if (getenv("PLANTED")) planted = atoi(getenv("PLANTED"));
}
"""
FORWARD, FORWARD_ENDS = "    memcpy(h_T, h0,", "    return 0;\n}\n\n/* The reverse"
BACKWARD, BACKWARD_ENDS = "    memcpy(d_h0, d_h,", "    free(scratch);\n"
SIZE = "    return s->T * s->B * numbers"
CARRY, DOWN = "add(d_h, d_z[r], p->U", "add(d_x, d_z[r], p->W"
BIASES = "for (int64_t q = 0; q < s->layers * s->directions; q++) for (int64_t r = 0; r < 4 * H; r++)"
PLACE = "out + at * wide(s) + direction * H"
OUT = f"memcpy({PLACE}, h, H * sizeof(real));"


def before(line: str, statement: str) -> tuple[str, str]:
    """A line with a statement in front, where it is chosen."""
    return line, f"    if (PLANTED) {{ {statement} }}\n{line}"


Edit = tuple[str, str]
"""A text of the source, and what it becomes. PLANTED is whether it was chosen."""

MISTAKES: dict[str, Edit] = {
    "cell-carry-without-forget": ("CARRIED(d_c_t, f)", "CARRIED(d_c_t, (PLANTED ? 1 : f))"),
    "cell-carry-dropped": ("d_c[j] + d_h_t", "(PLANTED ? 0 : d_c[j]) + d_h_t"),
    "hidden-carry-dropped": (CARRY, f"if (!PLANTED) {CARRY}"),
    "hidden-without-candidate": (CARRY, f"if (!PLANTED || r / H != G) {CARRY}"),
    "input-without-output-gate": (DOWN, f"if (!PLANTED || r / H != O) {DOWN}"),
    "sigmoid-instead-of-derivative-i": ("g * i * (1 - i)", "g * i * (PLANTED ? 1 : 1 - i)"),
    "sigmoid-derivative-missing-o": ("tanh_c * o * (1 - o)", "tanh_c * (PLANTED ? 1 : o * (1 - o))"),
    "forget-gate-uses-itself": ("d_c_t * c_prev", "d_c_t * (PLANTED ? f : c_prev)"),
    "candidate-sign": ("= d_c_t * i", "= (PLANTED ? -1 : 1) * d_c_t * i"),
    "candidate-derivative-missing-g": ("(1 - g * g)", "(PLANTED ? 1 : 1 - g * g)"),
    "output-derivative-missing": ("(1 - tanh_c * tanh_c)", "(PLANTED ? 1 : 1 - tanh_c * tanh_c)"),
    "final-cell-gradient-ignored": ("memcpy(d_c0, d_c,", "memcpy(d_c0, PLANTED ? (real *)zeros : d_c,"),
    "bias-doubled": ("+= d_z[r];", "+= (PLANTED ? 2 : 1) * d_z[r];"),
    "bias-batch-mean": before(BACKWARD_ENDS, f"{BIASES} d_params[q].b[r] /= s->B;"),
    "upper-layer-bias-zero": before(BACKWARD_ENDS, f"{BIASES} d_params[q].b[r] *= q < s->directions;"),
    "initial-cell-zero": before(BACKWARD_ENDS, "memset(d_c0, 0, state * sizeof(real));"),
    "reverse-direction-not-added": (
        "d_in + at * D, scratch",
        "PLANTED && direction ? (real *)rubbish : d_in + at * D, scratch",
    ),
    "layers-detached": ("? scratch + 4 * H + layer", "? PLANTED ? (real *)zeros : scratch + 4 * H + layer"),
    "directions-exchanged": ("wide(s) + direction * H, d_h0", "wide(s) + (PLANTED ^ direction) * H, d_h0"),
}
"""Of the catalogue, by name."""

NO_ZEROS = ("memset(out, 0,", "if (!PLANTED || out != y) memset(out, 0,")
FAULTS: dict[str, tuple[Edit, ...]] = {
    "crash": (before(FORWARD, 'printf("so far\\n"); *(volatile int *)8 = 0;'),),
    "abort": (before(BACKWARD, "abort();"),),
    "code": (before(FORWARD, "return 7;"),),
    "code back": (before(BACKWARD, "return -3;"),),
    "negative cache": (before(SIZE, "return -8;"),),
    "huge cache": (before(SIZE, "return INT64_MAX / 2;"),),
    "small cache": ((SIZE, f"{SIZE[:10]} (PLANTED ? -24 : 0) +{SIZE[10:]}"),),
    "beyond y": (before(FORWARD, "y[s->T * s->B * wide(s)] = 0;"),),
    "before d_x": (before(BACKWARD, "d_x[-2] = 0;"),),
    "beyond W": (before(BACKWARD, "params->W[4 * H * s->D + 511] = 0;"),),
    "reads beyond x": (before(FORWARD_ENDS, "y[0] += 0 * x[s->T * s->B * s->D];"),),
    "reads the cache": (
        before(FORWARD, "*zeros = ((real *)cache)[0];"),
        before(FORWARD_ENDS, "h_T[0] += 0 * *zeros; *zeros = 0;"),
    ),
    "reads d_x": (
        before(BACKWARD, "*zeros = d_x[0];"),
        before(BACKWARD_ENDS, "d_c0[0] += 0 * *zeros; *zeros = 0;"),
    ),
    "into the padding": (
        (
            "in + at * D, kept(s, cache, cell, t, n)",
            "in + at * D, kept(s, cache, cell, PLANTED ? s->T - 1 : t, n)",
        ),
    ),
    "malloc": (("calloc(", "(PLANTED ? allocate : calloc)("),),
    "padding unwritten": (NO_ZEROS,),
    "adds to y": (NO_ZEROS, (OUT, f"if (PLANTED && out == y) add({PLACE}, 1, h, H); else {OUT}")),
    "h_T unwritten": (before(FORWARD, "h_T = (real *)rubbish;"),),
    "d_c0 unwritten": (before(BACKWARD, "d_c0 = (real *)rubbish;"),),
    "some of b unwritten": (
        ("memset(d->b, 0, 4 * H", "memset(d->b + 2 * PLANTED, 0, (4 * H - 2 * PLANTED)"),
        ("d->b[r] +=", "(PLANTED && r < 2 ? (real *)rubbish : d->b)[r] +="),
    ),
    "adds to d_x": (("memset(d_x, 0,", "if (!PLANTED) memset(d_x, 0,"),),
    "changes x": (before(FORWARD_ENDS, "((real *)x)[0] = 5;"),),
    "changes c0": (before(BACKWARD, "((real *)c0)[0] = 5;"),),
    "one cache": (
        before(FORWARD_ENDS, "memcpy(last, cache, lstm_cache_size(s));"),
        before(BACKWARD, "cache = last;"),
    ),
}
"""What C lets happen, by name."""

NUMBERS = {name: k for k, name in enumerate((*MISTAKES, *FAULTS), 1)}


def planted_source() -> str:
    """The network's, with a switch for everything."""
    source = SOURCE.read_text(encoding="utf-8")
    for name, edits in {**{n: (edit,) for n, edit in MISTAKES.items()}, **FAULTS}.items():
        for old, new in edits:
            assert source.count(old) == 1, f"{name}: {source.count(old)} × {old!r}"
            source = source.replace(old, new.replace("PLANTED", f"(planted == {NUMBERS[name]})"))
    return HEAD + source


def compile_library(folder: Path, source: str, name: str, *options: str) -> Path:
    """A shared library in a folder."""
    assert COMPILER is not None
    (folder / "lstmcheck.h").write_text(c_header())
    library = folder / f"lib{name}.so"
    words = [COMPILER, "-w", "-shared", "-fPIC", *options, "-I", str(folder), "-x", "c", "-", "-lm"]
    subprocess.run([*words, "-o", str(library)], input=source.encode(), check=True)
    return library


def configuration(library: Path, sizes: str, **settings: Any) -> Config:
    """`a__b=1` sets the key a.b."""
    text = f"{sizes}target: {{file: {library.name}, protocol: c, behaviour: []}}\ncheck: {{entries: 1}}\n"
    overrides = [f"{key.replace('__', '.')}={value}" for key, value in settings.items()]
    return parse(text, name=str(library.with_name("c.yaml")), overrides=overrides)


@contextmanager
def planted(library: Path, name: str | None) -> Iterator[None]:
    """What a loaded library does, in this process; None: nothing but what it does by itself."""
    if name is None:
        yield
        return
    switch = c_int.in_dll(CDLL(str(library)), "planted")
    switch.value = NUMBERS[name]
    try:
        yield
    finally:
        switch.value = 0


def checked(library: Path, name: str | None, sizes: str, *, explain: bool = False, **settings: Any) -> Report:
    """The report of what is planted, called in this process."""
    config = configuration(library, sizes, **settings)
    with planted(library, name):
        return check(config, functions=functions_of(settings_of(config)), explain=explain)


def gradients(library: Path, name: str | None, sizes: str) -> Arrays:
    """Those that what is planted returns."""
    config = configuration(library, sizes)
    target = open_target(config, functions_of(settings_of(config)))
    with planted(library, name):
        ran = target.session.forward(target.inputs)
        return target.session.backward(target.upstream(ran), ran).arrays
