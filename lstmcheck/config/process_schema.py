"""What a program of protocol `process` reads and writes: the page for whoever writes one."""

from __future__ import annotations

from typing import Any

PAGE = """\
A program is started once. Each line that it reads on stdin is a request, and it writes one line of answer
to stdout, and flushes it; messages go to stderr. It ends when stdin does. Requests do not depend on each
other: one for gradients has all that the forward pass had, so that nothing need be kept. An answer
{"error": "why"} says that a request cannot be answered.

Sizes are those of the arrays: x is (T, B, D), y (T, B, P), and P is H, the hidden size, without a projection.
One cell: params are W (4H, D), U (4H, P) and b (4H,), the gates i f g o one after the other in their rows,
and h0 is (B, P), c0 (B, H). target.convention changes how parameters are laid out, lstm.bias: two makes
b_ih and b_hh of b, a projection adds R (P, H). Of several layers or directions params are W_l0, U_l0,
W_l0_reverse, W_l1 and so on, states are (cells, B, P), the cells in the order of layer, then direction, and
y is (T, B, directions * P). lengths (B,) are there where sequences have lengths of their own: y is 0 past
the end of one, h_T and c_T are those at its end, and the reverse direction begins there.

    z = W x_t + U h_{t-1} + b;  i, f, o = sigmoid;  g = tanh;  c_t = f c_{t-1} + i g;  h_t = y_t = o tanh(c_t)

configs/targets/process.js is a program of 90 lines."""


def process_schema() -> dict[str, Any]:
    """The JSON schema of its requests and answers."""
    array = {"$ref": "#/$defs/array"}
    given = {
        "params": {"type": "object", "additionalProperties": array, "description": "by name"},
        "x": array,
        "h0": array,
        "c0": array,
        "lengths": array,
    }
    upstream = dict.fromkeys(("d_y", "d_h", "d_c"), array)
    needed = ["params", "x", "h0", "c0"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lstmcheck: protocol process",
        "description": PAGE,
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in ("forward", "backward", "outputs", "gradients")],
        "$defs": {
            "array": {
                "description": "numbers in the order of C; an answer may be nested lists alone",
                "oneOf": [
                    {
                        "type": "object",
                        "required": ["shape", "data"],
                        "additionalProperties": False,
                        "properties": {
                            "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                            "data": {
                                "description": "a list; an answer may have base64 of little-endian doubles",
                                "type": ["array", "string"],
                            },
                        },
                    },
                    {"type": ["array", "number"]},
                ],
            },
            "forward": _object({"do": {"const": "forward"}, **given}, ["do", *needed]),
            "backward": _object(
                {"do": {"const": "backward"}, **given, **upstream}, ["do", *needed, *upstream]
            ),
            "outputs": _object(dict.fromkeys(("y", "h_T", "c_T"), array), ["y", "h_T", "c_T"]),
            "gradients": {
                "description": "by the names of params, and x, h0, c0; as many as it has, or null",
                "type": "object",
                "not": {"anyOf": [{"required": ["do"]}, {"required": ["y"]}]},
                "additionalProperties": {"anyOf": [array, {"type": "null"}]},
            },
        },
    }


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
