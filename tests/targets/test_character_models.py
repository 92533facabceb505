"""A network that looks its inputs up, as those of characters do, is checked with ones among zeros."""

from __future__ import annotations

from pathlib import Path

from target_checks import checked

FOLDER = Path(__file__).parents[2] / "configs" / "targets"
LOOKED_UP = (
    ("x_t @ W.T", "W.T[x_t.argmax(axis=-1)]"),
    ('"x": d_x, ', ""),
    ("d_W += d_z.T @ x[t]", "np.add.at(d_W.T, x[t].argmax(axis=-1), d_z)"),
)
BLOCKS = "[W, U, b, h0, c0]"


def looked_up() -> str:
    text = (FOLDER / "plain.py").read_text()
    for right, wrong in LOOKED_UP:
        assert right in text
        text = text.replace(right, wrong)
    return text


def test_a_network_that_looks_characters_up_passes_with_one_hot_inputs(tmp_path: Path) -> None:
    report = checked(tmp_path, looked_up(), sequence__inputs="one-hot", check__blocks=BLOCKS)
    assert report.verdict == "pass"
