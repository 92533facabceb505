"""The JSON schema of the report that `run` writes."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

VERDICT: Schema = {"enum": ["pass", "fail", "inconclusive"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": ["number", "null"], "description": "null where it is not finite"}
NAMES: Schema = {"type": "array", "items": {"type": "string"}}
INDEX: Schema = {"type": "array", "items": COUNT, "description": "within the gate"}
COUNTS = dict.fromkeys(("entries", "passed", "failed", "inconclusive", "unmeasurable"), COUNT)
LATER: Schema = {"type": ["object", "null"]}


def _object(properties: Schema) -> Schema:
    """An object that has exactly these keys."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


HEAD = {
    "schema_version": {"const": 1},
    "tool": _object({"name": {"const": "lstmcheck"}, "version": {"type": "string"}}),
    "command": {"const": "run"},
}
BLOCK = _object(
    {
        "array": {"type": "string", "description": "name of the array in files"},
        "block": {"enum": ["W", "U", "b", "b_ih", "b_hh", "p", "R", "x", "h0", "c0"]},
        "layer": {"type": ["integer", "null"], "minimum": 0},
        "reverse": {"type": "boolean"},
        "gate": {"enum": ["i", "f", "g", "o", None]},
        "shape": {"type": "array", "items": COUNT, "description": "of the gate"},
        **COUNTS,
        "max_abs_error": NUMBER,
        "rel_error": {**NUMBER, "description": "max_abs_error relative to scale"},
        "uncertainty": {**NUMBER, "description": "of the worst entry's reference, relative to scale"},
        "scale": {**NUMBER, "description": "largest reference of the gate, or of its array if that is zero"},
        "verdict": VERDICT,
        "worst": _object(
            {
                "index": INDEX,
                "analytic": NUMBER,
                "reference": NUMBER,
                "uncertainty": NUMBER,
            }
        ),
        "note": {"type": ["string", "null"]},
    }
)
TEXT: Schema = {"type": "string"}
SUSPECT = _object(
    {
        "mistake": TEXT,
        "title": TEXT,
        "residual": {"type": "number", "minimum": 0, "description": "what is left over of the difference"},
        "with": {**NAMES, "description": "other mistakes that are there at once"},
        "wrong": NAMES,
        "right": NAMES,
        "equal": {**NAMES, "description": "what explains as much on this configuration"},
        "apart": {"type": ["string", "null"], "description": "the keys that would tell them apart"},
    }
)
LOCATION = _object(
    {
        "layer": COUNT,
        "reverse": {"type": "boolean"},
        "time": COUNT,
        "gate": {"enum": ["i", "f", "g", "o"]},
        "sequence": COUNT,
        "unit": COUNT,
        "analytic": NUMBER,
        "measured": NUMBER,
    }
)
REPORT = _object(
    {
        **HEAD,
        "name": {"type": "string"},
        "config": {"type": "object", "description": "the configuration, defaults filled in"},
        "seed": COUNT,
        "verdict": VERDICT,
        "summary": _object({**COUNTS, "smallest_detectable_error": NUMBER}),
        "blocks": {"type": "array", "items": BLOCK, "minItems": 1},
        "conformance": LATER,
        "purity": LATER,
        "coverage": _object({"covered": NAMES, "not_covered": NAMES}),
        "diagnosis": {
            "type": ["array", "null"],
            "items": SUSPECT,
            "description": "best first; null: not looked",
        },
        "localisation": {"oneOf": [{"type": "null"}, LOCATION]},
        "method": _object(
            {
                "reference": {"enum": ["central", "complex"]},
                "step": {"type": ["number", "null"], "description": "median of the steps chosen"},
                "noise": NUMBER,
                "evaluations": COUNT,
                "complex_step_trusted": {"type": "boolean"},
                "entries": _object(dict.fromkeys(("central", "richardson", "complex"), COUNT)),
            }
        ),
        "timing": _object({"seconds": {"type": "number", "minimum": 0}}),
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
    }
)
SEVERAL = _object({**HEAD, "verdict": VERDICT, "reports": {"type": "array", "items": REPORT, "minItems": 2}})

CASE = _object(
    {
        "axes": {"type": "object"},
        "seed": COUNT,
        "verdict": {"enum": [*VERDICT["enum"], None], "description": "null: skipped"},
        "rel_error": NUMBER,
        "uncertainty": NUMBER,
        "worst": {
            "type": ["object", "null"],
            "properties": {"array": {"type": "string"}, "gate": BLOCK["properties"]["gate"], "index": INDEX},
            "required": ["array", "gate", "index"],
        },
        "parameters": {"type": ["integer", "null"]},
        "seconds": {"type": "number", "minimum": 0},
        "skipped": {"type": ["string", "null"], "description": "why the combination makes no sense"},
        "note": {"type": ["string", "null"]},
    }
)
SWEEP = _object(
    {
        **HEAD,
        "command": {"const": "sweep"},
        "name": {"type": "string"},
        "config": {"type": "object"},
        "seed": COUNT,
        "verdict": VERDICT,
        "summary": _object(
            dict.fromkeys(
                ("cases", "passed", "failed", "inconclusive", "skipped", "missing", "entries"), COUNT
            )
        ),
        "smallest_failing": {"type": ["object", "null"], "description": "a configuration"},
        "cases": {"type": "array", "items": CASE, "minItems": 1},
    }
)


def schema() -> Schema:
    """The schema of one report, of several, or of a sweep."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lstmcheck report",
        "oneOf": [REPORT, SEVERAL, SWEEP],
    }
