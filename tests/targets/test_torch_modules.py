"""Torch modules in the forms that they have, and what is told of those that cannot be checked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from target_checks import checked
from torch import nn
from torch_targets import NETWORK

from lstmcheck.api import check
from lstmcheck.config import make_config
from lstmcheck.errors import LstmcheckError
from lstmcheck.judge.results import Report
from lstmcheck.judge.target_answers import Purity
from lstmcheck.judge.verdict import Verdict
from lstmcheck.targets.protocols.torch_building import dropout_notes

FACTS: dict[str, Any] = {}
exec(NETWORK, FACTS)
Network: type[nn.Module] = FACTS["Network"]
Cell: type[torch.autograd.Function] = FACTS["Cell"]
D, H = 2, 3
LINEAR = {"x2h.weight": "W", "x2h.bias": "b_ih", "h2h.weight": "U", "h2h.bias": "b_hh"}


def report_of(
    build: Callable[..., Any], options: dict[str, Any] | None = None, **sections: dict[str, Any]
) -> Report:
    """Of a module with one cell, of whose gradients a few entries are measured."""
    target = {"module": "tests", "protocol": "torch", "options": options or {}, "behaviour": []}
    config = make_config(
        {
            "lstm": {"input_size": D, "hidden_size": H, **sections.pop("lstm", {})},
            "sequence": {"length": 4, "batch": 2, **sections.pop("sequence", {})},
            "check": {"entries": 1, "blocks": ["h0", "x"], **sections.pop("check", {})},
            "target": {**target, **sections.pop("target", {})},
            **sections,
        }
    )
    return check(config, functions=[build], explain=False)


def purity_of(report: Report) -> Purity:
    assert report.target is not None
    assert report.target.purity is not None
    return report.target.purity


def told(build: Callable[..., Any], options: dict[str, Any] | None = None, **sections: dict[str, Any]) -> str:
    with pytest.raises(LstmcheckError) as caught:
        report_of(build, options, **sections)
    return str(caught.value)


class Changed(nn.Module):
    """A right module, whose call is changed."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.lstm = Network(input_size, hidden_size)

    def forward(self, x: Any, states: Any) -> Any:
        return self.lstm(x, states)


class Headed(Changed):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.head = nn.Linear(hidden_size, 1)


class LinearStep(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.x2h, self.h2h = (nn.Linear(size, 4 * hidden_size) for size in (input_size, hidden_size))

    def forward(self, x: Any, states: Any) -> Any:
        h, c = states
        i, f, g, o = (self.x2h(x) + self.h2h(h)).chunk(4, -1)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        return h, (h, c)


class WithoutStates(Changed):
    def forward(self, x: Any, states: None = None) -> Any:
        assert states is None
        zero = torch.zeros(1, x.shape[1], H, dtype=x.dtype)
        return self.lstm(x, (zero, zero))


class FlatStates(Changed):
    def forward(self, x: Any, states: Any) -> Any:
        y, (h, c) = self.lstm(x, (states[0][None], states[1][None]))
        return y, h[0], c[0]


class OwnGru(nn.Module):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        self.weight_ih = nn.Parameter(torch.zeros(3 * hidden_size, input_size))
        self.weight_hh = nn.Parameter(torch.zeros(3 * hidden_size, hidden_size))


class Dropping(Changed):
    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__(input_size, hidden_size)
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Any, states: Any) -> Any:
        y, last = self.lstm(x, states)
        return self.drop(y), last


def returning(change: Callable[[Any, Any, Any], Any]) -> type[nn.Module]:
    """A right module, but for what it returns."""

    class Returning(Changed):
        def forward(self, x: Any, states: Any) -> Any:
            y, (h, c) = self.lstm(x, states)
            return change(y, h, c)

    return Returning


def reading(change: Callable[[Any], Any]) -> type[nn.Module]:
    """A right module, but for what it reads as x."""

    class Reading(Changed):
        def forward(self, x: Any, states: Any) -> Any:
            return self.lstm(change(x), states)

    return Reading


