"""Every command fits the terminals that people have."""

from __future__ import annotations

import io

import pytest
from command_runner import CONFIGS, SMALL, invoke
from rich.cells import cell_len
from rich.console import Console

from lstmcheck.report.content import Content
from lstmcheck.report.formats import text

WRONG = str(CONFIGS / "targets" / "cs231n_step_wrong.py")
FURTHER = [
    word for topic in ("layers", "truncation", "masks", "total", "loss") for word in ("--topic", topic)
]
COMMANDS = {
    "pass": ["run", SMALL],
    "networks": ["run", str(CONFIGS / "deep-bidirectional.yaml"), "-v"],
    "fail": ["run", SMALL, "--mistake", "hidden-carry-dropped"],
    "target": ["run", SMALL, "--target", WRONG, "--protocol", "cs231n-step"],
    "sweep": ["sweep", SMALL, "--mistake", "middle-layer-lost", "--axis", "lstm.num_layers=1,3", "-j", "1"],
    "audit": ["audit", str(CONFIGS / "one-neuron.yaml")],
    "mistakes": ["mistakes"],
    "mistake": ["mistakes", "hidden-carry-dropped"],
    "conventions": ["conventions"],
    "flow": ["flow", SMALL],
    "explain": ["explain", SMALL],
    "topics": ["explain", str(CONFIGS / "padded.yaml"), *FURTHER],
}
WIDTHS = (40, 80, 200)
COPIED = ("Reproduce: ", "Line: ", "    return ", "  try: ", " " * 50)
"""What is to be copied stays in one piece, and so does the line of source that is marked."""


@pytest.mark.parametrize("name", COMMANDS)
def test_everything_fits_the_terminal(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, str]] = []

    def show(content: Content, *, brief: bool) -> None:
        assert not brief
        shown.extend((width, line) for width in WIDTHS for line in printed(content, width))

    monkeypatch.setattr(text, "show", show)
    assert invoke(*COMMANDS[name]).exit_code in (0, 1)
    assert shown
    for width, line in shown:
        assert cell_len(line) <= width or line.startswith(COPIED)


def printed(content: Content, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(text.render(content, console))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]
