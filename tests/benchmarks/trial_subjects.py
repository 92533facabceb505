"""What a trial checks: our network, or functions of an independent one; with an error or without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from trial_errors import Place, Planter
from trial_networks import Network, Random, chance, log_uniform, weighted
from trial_targets import CONVENTIONS, HABITS, LOSSES, Array, Arrays, Loss, Lstm, Variant, WithLoss

from lstmcheck import check
from lstmcheck.lstm.backward import Backward

UNGATED = ("R", "x", "h0", "c0")


class Own:
    """Our network, with our backward pass or with its gradients altered."""

    description = ""

    def __init__(self, network: Network, random: Random, wrong: bool) -> None:
        self.config, self.wrong = network.config, wrong
        some = network.config.check.entries != "all"
        self.planter = Planter(random, self._places, some_entries=some)

    def check(self) -> Any:
        if not self.wrong:
            return check(self.config, threads=1)
        planter = self.planter

        class Altered(Backward):
            def gradients(self, upstream: Any) -> Arrays:
                return planter(super().gradients(upstream))

        return check(self.config, backward=Altered, threads=1)

    def _places(self, gradients: Arrays) -> list[Place]:
        wanted = self.config.check.blocks
        return [
            Place(name, gate, name, where)
            for name in gradients
            if wanted == "all" or _block(name) in wanted
            for gate, where in _gates_of(name)
        ]


def _block(name: str) -> str:
    """`b_ih_l0_reverse` → `b_ih`."""
    return name.split("_l", 1)[0]


def _gates_of(name: str) -> list[tuple[str | None, Any]]:
    """Of one of our arrays: their first axis."""
    block = _block(name)
    if block in UNGATED:
        return [(None, ...)]
    letters = "ifo" if block == "p" else "ifgo"
    return [(gate, k) for k, gate in enumerate(letters)]


class Foreign:
    """Functions of an independent implementation, right or with their gradients altered."""

    def __init__(self, network: Network, random: Random, wrong: bool) -> None:
        self.config, self.wrong = network.config, wrong
        self.variant = _variant(network.config, random)
        self.loss = _loss(network.config, random) if network.kind == "loss" else None
        self.description = f"{self.variant} {self.loss or ''}"
        some = network.config.check.entries != "all"
        lost = HABITS[self.variant.habit] if self.variant.habit else None
        lost = f"{lost}_l0" if lost in ("W", "p") else lost
        self.planter = Planter(random, self._places, some_entries=some, lost=lost)

    def check(self) -> Any:
        return check(self.config, functions=self._functions(), threads=1)

    def _functions(self) -> Sequence[Callable[..., Any]]:
        if self.loss is None:
            lstm = Lstm(self.variant)
            return [lstm.forward, self._spoilt_backward(lstm) if self.wrong else lstm.backward]
        network = WithLoss(self.variant, self.loss)
        return [self._spoilt_loss(network, self.loss) if self.wrong else network.loss_and_grads]

    def _spoilt_backward(self, lstm: Lstm) -> Callable[..., Any]:
        def backward(d_y: Array, d_h: Array, d_c: Array, cache: Any) -> Arrays:
            return self.planter(lstm.backward(d_y, d_h, d_c, cache))

        return backward

    def _spoilt_loss(self, network: WithLoss, loss: Loss) -> Callable[..., Any]:
        def loss_and_grads(params: Arrays, x: Array, h0: Array, c0: Array) -> tuple[Any, Arrays]:
            value, grads = network.loss_and_grads(params, x, h0, c0)
            terms = {"W": loss.of_weights(params["W"])} if loss.penalty != "none" else None
            return value, self.planter(grads, terms if self._asked("W") else None)

        return loss_and_grads

    def _asked(self, block: str) -> bool:
        return self.config.check.blocks == "all" or block in self.config.check.blocks

    def _places(self, gradients: Arrays) -> list[Place]:
        return [
            Place(key if key in ("x", "h0", "c0") else f"{key}_l0", gate, key, where)
            for key in gradients
            if self._asked(key)
            for gate, where in self._gates_of(key)
        ]

    def _gates_of(self, key: str) -> list[tuple[str | None, Any]]:
        """Of one of their arrays: so many rows each, or so many columns."""
        if key in UNGATED:
            return [(None, ...)]
        order, H = self.variant.order, self.config.lstm.hidden_size
        order = order.replace("g", "") if key == "p" else order
        spans = [slice(k * H, (k + 1) * H) for k in range(len(order))]
        return [(gate, (..., s) if self.variant.columns else s) for gate, s in zip(order, spans, strict=True)]


def _variant(config: Any, random: Random) -> Variant:
    """What the configuration says, with a habit of its author."""
    lstm, key = config.lstm, config.target.convention
    order, weights = CONVENTIONS[key] if isinstance(key, str) else (key.gates, key.weights)
    habit = str(random.choice(list(HABITS))) if chance(random, 0.45) else None
    return Variant(
        order=order,
        columns=weights == "columns",
        bias=lstm.bias,
        peephole=lstm.peephole,
        coupled=lstm.coupled,
        projected=lstm.proj_size is not None,
        gate=lstm.activations.gate,
        candidate=lstm.activations.candidate,
        output=lstm.activations.output,
        habit=habit if habit != "float-p" or lstm.peephole else None,
        single=config.target.protocol == "plain" and chance(random, 0.04),
    )


def _loss(config: Any, random: Random) -> Loss:
    width = config.lstm.proj_size or config.lstm.hidden_size
    kind = str(random.choice(list(LOSSES)))
    return Loss(
        kind=kind if width > 1 or kind != "cross entropy" else "squared error",
        mean=chance(random, 0.4),
        states=weighted(random, {0.0: 1, 0.1: 1, 1.0: 2}),
        penalty=weighted(random, {"none": 4, "norm": 3, "sum": 2}),
        decay=log_uniform(random, 1e-6, 1),
        scale=weighted(random, {1.0: 7, 1e-3: 1, 1e3: 1, 1e-40: 0.5, 1e40: 0.5}),
    )
