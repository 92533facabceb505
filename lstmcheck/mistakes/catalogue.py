"""All known mistakes, family by family."""

from __future__ import annotations

from lstmcheck.config import Config
from lstmcheck.errors import LstmcheckError, Problem, did_you_mean
from lstmcheck.mistakes.families.batch_and_ends import BATCH_AND_ENDS
from lstmcheck.mistakes.families.buffers_and_masks import BUFFERS_AND_MASKS
from lstmcheck.mistakes.families.gate_derivatives import GATE_DERIVATIVES
from lstmcheck.mistakes.families.inputs import INPUTS
from lstmcheck.mistakes.families.layers_and_directions import LAYERS_AND_DIRECTIONS
from lstmcheck.mistakes.families.one_step import ONE_STEP
from lstmcheck.mistakes.families.parameter_sums import PARAMETER_SUMS
from lstmcheck.mistakes.families.scaled_terms import SCALED_TERMS
from lstmcheck.mistakes.families.shared_helpers import SHARED_HELPERS
from lstmcheck.mistakes.families.through_time import THROUGH_TIME
from lstmcheck.mistakes.families.variants import VARIANTS
from lstmcheck.mistakes.families.whole_gradients import WHOLE_GRADIENTS
from lstmcheck.mistakes.mistake import Mistake
from lstmcheck.mistakes.needs import format_changes

MISTAKES = (
    *THROUGH_TIME,
    *ONE_STEP,
    *GATE_DERIVATIVES,
    *SHARED_HELPERS,
    *PARAMETER_SUMS,
    *WHOLE_GRADIENTS,
    *INPUTS,
    *LAYERS_AND_DIRECTIONS,
    *BATCH_AND_ENDS,
    *BUFFERS_AND_MASKS,
    *VARIANTS,
    *SCALED_TERMS,
)
FAMILIES = tuple(dict.fromkeys(mistake.family for mistake in MISTAKES))
CATALOGUE = {mistake.id: mistake for mistake in MISTAKES}


def find(name: str, *, where: str | None = None) -> Mistake:
    """The mistake of this id. Raises LstmcheckError, with the nearest ids, where there is none."""
    if name in CATALOGUE:
        return CATALOGUE[name]
    containing = [each for each in CATALOGUE if name in each]
    hint = did_you_mean(name, CATALOGUE, otherwise=containing[:3], most=3, cutoff=0.5)
    remedy = hint or "lstmcheck mistakes lists them all."
    raise LstmcheckError(f"there is no mistake '{name}'.", where=where, remedy=remedy)


def family(name: str) -> list[Mistake]:
    """The mistakes of one family. Raises LstmcheckError where there is none."""
    if name in FAMILIES:
        return [mistake for mistake in MISTAKES if mistake.family == name]
    hint = did_you_mean(name, FAMILIES) or ""
    raise LstmcheckError(
        f"there is no family '{name}'.",
        where="--family",
        remedy=f"{hint} Families: {', '.join(FAMILIES)}.".lstrip(),
    )


def applicable(config: Config) -> list[Mistake]:
    """The mistakes that a backward pass of this network can have."""
    return [mistake for mistake in CATALOGUE.values() if not mistake.missing_features(config)]


def require_features(mistake: Mistake, config: Config) -> None:
    """Raises LstmcheckError with the keys to set where the network lacks what the mistake is about."""
    missing = mistake.missing_features(config)
    if missing:
        raise LstmcheckError(
            [
                Problem(
                    f"{config.name} has no room for {mistake.id}: it needs {need.name}.",
                    where=f"--mistake {mistake.id}",
                    remedy=f"Set {format_changes(need.changes(config))}.",
                )
                for need in missing
            ]
        )
