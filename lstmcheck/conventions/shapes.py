"""Shapes in letters, as a convention has them. Imports no numpy."""

from __future__ import annotations

from lstmcheck.conventions.table import Convention

Shape = tuple[int, ...]

_COLUMNS = {"none": "D", "xh": "D+{P}", "hx": "{P}+D", "bxh": "1+D+{P}"}


def letters(convention: Convention, name: str, *, projected: bool = False) -> str:
    """`(4H, D)`: the shape of one of `Layout`'s arrays, by its name; h is P wide if `projected`, else H."""
    block, rows = name.partition("_")[0], "H" if convention.split == "separate" else "4H"
    width = "P" if projected else "H"
    if block == "b":
        return f"({rows},)"
    if block == "p":
        return f"({rows.replace('4', '3')},)"
    columns = {"W": _COLUMNS[convention.joined].format(P=width), "U": width, "R": "H"}[block]
    shape = ("P" if block == "R" else rows, columns)
    return f"({', '.join(shape if convention.weights == 'rows' else reversed(shape))})"
