"""The work of `lstmcheck inputs`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from shlex import join

from lstmcheck import config as configuration
from lstmcheck.arrays import fingerprint
from lstmcheck.arrays.inputs_of import fingerprint_of, inputs_of
from lstmcheck.arrays.write_arrays import write_arrays
from lstmcheck.cli.app import pipe_may_close
from lstmcheck.errors import LstmcheckError


def inputs(
    config: str, out: Path, seed: int | None, overrides: list[str] | None, convention: str | None
) -> None:
    """Write what a forward and a backward pass take, and say what to do with it."""
    loaded = configuration.load(config, seed=seed, overrides=overrides or [])
    if config != "-" and out.exists() and Path(config).exists() and out.samefile(config):
        raise LstmcheckError("that is the configuration itself.", where=str(out), remedy="Name another file.")
    arrays = inputs_of(loaded, convention)
    with pipe_may_close():
        write_arrays(out, arrays | {fingerprint.NAME: fingerprint_of(loaded)})
    words = ["lstmcheck", "run", config, *([] if seed is None else ["--seed", str(seed)])]
    words += [word for override in overrides or [] for word in ("--set", override)]
    words += [] if convention is None else ["--convention", convention]
    told = (
        f"{out}: {', '.join(arrays)}, {fingerprint.NAME}.\n"
        f"Save the gradients under the names of {_asked(arrays)}. {fingerprint.NAME}, copied over as it is,"
        " tells gradients of other inputs, which look wrong without it. Next:"
    )
    print(
        f"{told} {join([*words, '--gradients', 'MINE.npz'])}",
        file=sys.stderr if str(out) == "-" else sys.stdout,
    )


def _asked(arrays: Iterable[str]) -> str:
    names = [name for name in arrays if not name.startswith(("d_", "target_")) and name != "lengths"]
    return f"{', '.join(names[:-1])} and {names[-1]}"