def differentiating(change: Callable[[list[Any]], None]) -> type[nn.Module]:
    """A right module, but for a list of gradients that its custom function returns."""

    class Differentiating(Changed):
        def forward(self, x: Any, states: Any) -> Any:
            class Own(Cell):  # type: ignore[misc,valid-type]
                @staticmethod
                def backward(ctx: Any, *upstream: Any) -> Any:
                    found = list(Cell.backward(ctx, *upstream))
                    change(found)
                    return tuple(found)

            inside = torch.ones(*x.shape[:2], 1, dtype=torch.bool)
            own = list(self.lstm.parameters())
            y, h, c = Own.apply(x, states[0][0], states[1][0], *own, inside, 0, False)
            return y, (h[None], c[None])

    return Differentiating


BUILT: Any = nn.LSTM(D, H)
RIGHT: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "torch's own": (nn.LSTM, {}),
    "batch first, by itself": (lambda D, H: nn.LSTM(D, H, batch_first=True), {}),
    "batch first, as told": (nn.LSTM, {"batch_first": True}),
    "torch's cell": (nn.LSTMCell, {}),
    "a module, built already": (BUILT, {}),
    "inside another": (Headed, {"submodule": "lstm"}),
    "linear layers, a step": (LinearStep, {"names": LINEAR, "step": True}),
    "without states": (WithoutStates, {"states": "none"}),
    "states without cells": (FlatStates, {"states": "separate"}),
    "dropout off": (Dropping, {"eval": True}),
    "compiled": (nn.LSTM, {"compile": "eager"}),
}


@pytest.mark.parametrize(("build", "options"), RIGHT.values(), ids=RIGHT)
def test_right_modules_pass_in_every_form(build: Callable[..., Any], options: dict[str, Any]) -> None:
    without = {"blocks": ["b", "x"]} if options.get("states") == "none" else {}
    report = report_of(build, options, check=without)
    assert report.verdict == Verdict.PASS
    assert report.target is not None
    assert report.target.notes == ()
    assert purity_of(report).warnings == ()


def test_gates_may_have_parameters_of_their_own_under_other_letters() -> None:
    class Apart(nn.Module):
        """x W, and a candidate called c."""

        def __init__(self, input_size: int, hidden_size: int) -> None:
            super().__init__()
            shapes = {"W": (input_size, hidden_size), "U": (hidden_size, hidden_size), "b": (hidden_size,)}
            for name, shape in shapes.items():
                for gate in "fico":
                    self.register_parameter(f"{name}_{gate}", nn.Parameter(torch.zeros(shape)))

        def forward(self, x: Any, states: Any) -> Any:
            own = dict(self.named_parameters())
            h, c = states
            z = {k: x @ own[f"W_{k}"] + h @ own[f"U_{k}"] + own[f"b_{k}"] for k in "fico"}
            c = z["f"].sigmoid() * c + z["i"].sigmoid() * z["c"].tanh()
            h = z["o"].sigmoid() * c.tanh()
            return h, c

    convention = {"gates": "ifgo", "weights": "columns", "split": "separate"}
    report = report_of(Apart, {"step": True}, target={"convention": convention, "options": {"step": True}})
    assert report.verdict == Verdict.PASS


def test_a_module_that_is_handed_over_keeps_its_parameters() -> None:
    own: Any = nn.LSTM(D, H)
    before = own.weight_hh_l0.detach().clone()
    report_of(own)
    assert torch.equal(own.weight_hh_l0, before)


