"""karpathy: a class with forward and backward, one matrix with the bias in its first row."""

from __future__ import annotations

from lstmcheck.lstm.forward import Outputs
from lstmcheck.lstm.types import Arrays
from lstmcheck.targets import returned
from lstmcheck.targets.protocols.adapter import Adapter, Pass, Returned, optional_of


class Batched(Adapter):
    """forward(X, WLSTM, c0, h0) -> Hout, Ct, Ht, cache; backward(dHout, cache, dcn, dhn)."""

    def forward(self, arrays: Arrays) -> Pass:
        function = self.functions[0]
        x, W = self.copied(arrays["x"]), self.parameters(arrays)["W"]
        result = self.call(function, x, W, self.copied(arrays["c0"][0]), self.copied(arrays["h0"][0]))
        Hout, Ct, Ht, cache = returned.several(function, result, ("Hout", "Ct", "Ht", "cache"))
        state = (x.shape[1], self.spec.hidden_size)
        return self.ran(
            returned.array(function, "Hout", Hout, (len(x), *state), "(n, b, d)"),
            returned.array(function, "Ht", Ht, state, "(b, d)"),
            returned.array(function, "Ct", Ct, state, "(b, d)"),
            cache,
        )

    @property
    def optional(self) -> str:
        return optional_of(self.functions[1], {2: "c", 3: "h"})

    def backward(self, upstream: Outputs, ran: Pass) -> Returned:
        function = self.functions[1]
        assert ran.outputs is not None
        d_y, d_h, d_c = self.upstreams(upstream)
        length, batch, _ = ran.outputs.y.shape
        state = (batch, self.spec.hidden_size)
        result = self.call(function, d_y, ran.cache, d_c, d_h)
        dX, dW, d_c0, d_h0 = returned.several(function, result, ("dX", "dWLSTM", "dc0", "dh0"))
        W = returned.array(function, "dWLSTM", dW, self.layout.shapes["W"], "(1 + input_size + d, 4 d)")
        ours = self.ours({"W": W})
        shape = (length, batch, self.spec.input_size)
        found = {
            "x": returned.array(function, "dX", dX, shape, "(n, b, input_size)"),
            "h0": returned.array(function, "dh0", d_h0, state, "(b, d)"),
            "c0": returned.array(function, "dc0", d_c0, state, "(b, d)"),
        }
        self.add_inputs(ours, found)
        return ours
