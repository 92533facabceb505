"""What a program of protocol `process` reads and writes: the page for whoever writes one."""

from __future__ import annotations

from typing import Any

PAGE = """\
lstmcheck run my.yaml --command "./my_lstm and its words" starts a program once. Each line that it reads on
stdin is a request, and it writes one line of answer to stdout, and flushes it; messages go to stderr. It
ends when stdin does. Requests do not depend on each other: one for gradients has all that the forward pass
had, so that nothing need be kept. An answer {"error": "why"} says that a request cannot be answered.

Arrays of requests are {"shape": […], "data": […]}, as those of answers may be: all numbers in one list, the
last index fastest. Write all 17 digits of a number: with fewer, differences of outputs show less. NaN is
written NaN, and stands nowhere but where it must not matter, once, in x behind the end of a sequence; an
error is an answer to that.

Sizes are those of the arrays: x is (T, B, D), y (T, B, P), and P is H, the hidden size, without a
projection. One cell: params are W (4H, D), U (4H, P) and b (4H,), the gates i f g o one after the other in
their rows, and h0 is (B, P), c0 (B, H). target.convention changes how parameters are laid out, lstm.bias:
two makes b_ih and b_hh of b, a projection adds R (P, H). Of several layers or directions params are W_l0,
U_l0, W_l0_reverse, W_l1 and so on, states are (cells, B, P), the cells in the order of layer, then
direction, and y is (T, B, directions * P), the forward direction first; layers above the first read that,
so that their W is (4H, directions * P). What the reverse direction makes of x_t is in the y of step t, too.
lengths (B,) are there where sequences have lengths of their own: y is 0 past the end of one, h_T and c_T
are those at its end, and the reverse direction begins there.

    z = W x_t + U h_{t-1} + b;  i, f, o = sigmoid;  g = tanh;  c_t = f c_{t-1} + i g;  h_t = y_t = o tanh(c_t)

d_y, d_h and d_c are the gradients of a loss with respect to y, h_T and c_T, and have their shapes; the
answer has its gradients with respect to the params, x, h0 and c0, with theirs.

configs/targets/process.js is a program of 90 lines."""

_FORWARD = {
    "do": "forward",
    "params": {
        "W": {"shape": [4, 1], "data": [0.5, 0.25, -1.0, 2.0]},
        "U": {"shape": [4, 1], "data": [0.0, 1.0, 0.5, -0.5]},
        "b": {"shape": [4], "data": [0.0, 1.0, 0.0, 0.0]},
    },
    "x": {"shape": [1, 1, 1], "data": [0.5]},
    "h0": {"shape": [1, 1], "data": [0.25]},
    "c0": {"shape": [1, 1], "data": [-0.5]},
}
_OUTPUTS = {
    "y": {"shape": [1, 1, 1], "data": [-0.3793194388088739]},
    "h_T": {"shape": [1, 1], "data": [-0.3793194388088739]},
    "c_T": {"shape": [1, 1], "data": [-0.6005534971411935]},
}
_UPSTREAM = {
    "d_y": {"shape": [1, 1, 1], "data": [1.0]},
    "d_h": {"shape": [1, 1], "data": [0.0]},
    "d_c": {"shape": [1, 1], "data": [0.5]},
}
_GRADIENTS = {
    "W": [[-0.04418676353658277], [-0.040348576040132846], [0.24546184475935434], [-0.05580072906501668]],
    "U": [[-0.022093381768291384], [-0.020174288020066423], [0.12273092237967717], [-0.02790036453250834]],
    "b": [-0.08837352707316554, -0.08069715208026569, 0.4909236895187087, -0.11160145813003336],
    "x": [[[-0.7784876573354246]]],
    "h0": [[0.22056542174410534]],
    "c0": [[0.7997211597578128]],
}


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
        "description": "What a program reads on stdin, and writes to stdout, line by line.",
        "page": PAGE.splitlines(),
        "examples": [_FORWARD, _OUTPUTS, _FORWARD | {"do": "backward"} | _UPSTREAM, _GRADIENTS],
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
