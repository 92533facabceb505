"""A folder of homework: right, wrong, and hostile in every way, each the shipped example with one change."""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "configs" / "targets" / "plain.py"
SOURCE = EXAMPLE.read_text()
FORWARD = "def forward(params, x, h0, c0):\n"
BACKWARD = "def backward(d_y, d_h, d_c, cache):\n"


def changed(old: str, new: str) -> str:
    assert SOURCE.count(old) == 1
    return SOURCE.replace(old, new)


def inside(function: str, line: str) -> str:
    """The example with a line more at the beginning of a function."""
    return changed(function, f"{function}    {line}\n")


FILES = {
    "right.py": SOURCE,
    "floods.py": inside(FORWARD, "print('#' * 10**5)"),
    "wrong.py": changed("d_b += d_z", "d_b = d_z"),
    "gates.py": SOURCE.replace("z_i, z_f, z_g, z_o = ", "z_i, z_g, z_f, z_o = ").replace(
        "[d_z_i, d_z_f, d_z_g, d_z_o]", "[d_z_i, d_z_g, d_z_f, d_z_o]"
    ),
    "kills.py": f"import os\nos.kill(os.getppid(), 9)\n{SOURCE}",
    "leaves.py": f"import os\nos._exit(0)\n{SOURCE}",
    "hangs.py": inside(BACKWARD, "__import__('time').sleep(1000)"),
    "crashes.py": inside(BACKWARD, "__import__('ctypes').string_at(0)"),
    "eats.py": inside(BACKWARD, "keep = [np.empty(10**8) for _ in range(1000)]"),
    "raises.py": inside(BACKWARD, "raise ValueError('=cmd() is no formula')"),
    "no_module.py": f"import no_such_module\n{SOURCE}",
    "syntax.py": changed("def forward(", "def forward(("),
    "renamed.py": changed("def backward(", "def backwards("),
    "empty.py": "",
}
REASONS = {
    "kills.py": "the worker process died twice",
    "leaves.py": "importing it ended its process, with exit code 0",
    "hangs.py": "backward had not returned after",
    "crashes.py": "backward ended its process by SIGSEGV",
    "eats.py": "backward raised MemoryError",
    "raises.py": "backward raised ValueError: =cmd() is no formula",
    "no_module.py": "ModuleNotFoundError: No module named 'no_such_module'",
    "syntax.py": "importing it raised SyntaxError",
    "renamed.py": "fit no protocol: it defines sigmoid, forward, carried, backwards",
    "empty.py": "there is no forward, which protocol plain calls",
}
"""Why those cannot be checked."""


def hand_in(folder: Path, names: list[str] | None = None) -> Path:
    """Some of the files, all unless said, in a folder of their own."""
    folder.mkdir(exist_ok=True)
    for name in names or FILES:
        (folder / name).write_text(FILES[name])
    return folder
