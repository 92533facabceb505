"""What JSON is made of: each key is said once, with its type, and the schema follows."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from lstmcheck import __version__
from lstmcheck.judge.results import finite

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Number = Annotated[
    float | None,
    BeforeValidator(lambda value: None if value is None else finite(value)),
    Field(description="null where it is not finite"),
]


class Document(BaseModel):
    """An object that has exactly its keys; values come from attributes of the same names."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        from_attributes=True,
        populate_by_name=True,
        json_schema_serialization_defaults_required=True,
    )

    @classmethod
    def of(cls, source: object, **others: Any) -> Self:
        """The attributes of `source`, and what it has not, or has in another form."""
        asked = [name for name, field in cls.model_fields.items() if field.is_required()]
        same = {name: getattr(source, name) for name in asked if name not in others}
        return cls(**same, **others)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return self.model_dump(mode="json", by_alias=True)


class Tool(Document):
    name: Literal["lstmcheck"] = "lstmcheck"
    version: str = __version__


class Head(Document):
    """What every document begins with."""

    schema_version: Literal[1] = 1
    tool: Tool = Tool()
    command: str


def head(command: str) -> dict[str, Any]:
    """The same, for documents that have no schema."""
    return Head(command=command).plain()
