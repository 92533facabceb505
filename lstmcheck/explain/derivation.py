"""A whole derivation: the topics that were asked for, in the order of the questions."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np

from lstmcheck.explain.blocks import Block, Document
from lstmcheck.explain.focus import make_focus
from lstmcheck.explain.narration import Narration
from lstmcheck.explain.notation import NOTATIONS
from lstmcheck.explain.sections.batch import batch_section
from lstmcheck.explain.sections.carousel import carousel_section
from lstmcheck.explain.sections.difference import difference_section
from lstmcheck.explain.sections.gates import gates_section
from lstmcheck.explain.sections.inputs import inputs_section
from lstmcheck.explain.sections.layers import layers_section
from lstmcheck.explain.sections.loss import loss_section
from lstmcheck.explain.sections.masks import masks_section
from lstmcheck.explain.sections.opening import opening
from lstmcheck.explain.sections.step import step_section
from lstmcheck.explain.sections.total import total_section
from lstmcheck.explain.sections.truncation import truncation_section
from lstmcheck.explain.sections.weights import weights_section
from lstmcheck.lstm.case import Case

QUESTIONS: dict[str, Callable[[Narration], list[Block]]] = {
    "inputs": inputs_section,
    "gates": gates_section,
    "weights": weights_section,
    "carousel": carousel_section,
}
FURTHER: dict[str, Callable[[Narration], list[Block]]] = {
    "difference": difference_section,
    "loss": loss_section,
    "batch": batch_section,
    "layers": layers_section,
    "truncation": truncation_section,
    "masks": masks_section,
    "total": total_section,
}
"""Told only where they are asked for."""


@np.errstate(all="ignore")  # what overflows is printed as it is
def derive(
    case: Case,
    name: str,
    *,
    topics: Collection[str] = (),
    time: int | None = None,
    notation: str = "seed",
) -> Document:
    """The derivation of one step with the numbers of `case`.

    `topics` are some of QUESTIONS and FURTHER, none meaning all QUESTIONS; `time` counts from 1, by default
    the last step but one; `notation` is one of NOTATIONS. The lines of the gates come before all questions
    and before that of the gates. Raises LstmcheckError where `time` is not a step of the sequence.
    """
    narration = Narration(make_focus(case, time), NOTATIONS[notation])
    blocks = opening(narration, name)
    if not topics or "gates" in topics:
        blocks += step_section(narration)
    for topic, section in (QUESTIONS | FURTHER).items():
        if topic in topics or (not topics and topic in QUESTIONS):
            blocks += section(narration)
    return tuple(blocks)
