"""Of the wrong examples that come with the program, the line that says what would be right is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from watched import EXAMPLES, accused, opened

NAMES = ["plain", "loss", "cs231n-step", "cs231n-sequence", "course-cell", "karpathy"]


@pytest.mark.parametrize("protocol", NAMES)
def test_the_line_of_a_wrong_example_is_named(protocol: str, tmp_path: Path) -> None:
    source = (EXAMPLES / f"{protocol.replace('-', '_')}_wrong.py").read_text()
    (line,) = accused(opened(source, protocol, tmp_path))
    (right,) = re.findall(r"# right: (.*)", source)
    assert "# right: " in line.source
    assert right in line.suggestion.partition("#")[0]
    assert line.settles
