"""A flow as JSON: null where a number is not known or not finite."""

from __future__ import annotations

from typing import Any

from lstmcheck.explain.flow import Curve, Flow, Spectrum
from lstmcheck.judge.results import finite


def document(flow: Flow) -> dict[str, Any]:
    """The curves and their half-lives."""
    spectra = {"cell_jacobian": flow.cell, "hidden_jacobian": flow.hidden, "rnn_jacobian": flow.rnn}
    return {
        "forget_bias": flow.forget_bias,
        "sequences": {"used": flow.sequences, "batch": flow.batch},
        "lags": list(flow.lags),
        "forget_product": _values(flow.forget_product),
        **{name: _spectrum(spectrum) for name, spectrum in spectra.items()},
        "half_life": {
            "forget_product": finite(flow.forget_product.half_life),
            **{name: _half_lives(spectrum) for name, spectrum in spectra.items()},
        },
    }


def _values(curve: Curve) -> list[float | None]:
    return [finite(value) for value in curve.values]


def _spectrum(spectrum: Spectrum) -> dict[str, list[float | None]]:
    return {"median": _values(spectrum.median), "largest": _values(spectrum.largest)}


def _half_lives(spectrum: Spectrum) -> dict[str, float | None]:
    return {"median": finite(spectrum.median.half_life), "largest": finite(spectrum.largest.half_life)}