TOLD: dict[str, tuple[Callable[..., Any], dict[str, Any], tuple[str, ...]]] = {
    "a GRU": (lambda D, H: nn.GRU(D, H), {}, ("built a GRU", "three gates")),
    "an RNN inside": (lambda D, H: nn.Sequential(nn.RNN(D, H)), {}, ("built an RNN as 0", "no gates")),
    "a GRU by shape": (OwnGru, {}, ("built a GRU: its weight_ih is (9, 2)", "12 rows")),
    "two layers": (lambda D, H: nn.LSTM(D, H, 2), {}, ("2 layers in one direction", "lstm.num_layers: 2")),
    "directions": (
        lambda D, H: nn.LSTM(D, H, bidirectional=True),
        {},
        ("in both directions", "lstm.bidirectional: true"),
    ),
    "projected": (lambda D, H: nn.LSTM(D, H, proj_size=2), {}, ("of h to 2", "lstm.proj_size: 2")),
    "other sizes": (lambda D, H: nn.LSTM(D, H + 1), {}, ("weight_ih_l0 is (16, 2); wanted (12, 2)",)),
    "a head": (Headed, {}, ("head.weight", "target.options.submodule: lstm")),
    "two LSTMs": (
        lambda D, H: nn.ModuleDict({"encoder": nn.LSTM(D, H), "decoder": nn.LSTM(D, H)}),
        {},
        ("encoder.weight_ih_l0 and decoder.weight_ih_l0", "submodule: encoder"),
    ),
    "no such part": (Headed, {"submodule": "lstn"}, ("without a submodule lstn", "Did you mean 'lstm'?")),
    "linear layers": (LinearStep, {}, ("x2h.weight", "target.options.names: {x2h.weight: W}")),
    "no such parameter": (LinearStep, {"names": LINEAR | {"x.bias": "b"}}, ("without a parameter x.bias",)),
    "no such name": (LinearStep, {"names": LINEAR | {"h2h.bias": "c"}}, ("calls 'c'", "Known are W, U")),
    "no module": (lambda D, H: 3, {}, ("returned an int", "torch.nn.Module")),
    "steps": (nn.LSTMCell, {"step": False}, ("LSTMCell raised ValueError", "target.options has batch_first")),
    "time first": (
        lambda D, H: nn.LSTM(D, H, batch_first=True),
        {"batch_first": False},
        ("It was called with (4, 2, 2)", "target.options has batch_first"),
    ),
    "no backend": (nn.LSTM, {"compile": "fast"}, ("torch cannot compile it: Invalid backend: 'fast'",)),
    "nothing": (returning(lambda y, h, c: None), {}, ("returned None; wanted 2: y, (h, c).",)),
    "numpy": (returning(lambda y, h, c: (y.detach().numpy(), (h, c))), {}, ("no tensor for y",)),
    "a step less": (
        returning(lambda y, h, c: (y[1:], (h, c))),
        {},
        ("y of shape (3, 2, 3); wanted (4, 2, 3)",),
    ),
    "no graph": (
        returning(lambda y, h, c: (y.detach(), (h.detach(), c.detach()))),
        {},
        ("outputs without a graph", "detach()"),
    ),
    "other numbers": (reading(lambda x: x.float()), {}, ("It was given float64; target.dtype: float32",)),
    "a gradient of another shape": (
        differentiating(lambda found: found.__setitem__(3, found[3][:, :1])),
        {},
        ("its backward pass raised RuntimeError", "invalid gradient"),
    ),
}


@pytest.mark.parametrize(("build", "options", "words"), TOLD.values(), ids=TOLD)
def test_what_cannot_be_checked_is_told_with_a_remedy(
    build: Callable[..., Any], options: dict[str, Any], words: tuple[str, ...]
) -> None:
    message = told(build, options)
    for each in words:
        assert each in message
    assert "lstmcheck/targets" not in message


def test_dropout_between_layers_is_told_before_anything_is_measured() -> None:
    def build(D: int, H: int) -> nn.Module:
        return nn.LSTM(D, H, 2, dropout=0.3)

    message = told(build, lstm={"num_layers": 2})
    assert "dropout on between the layers (p = 0.3)" in message
    assert "target.options.eval: true" in message
    assert report_of(build, {"eval": True}, lstm={"num_layers": 2}).verdict == Verdict.PASS


