"""Our own network as the subject of a check, with its backward pass or a variation of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from lstmcheck.arrays.make_case import make_case
from lstmcheck.judge.subject import Subject
from lstmcheck.lstm.backward import Backward
from lstmcheck.lstm.case import Case
from lstmcheck.lstm.parameters import generator
from lstmcheck.reference.network_along_directions import NetworkAlongDirections
from lstmcheck.reference.nudged_network import NudgedNetwork
from lstmcheck.reference.rounding import backward_rounding
from lstmcheck.subjects.request import Request

WORTH_A_THREAD = 2**17
"""Multiplications of one step, from which numpy is most of a pass and works while other threads run. Below it
is Python, at which threads take turns: two of them took a tenth more time than one at H = 6, and no less of
the clock."""


@contextmanager
def opened(request: Request) -> Iterator[Subject]:
    """The gradients of `request.backward`, measured on our own forward pass."""
    config = request.config
    case = make_case(config)
    measured = case.at_scale_one()
    yield measured_on_ours(
        request,
        case,
        measured,
        outputs=case.results(),
        analytic=case.right if request.backward is Backward else case.gradients(request.backward),
        rounding=backward_rounding(measured, config.seed, pool=_pool_for_passes(request, measured)),
    )


def measured_on_ours(request: Request, case: Case, measured: Case, **given: Any) -> Subject:
    """Anybody's gradients of a case, with derivatives of our own forward pass.

    `measured` is the case at a loss scale of 1; what else a Subject has is `given`.
    """
    network = NudgedNetwork(measured, request.pool, request.progress)
    return Subject(
        config=request.config,
        case=case,
        network=network,
        along=NetworkAlongDirections(network),
        function=measured,
        pool=_pool_for_passes(request, measured),
        right=measured.right,
        everything=lambda: measured.reading_everything(generator(request.config.seed, "everything")),
        unit=case.loss.scale,
        **given,
    )


def _pool_for_passes(request: Request, case: Case) -> Executor | None:
    """Threads for passes that each run alone, where they are long enough for that."""
    (_, batch, _), hidden = case.arrays["x"].shape, case.spec.hidden_size
    return request.pool if batch * 4 * hidden * hidden >= WORTH_A_THREAD else None
