"""The signatures that people's implementations have, one adapter each."""

from __future__ import annotations

from lstmcheck.targets.protocols import course, cs231n, plain
from lstmcheck.targets.protocols.adapter import Adapter, Pass, Returned
from lstmcheck.targets.protocols.karpathy import Batched
from lstmcheck.targets.protocols.torch_module import Torch

ADAPTERS: dict[str, type[Adapter]] = {
    "plain": plain.Plain,
    "cs231n-step": cs231n.Step,
    "cs231n-sequence": cs231n.Sequence,
    "course-cell": course.CellStep,
    "course-sequence": course.Sequence,
    "karpathy": Batched,
    "loss": plain.Loss,
    "torch": Torch,
}
"""By the names of `target.protocol`."""

__all__ = ["ADAPTERS", "Adapter", "Pass", "Returned"]
