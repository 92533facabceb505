"""How much memory a check needs, estimated from its sizes before anything is allocated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from lstmcheck.config import Config, spec
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.coverage import is_chosen
from lstmcheck.judge.selection import wants_directions
from lstmcheck.lstm.parameters import input_arrays, parameter_arrays
from lstmcheck.lstm.spec import LstmSpec
from lstmcheck.processes import available_cores
from lstmcheck.reference.network_along_directions import NUMBERS
from lstmcheck.tolerances.directions import LOOKS
from lstmcheck.tolerances.noise import NOISE_POINTS

WORTH_ASKING = 256 * 2**20
"""Below this many bytes nobody needs to ask how many are free."""
PROCESS = 64 * 2**20
"""Bytes of Python and its libraries."""
ARRAYS_PER_ENTRY = 24
"""Numbers kept or in passing for each entry that is measured: values, gradients, references, uncertainties,
indices. Of a target, however it is measured: 28 for each of 2 million parameters."""
ARRAYS_PER_STATE = 40
"""Numbers for each hidden unit and step: the traced steps, and nudged copies of one sequence at least."""
ARRAYS_BY_DIRECTIONS = 3
"""Whole networks in memory while noise is measured along a direction, and one more on each thread: this is
the peak of a check of whole gates. Peaks of 2, 8, 17 and 101 million parameters on two threads were 0.9 to
1.04 times what follows from it."""
IN_PASSING = 3
"""Numbers for each entry of the largest array, on their way from one network to another."""


class _Sizes(NamedTuple):
    """Of a network, in numbers."""

    entries: int
    chosen: int
    """Of those, the entries of blocks that are checked."""
    states: int
    largest: int
    """Entries of the largest array."""


def needed_bytes(config: Config) -> int:
    """Peak memory of a check, in bytes, within a factor of about two."""
    sizes = _sizes(config)
    states = ARRAYS_PER_STATE * sizes.states
    # A target has its arrays twice, in both processes, and all of them are on their way at every call.
    if config.target is not None or not wants_directions(config, sizes.chosen, foreign=False):
        return PROCESS + 8 * (ARRAYS_PER_ENTRY * sizes.entries + states)
    threads = available_cores()
    networks = ARRAYS_BY_DIRECTIONS + min(threads, NOISE_POINTS)
    # Of one gate, or of up to four.
    directions = LOOKS[0] * min(sizes.largest, max(NUMBERS // LOOKS[0], sizes.largest // 4))
    later = 2 * sizes.entries + threads * directions
    return PROCESS + 8 * (max(networks * sizes.entries, later) + IN_PASSING * sizes.largest + states)


def _sizes(config: Config) -> _Sizes:
    net = spec(config)
    if net.num_layers <= 2:
        return _sizes_of(net, config)
    # Every layer above the first is alike: no list of a billion layers is needed to know.
    one, two = (_sizes_of(replace(net, num_layers=layers), config) for layers in (1, 2))
    all_layers = (a + (net.num_layers - 1) * (b - a) for a, b in zip(one, two, strict=True))
    return _Sizes(*all_layers)._replace(largest=two.largest)


def _sizes_of(net: LstmSpec, config: Config) -> _Sizes:
    sequence = config.sequence
    infos = parameter_arrays(net) + input_arrays(net, sequence.length, sequence.batch)
    return _Sizes(
        sum(info.size for info in infos),
        sum(info.size for info in infos if is_chosen(info, config)),
        sequence.length * sequence.batch * net.hidden_size * len(net.cells),
        max(info.size for info in infos),
    )


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