def test_dropout_that_is_on_is_told() -> None:
    (note,) = dropout_notes(Dropping(D, H))
    assert note == "dropout is on in drop (p = 0.5); target.options.eval: true switches it off"
    assert dropout_notes(Dropping(D, H).eval()) == ()


@pytest.mark.parametrize(
    ("build", "where", "note"),
    [
        (
            returning(lambda y, h, c: (y, (h.detach(), c))),
            {"h0", "x"},
            "goes back from h, which came without",
        ),
        (reading(lambda x: x.detach()), {"x"}, "autograd left no gradient (None) in x: taken as zero"),
        (differentiating(lambda found: found.__setitem__(1, None)), {"h0"}, "no gradient (None) in h0"),
    ],
    ids=["output", "graph", "None"],
)
def test_a_cut_graph_fails_where_it_matters_and_is_told(
    build: Callable[..., Any], where: set[str], note: str
) -> None:
    report = report_of(build)
    assert report.target is not None
    assert {gate.info.name for gate in report.blocks if gate.verdict == Verdict.FAIL} == where
    assert note in " ".join(report.target.notes)


def test_an_output_without_a_graph_that_nobody_reads_is_no_fault() -> None:
    detached = returning(lambda y, h, c: (y, (h.detach(), c)))
    report = report_of(detached, loss={"on": ["outputs", "cell"]})
    assert report.verdict == Verdict.PASS
    assert report.target is not None
    assert report.target.notes == ()


def dense(tensor: Any) -> Any:
    """What a kernel reads that takes no notice of strides."""
    shape = tensor.shape
    return torch.as_strided(tensor, shape, (shape[1] * shape[2], shape[2], 1))


class DenseUpstream(torch.autograd.Function):
    """The identity; its backward pass takes d_y for contiguous."""

    @staticmethod
    def forward(ctx: Any, y: Any) -> Any:
        return y.clone()

    @staticmethod
    def backward(ctx: Any, d_y: Any) -> Any:
        return dense(d_y)


taking_dense: Callable[[Any], Any] = DenseUpstream.apply


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (reading(dense), "other outputs: y, h_T, c_T"),
        (returning(lambda y, h, c: (taking_dense(y), (h, c))), "other gradients: "),
    ],
    ids=["x", "d_y"],
)
def test_memory_that_is_not_contiguous_is_not_read_as_if_it_were(
    build: Callable[..., Any], what: str
) -> None:
    report = report_of(build)
    assert report.target is not None
    assert report.gradient == Verdict.PASS
    (problem,) = purity_of(report).problems
    assert what in problem
    assert ".contiguous()" in problem


def test_a_module_that_refuses_such_memory_is_warned_of() -> None:
    report = report_of(reading(lambda x: x.view(-1, D).view(x.shape)))
    assert report.target is not None
    assert report.verdict == Verdict.PASS
    (warning,) = purity_of(report).warnings
    assert "not contiguous fails" in warning


def test_a_module_that_computes_otherwise_without_a_graph_is_measured_with_one() -> None:
    """Differences of what autograd does not see would accuse a right gradient."""

    class Other(Changed):
        def forward(self, x: Any, states: Any) -> Any:
            return self.lstm(x if torch.is_grad_enabled() else 2 * x, states)

    assert report_of(Other).verdict == Verdict.PASS


def test_a_device_that_is_not_there_is_told() -> None:
    assert "target.device: torch cannot use device mars" in told(nn.LSTM, target={"device": "mars"})


def test_options_that_the_protocol_does_not_know_are_told_with_those_that_it_does() -> None:
    with pytest.raises(LstmcheckError, match=r"unknown key 'compil' in target\.options.*'compile'"):
        report_of(nn.LSTM, {"compil": True})
    with pytest.raises(LstmcheckError, match="protocol plain has no option 'compile'"):
        report_of(nn.LSTM, {"compile": True}, target={"protocol": "plain"})


def test_a_library_that_is_missing_is_told_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(LstmcheckError, match=r"pip install 'lstmcheck\[torch\]'"):
        checked(tmp_path, "def build(D, H): return None\n", "torch")
