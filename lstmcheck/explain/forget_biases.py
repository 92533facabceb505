"""One configuration with several forget biases."""

from __future__ import annotations

from collections.abc import Iterable

from lstmcheck.arrays.load_arrays import load_arrays
from lstmcheck.arrays.make_case import make_case
from lstmcheck.config import Config, with_values
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
    return {bias: make_case(with_values(config, {"lstm.forget_bias": bias})) for bias in biases}
