"""The JSON schema of the report that `run` writes."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

VERDICT: Schema = {"enum": ["pass", "fail", "inconclusive"]}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": ["number", "null"], "description": "null where it is not finite"}
NAMES: Schema = {"type": "array", "items": {"type": "string"}}
INDEX: Schema = {"type": "array", "items": COUNT, "description": "within the gate"}
TOTAL: Schema = {**COUNT, "description": "entries of the checked gates, with those that were left out"}
COUNTS = dict.fromkeys(("entries", "passed", "failed", "inconclusive", "unmeasurable"), COUNT)


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
        "rel_error": {
            **NUMBER,
            "description": "of the worst entry, relative to its gate's scale, or its step's of x",
        },
        "uncertainty": {**NUMBER, "description": "of the worst entry's reference, relative as rel_error"},
        "tolerance": {**NUMBER, "description": "that judged the worst entry, relative as rel_error"},
        "resolved": {**COUNT, "description": "entries in whose place zeros would not have passed"},
        "scale": {**NUMBER, "description": "largest reference of the gate"},
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
        "beyond": {"type": ["string", "null"], "description": "what a target could return to that end"},
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
LAYOUT: Schema = {
    "name": TEXT,
    "gates": TEXT,
    "weights": {"enum": ["rows", "columns"]},
    "joined": {"enum": ["none", "xh", "hx", "bxh"]},
    "bias": {"enum": ["one", "two", "none"]},
    "forget_offset": {"type": "number"},
    "split": {"enum": ["stacked", "interleaved", "separate"]},
}
CONFORMANCE = _object(
    {
        "verdict": VERDICT,
        "max_error": {**NUMBER, "description": "largest difference of an output"},
        "allowed": {**NUMBER, "description": "what rounding may do to it"},
        "declared": _object(LAYOUT),
        "matches": {
            "type": "array",
            "items": _object({**LAYOUT, "changes": NAMES, "names": NAMES}),
            "description": "what gives the target's outputs instead",
        },
        "where": {"type": ["string", "null"], "description": "the first output that differs"},
        "note": {"type": ["string", "null"], "description": "what no explanation was looked for"},
    }
)
PURITY = _object(
    {
        "verdict": VERDICT,
        "problems": {**NAMES, "description": "what gives other numbers another time"},
        "warnings": {**NAMES, "description": "what is careless, and fails if target.strict"},
    }
)
COVERAGE = _object(
    {
        "verdict": VERDICT,
        "covered": NAMES,
        "missing": {**NAMES, "description": "asked for and did not come back: arrays, or gates as W_l0_f"},
        "not_covered": {**NAMES, "description": "missing, left out, or without a place in the protocol"},
    }
)
TARGET = _object(
    {
        "name": TEXT,
        "protocol": TEXT,
        "precision": TEXT,
        "gradient": VERDICT,
        "hidden_mistakes": {**NAMES, "description": "what could hide in what is not covered"},
        "notes": NAMES,
    }
)
REPORT = _object(
    {
        **HEAD,
        "name": {"type": "string"},
        "config": {"type": "object", "description": "the configuration, defaults filled in"},
        "seed": COUNT,
        "verdict": VERDICT,
        "summary": _object({**COUNTS, "total": TOTAL, "smallest_detectable_error": NUMBER}),
        "blocks": {"type": "array", "items": BLOCK, "minItems": 1},
        "conformance": {"oneOf": [{"type": "null"}, CONFORMANCE]},
        "purity": {"oneOf": [{"type": "null"}, PURITY]},
        "coverage": COVERAGE,
        "target": {"oneOf": [{"type": "null"}, TARGET]},
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
        "error": {"type": "null", "description": "an object where nothing could be run"},
        "environment": {"type": "object", "additionalProperties": {"type": "string"}},
    }
)
PROBLEM = _object(
    {
        "what": TEXT,
        "where": {"type": ["string", "null"], "description": "file:line:column, an option, a key"},
        "remedy": {"type": ["string", "null"]},
    }
)
NOT_RUN = _object(
    {
        **HEAD,
        "name": TEXT,
        "verdict": {"const": "inconclusive"},
        "error": PROBLEM,
        "problems": {"type": "array", "items": PROBLEM, "minItems": 1, "description": "all of them"},
    }
)
SEVERAL = _object(
    {
        **HEAD,
        "verdict": VERDICT,
        "reports": {"type": "array", "items": {"oneOf": [REPORT, NOT_RUN]}, "minItems": 2},
    }
)

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
        "skipped": {"type": ["string", "null"], "description": "why there was nothing to check"},
        "note": {"type": ["string", "null"]},
        "not_passed": {
            "type": "object",
            "additionalProperties": VERDICT,
            "description": "gradient, conformance, purity, coverage: those that did not pass",
        },
        "coverage": {"oneOf": [{"type": "null"}, _object({"missing": NAMES, "whole": NAMES})]},
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
    """The schema of one report, of what could not be run, of several of them, or of a sweep."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lstmcheck report",
        "oneOf": [REPORT, NOT_RUN, SEVERAL, SWEEP],
    }
