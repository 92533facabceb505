"""What a forward pass may be instead is told, with the keys that declare it; mistakes are named under them.

A right backward pass of another forward pass is not accused.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from nonconforming_targets import source
from target_checks import checked

from lstmcheck.report.run.answers import answers
from lstmcheck.report.run.diagnosis import sentences

FOLDER = Path(__file__).parents[2] / "configs" / "targets"
PLAIN = (FOLDER / "plain.py").read_text()
Replacements = tuple[tuple[str, str], ...]

CELL, OUTPUT, PUT_OUT = "c = f * c_prev + i * g", "h = o * np.tanh(c)", "y.append(h)"
OF_H, OF_C = "d_h = d_h + d_y[t]", "d_c = d_c + d_h * o * (1 - tanh_c**2)"
OF_O, CARRY = "d_z_o = d_h * tanh_c * o * (1 - o)", "d_c = carried(d_c, f)"
READ, RETURNED, FOUND = "h, c = h0, c0", "return np.stack(y), h, c,", 'return {"W": d_W,'
P = "np.split(params['p'], 3)"
SAVED, PARAMS = "steps.append((h_prev, c_prev, i, f, g, o, c))", "params, x, steps = cache"

BATCH_FIRST = (
    (READ, "T, B, D = x.shape\n    x = x.reshape(B, T, D).swapaxes(0, 1)\n    h, c = h0, c0"),
    (FOUND, 'd_x = d_x.swapaxes(0, 1).reshape(d_x.shape)\n    return {"W": d_W,'),
)
VARIANTS: dict[str, tuple[str, Replacements]] = {
    "tanh(c) is carried": (
        "tanh(c) is carried to the next step, not c",
        (
            (CELL, "c = np.tanh(f * c_prev + i * g)"),
            (OUTPUT, "h = o * c"),
            ("tanh_c = np.tanh(c)", "tanh_c = c"),
            (OF_C, "d_c = (d_c + d_h * o) * (1 - tanh_c**2)"),
        ),
    ),
    "y is c": (
        "y is c, not h",
        (
            (PUT_OUT, "y.append(c)"),
            (OF_H, "d_c = d_c + d_y[t]"),
        ),
    ),
    "h is c": (
        "h is c after every step: both share their memory",
        (
            (OUTPUT, "h = c"),
            (OF_C, "d_c = d_c + d_h"),
            (OF_O, "d_z_o = 0 * o"),
        ),
    ),
    "c is h": (
        "c is h after every step: both share their memory",
        (
            (SAVED, "steps.append((h_prev, c_prev, i, f, g, o, c)); c = h"),
            (OF_H, "d_h, d_c = d_h + d_c + d_y[t], 0 * d_c"),
        ),
    ),
    "batch first": (
        "x is read and y is put out as (B, T, ·), where they are (T, B, ·)",
        (
            *BATCH_FIRST,
            (RETURNED, "return np.stack(y).swapaxes(0, 1).reshape(T, B, -1), h, c,"),
            (PARAMS, f"{PARAMS}\n    d_y = d_y.reshape(*d_y.shape[1::-1], -1).swapaxes(0, 1)"),
        ),
    ),
    "x is read as batch first": ("x is read as (B, T, D), where it is (T, B, D)", BATCH_FIRST),
    "late peephole": (
        "the output gate has no peephole at the first step",
        (
            (CELL, f"{CELL}\n        late = len(steps) > 0\n        o = sigmoid(z_o + late * p[2] * c)"),
            (
                "i, f, g, o = ",
                "p = np.split(params['p'], 3)\n        z_i, z_f = z_i + p[0] * c_prev, z_f + p[1] * c_prev\n"
                "        i, f, g, o = ",
            ),
            (
                OF_C,
                f"{OF_O}\n        p, late = {P}, t > 0\n        {OF_C} + late * p[2] * d_z_o",
            ),
            (CARRY, f"{CARRY} + p[0] * d_z_i + p[1] * d_z_f"),
            (
                "d_W += ",
                "steps_of_p = [d_z_i * c_prev, d_z_f * c_prev, late * d_z_o * c]\n"
                "        d_p = d_p + np.hstack([each.sum(axis=0) for each in steps_of_p])\n        d_W += ",
            ),
            (PARAMS, f"{PARAMS}\n    d_p = 0"),
            (FOUND, 'return {"p": d_p, "W": d_W,'),
        ),
    ),
}


def with_replacements(replacements: Replacements) -> str:
    text = PLAIN
    for right, wrong in replacements:
        assert right in text, right
        text = text.replace(right, wrong)
    return text


@pytest.mark.parametrize("name", VARIANTS)
def test_another_forward_pass_is_told_and_its_right_gradient_passes(name: str, tmp_path: Path) -> None:
    words, replacements = VARIANTS[name]
    peephole = str(name == "late peephole").lower()
    report = checked(tmp_path, with_replacements(replacements), lstm__peephole=peephole)
    assert report.gradient == "pass"
    assert report.target is not None
    assert report.target.conformance is not None
    assert [match.changes for match in report.target.conformance.matches] == [(words,)]
    assert report.target.conformance.matches[0].keys is None


MISTAKE: Replacements = ((OF_C, "d_c = d_h * o * (1 - tanh_c**2)"),)
LINEAR: Replacements = (
    (OUTPUT, "h = o * c"),
    ("tanh_c = np.tanh(c)", "tanh_c = c"),
    (" * (1 - tanh_c**2)", ""),
)
ORDER: Replacements = (
    ("z_i, z_f, z_g, z_o = ", "z_i, z_g, z_f, z_o = "),
    ("[d_z_i, d_z_f, d_z_g, d_z_o]", "[d_z_i, d_z_g, d_z_f, d_z_o]"),
)


def test_a_mistake_is_named_as_the_forward_pass_could_be_declared(tmp_path: Path) -> None:
    keys = "--set 'target.convention={gates: igfo}' --set lstm.activations.output=identity"
    report = checked(tmp_path, with_replacements(MISTAKE + ORDER + LINEAR), explain=True)
    assert report.diagnosis is not None
    assert [each.mistake for each in report.diagnosis.suspects] == ["cell-carry-dropped"]
    told = list(sentences(report))
    assert told[0] == f"Diagnosed as declared with {keys}, where its outputs are ours."
    conformance = next(said for what, _, said in answers(report) if what == "conformance")
    assert conformance.endswith(f": {keys}.")


def test_exchanged_axes_that_run_with_as_many_steps_as_sequences_alone_are_told(tmp_path: Path) -> None:
    report = checked(tmp_path, source(variant="batch-first"), sequence__batch=4)
    assert report.target is not None
    assert report.target.conformance is not None
    assert [match.changes for match in report.target.conformance.matches] == [(VARIANTS["batch first"][0],)]


def test_where_no_key_declares_it_no_search_is_claimed(tmp_path: Path) -> None:
    _, replacements = VARIANTS["y is c"]
    wrong = with_replacements((*replacements, (CARRY, "d_c = carried(d_c, i)")))
    report = checked(tmp_path, wrong, explain=True)
    assert report.gradient == "fail"
    assert report.diagnosis is not None
    assert report.diagnosis.tried == ()
    (told,) = sentences(report)
    assert told.startswith("Diagnosis: none was looked for; its forward pass is not ours")
