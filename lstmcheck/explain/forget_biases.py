"""One configuration with several forget biases."""

from __future__ import annotations

from collections.abc import Iterable

from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config, load_arrays
from lstmcheck.config.contradictions import refuse_contradictions
from lstmcheck.errors import LstmcheckError
from lstmcheck.lstm.case import Case


def cases_by_bias(config: Config, biases: Iterable[float]) -> dict[float, Case]:
    """The configuration's case with each value in place of `lstm.forget_bias`; all else is drawn the same.

    Raises LstmcheckError where the network has no drawn forget bias.
    """
    given = [name for name in load_arrays(config) if name.startswith("b_")]
    if given:
        raise LstmcheckError(
            f"{given[0]} comes from {config.arrays_path}, and only a drawn bias can be moved.",
            where="--forget-bias",
            remedy="Leave it out, or leave the biases out of the file.",
        )
    return {bias: make_case(_with_bias(config, bias)) for bias in biases}


def _with_bias(config: Config, bias: float) -> Config:
    changed = config.model_copy(
        update={"lstm": config.lstm.model_copy(update={"forget_bias": bias})},
    )
    refuse_contradictions(changed)
    return changed
