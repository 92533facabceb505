"""What workers do, a case at a time, and what they give back: sizes of a sweep, or many targets."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict


class Kept(BaseModel):
    """A part of a line of a results file."""

    # Files of earlier versions lack some keys, those of later ones may have others.
    model_config = ConfigDict(frozen=True, extra="ignore")


class CaseRecord(Kept):
    """One case: what is kept of it, whatever it is a case of."""

    case: int
    """Its number."""
    key: str
    """Names the case, all that decides its outcome, and the version that it was run with."""
    seconds: float = 0.0
    note: str | None = None
    """Why it could not be checked."""
    bug: str | None = None
    """The traceback of what went wrong in lstmcheck itself."""

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return self.model_dump(mode="json")


AnyRecord = TypeVar("AnyRecord", bound=CaseRecord)
Made = TypeVar("Made", bound=CaseRecord, covariant=True)


class Work(Protocol[Made]):
    """Cases by their numbers."""

    def run(self, number: int) -> Made:
        """The record of a case."""

    def lost(self, number: int, why: str) -> Made:
        """The record of a case that came back without one."""
