"""How much memory a check needs, estimated from its sizes before anything is allocated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lstmcheck.config import Config, spec
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.parameters import input_arrays, parameter_arrays
from lstmcheck.lstm.spec import LstmSpec

WORTH_ASKING = 256 * 2**20
"""Below this many bytes nobody needs to ask how many are free."""
ARRAYS_PER_ENTRY = 24
"""Numbers kept or in passing for each entry: values, gradients, references, uncertainties, indices."""
ARRAYS_PER_STATE = 40
"""Numbers for each hidden unit and step: the traced steps, and nudged copies of one sequence at least."""


def needed_bytes(config: Config) -> int:
    """Peak memory of a check, in bytes, within a factor of about two."""
    net = spec(config)
    if net.num_layers <= 2:
        return _needed(net, config)
    # Every layer above the first is alike: no list of a billion layers is needed to know.
    one, two = (_needed(replace(net, num_layers=layers), config) for layers in (1, 2))
    return one + (net.num_layers - 1) * (two - one)


def _needed(net: LstmSpec, config: Config) -> int:
    sequence = config.sequence
    infos = parameter_arrays(net) + input_arrays(net, sequence.length, sequence.batch)
    states = sequence.length * sequence.batch * net.hidden_size * len(net.cells)
    return 8 * (ARRAYS_PER_ENTRY * sum(info.size for info in infos) + ARRAYS_PER_STATE * states)


def refuse_what_cannot_fit(config: Config) -> None:
    """Raises LstmcheckError where a check would need more memory than there is."""
    needed = needed_bytes(config)
    if needed < WORTH_ASKING:
        return
    available = free_bytes()
    if needed <= available:
        return
    what = f"these sizes need about {_told(needed)} of memory; {_told(available)} are free."
    remedy = "Lower hidden_size, input_size, num_layers, or the sequence's length and batch."
    place = config.locate("lstm", "hidden_size")
    raise LstmcheckError(
        place.problem(what, remedy) if place else what, **({} if place else {"remedy": remedy})
    )


def free_bytes() -> int:
    """Memory that can be had: of the machine, or of the container where that has less."""
    import psutil

    free = int(psutil.virtual_memory().available)
    limit, used = (_container("max"), _container("current"))
    return free if limit is None or used is None else max(0, min(free, limit - used))


def _container(what: str) -> int | None:
    """A number of the control group of this process; None where there is no limit."""
    try:
        return int(Path(f"/sys/fs/cgroup/memory.{what}").read_text())
    except (OSError, ValueError):
        return None


def _told(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB"):
        if size < 1024:
            return f"{size:.3g} {unit}"
        size /= 1024
    return f"{size:.3g} EiB"
