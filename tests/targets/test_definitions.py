"""What of a script is a definition."""

from __future__ import annotations

import ast

import pytest

from lstmcheck.targets.loading.definitions import definitions

KEPT = [
    "import numpy as np\nEPS = np.finfo(float).eps * 2",
    "A, B = (1, -2)",
    "D: int = 3",
    "sigmoid = lambda z: 1 / (1 + z)",
    "try:\n    xrange\nexcept NameError:\n    xrange = range",
    "from __future__ import annotations",
    "from helpers import *",
    "import numpy as np\n\ndef f(x):\n    return np.tanh(x)",
    "from collections import namedtuple\nCache = namedtuple('Cache', 'x h')",
    "HEIGHT = 3\nSIZES = [HEIGHT, {'width': HEIGHT}]",
    "class LSTM:\n    pass\nlstm = LSTM",
]
LEFT_OUT = [
    "import matplotlib.pyplot as plt",
    "data = open('input.txt').read()",
    "np.random.seed(0)",
    "sizes = [undefined, 3]",
    "for step in range(3):\n    print(step)",
    "if __name__ == '__main__':\n    train()",
    "state['h'] = 0",
    "data = open('input.txt')\nsize = len(data)",
    "print('hello')",
    "rate: float",
    "try:\n    train()\nexcept ValueError:\n    pass",
    "with open('x') as file:\n    lines = 3",
    "sizes = [n for n in range(3)]",
]


def kept(text: str) -> str:
    return "\n".join(ast.unparse(module) for module in definitions([ast.parse(text)]))


@pytest.mark.parametrize("text", KEPT)
def test_it_is_kept(text: str) -> None:
    assert kept(text) == ast.unparse(ast.parse(text))


@pytest.mark.parametrize("text", LEFT_OUT)
def test_it_is_left_out(text: str) -> None:
    assert kept(text) == ""


def test_later_cells_see_the_names_of_earlier_ones() -> None:
    cells = [ast.parse("import numpy as np\nN = 3"), ast.parse("M = N\nkind = np.float64")]
    assert [ast.unparse(module) for module in definitions(cells)] == [
        "import numpy as np\nN = 3",
        "M = N\nkind = np.float64",
    ]


CHANGED = [
    "K = 1.0\nK *= 2",
    "TABLE = {'x': 1}\nTABLE['x'] = len('ab')",
    "def backward(c):\n    return c\nbackward = corrected(backward)",
    "SCALE = 1.0\nSCALE = 2.0 if len('ab') else SCALE",
    "n = 1\nfor n in range(3):\n    print(n)",
]


@pytest.mark.parametrize("text", CHANGED)
def test_a_name_that_what_is_left_out_changes_is_not_kept_with_its_old_value(text: str) -> None:
    (kept,) = definitions([ast.parse(text)])
    assert not kept.body


def test_a_definition_that_is_made_again_is_kept() -> None:
    (kept,) = definitions([ast.parse("K = 1.0\nK *= 2\nK = 3.0")])
    assert [ast.unparse(node) for node in kept.body][-1] == "K = 3.0"
