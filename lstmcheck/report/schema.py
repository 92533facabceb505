"""The JSON schema of what `run` and `sweep` write."""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import CoreSchema

from lstmcheck.report.marking.json_model import Targets
from lstmcheck.report.run.json_model import Run, RunThatFailed, Several
from lstmcheck.report.sweep.json_model import Sweep

DOCUMENTS = (Run, RunThatFailed, Several, Sweep, Targets)


class _Untitled(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: CoreSchema | FieldInfo | Any) -> bool:
        # Titles would repeat the keys.
        return False


def schema() -> dict[str, Any]:
    """The schema of one report, of what could not be run, of several of them, of a sweep, or of targets."""
    references, definitions = models_json_schema(
        [(document, "serialization") for document in DOCUMENTS], schema_generator=_Untitled
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lstmcheck report",
        "oneOf": list(references.values()),
        **definitions,
    }
