"""Error against size as an SVG or PNG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lstmcheck.errors import LstmcheckError
from lstmcheck.sweep.runner import SweepReport
from lstmcheck.verdict import Verdict

SUFFIXES = (".svg", ".png")
COLOURS = {Verdict.PASS: "#1b7837", Verdict.INCONCLUSIVE: "#b8860b", Verdict.FAIL: "#b2182b"}
MARKERS = {Verdict.PASS: "o", Verdict.INCONCLUSIVE: "s", Verdict.FAIL: "X"}


def refuse_unplottable(path: Path) -> None:
    """Raises LstmcheckError, before any work, where no plot could be written."""
    where = f"--plot {path}"
    if path.suffix.lower() not in SUFFIXES:
        raise LstmcheckError(f"expected a name that ends in {' or '.join(SUFFIXES)}.", where=where)
    if not path.absolute().parent.is_dir():
        raise LstmcheckError("there is no such folder.", where=where)
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise LstmcheckError(
            "a plot needs matplotlib.", where=where, remedy="Install it: pip install 'lstmcheck[plot]'"
        ) from None


def write(report: SweepReport, path: Path) -> None:
    """Error against the number of parameters, both on log scales. Raises LstmcheckError."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for verdict in Verdict:
        points = [point for point in _points(report) if point[2] == verdict]
        if points:
            sizes, errors, _ = zip(*points, strict=True)
            colour, marker = COLOURS[verdict], MARKERS[verdict]
            axes.scatter(sizes, errors, s=22, c=colour, marker=marker, label=verdict.value)
    axes.axhline(report.grid.base.check.rtol, color="grey", linewidth=1, linestyle="--", label="tolerance")
    axes.set(xscale="log", yscale="log", xlabel="parameters", ylabel="worst error / the gate's scale")
    axes.set_title(f"sweep of {report.grid.base.name}: {report.tally.cases:,} cases")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend()
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        raise LstmcheckError(f"cannot be written: {error.strerror}.", where=f"--plot {path}") from None


def _points(report: SweepReport) -> Iterator[tuple[int, float, str]]:
    for record in report.records():
        if record["parameters"] and record["rel_error"]:
            yield record["parameters"], record["rel_error"], record["verdict"]
