"""Known mistakes planted into the shipped network, each a few replacements in its source."""

from __future__ import annotations

from typing import NamedTuple

from network_targets import NETWORK, changed

LOSS = """
LAST = 0


def wanted(shape, phase):
    return np.cos(np.arange(np.prod(shape)) + phase).reshape(shape)


def loss_and_grads(params, x, h0, c0, lengths):
    y, h, c, cache = forward(params, x, h0, c0, lengths)
    inside = np.arange(len(x))[:, None, None] < lengths[:, None]
    d_y = np.where(inside, y - wanted(y.shape, 0), 0)
    d_h, d_c = h - wanted(h.shape, 1), c - wanted(c.shape, 2)
    d_h[-(y.shape[2] // h.shape[2]) :] *= LAST
    loss = (np.sum(d_y**2) + np.sum(d_h**2) + np.sum(d_c**2)) / 2
    return loss, backward(d_y, d_h, d_c, cache)
"""
"""The same network with a loss of its own; what it reads of the last layer's h is in y, unless LAST is 1."""

SOURCES = {"plain": NETWORK, "loss": NETWORK + LOSS}

CARRY_H, CARRY_C = "d_h = np.where(inside[t], d_z @ U, d_h)", "d_c = np.where(inside[t], d_c_t * f, d_c)"
D_H_T, D_C_T = "d_h_t = np.where(inside[t], d_y[t] + d_h, 0)", "d_c_t = np.where(inside[t], d_c, 0) + "
CELL = "    for t, h_prev, c_prev, i, f, g, o, c_t in reversed(steps):\n"
NETWORK_CACHE = "    layers, caches = cache\n"
OWN = "            grads, d_x, d_h0"
FOUND = "            found |="
PARTS = "enumerate(np.split(d_y, len(layer), axis=2)"
APPEND, DOWN = "d_xs.append(d_x)", "d_y = added(d_xs)"
RETURN = 'return found | {"x": d_y, "h0": d_h0, "c0": d_c0}'


class Plant(NamedTuple):
    """A mistake of the catalogue as replacements in the network's source."""

    mistake: str
    replacements: tuple[tuple[str, str], ...]
    cells: tuple[str, ...] = ()
    """Those that make it, if others do not."""


def before(line: str, inserted: str) -> tuple[str, str]:
    """A line with another in front."""
    return line, f"{inserted}\n{line}"


REVERSE, FIRST = ("l0_reverse", "l1_reverse"), ("l0", "l0_reverse")

PLANTS = {
    "direction not added": Plant("reverse-direction-not-added", (("return sum(d_xs)", "return d_xs[0]"),)),
    "upper bias": Plant("upper-layer-bias-zero", (before(FOUND, '            grads["b"] *= k == 0'),)),
    "middle layer": Plant(
        "middle-layer-lost",
        (before(FOUND, "            grads = {n: g * (k != 1) for n, g in grads.items()}"),),
    ),
    "overwritten": Plant(
        "second-direction-reads-overwritten",
        (before(OWN, "            if n and k: d_own = d_xs[0][..., d_xs[0].shape[2] // 2 :]"),),
    ),
    "output mask": Plant("masked-output-only", ((CARRY_H, "d_h = d_z @ U"), (CARRY_C, "d_c = d_c_t * f"))),
    "mask of d_y": Plant(
        "mask-not-on-hidden-gradient", ((D_H_T, "d_h_t = np.where(inside[t], d_y[t], 0) + d_h"),)
    ),
    "h forgotten": Plant("mask-forgets-hidden", ((CARRY_H, "d_h = np.where(inside[t], d_z @ U, 0)"),)),
    "c forgotten": Plant("mask-forgets-cell", ((CARRY_C, "d_c = np.where(inside[t], d_c_t * f, 0)"),)),
    "no mask": Plant("padding-differentiated", (before(CELL, "    inside = np.ones_like(inside)"),)),
    "reverse in padding": Plant(
        "reverse-starts-in-padding", (before(CELL, "    inside = inside | (steps[0][0] > 0)"),)
    ),
    "neighbours": Plant("lengths-of-neighbours", (before(CELL, "    inside = np.roll(inside, 1, 1)"),)),
    "sorted": Plant(
        "sorted-batch-not-undone",
        (
            (
                NETWORK_CACHE,
                NETWORK_CACHE
                + "    order = np.argsort(-caches[0][3].sum((0, 2)), kind='stable')\n"
                + "    d_h, d_c = d_h[:, order], d_c[:, order]\n",
            ),
        ),
    ),
    "detached": Plant("layers-detached", ((DOWN, f"{DOWN} * (k == 0)"),)),
    "lower states": Plant(
        "lower-final-gradients-ignored",
        (before(OWN, "            if k < len(caches) - 2: d_h, d_c = 0 * d_h, 0 * d_c"),),
    ),
    "exchanged": Plant(
        "directions-exchanged",
        (
            (
                "enumerate(np.split(d_y, len(layer), axis=2))",
                "enumerate(np.split(d_y, len(layer), axis=2)[::-1])",
            ),
        ),
    ),
    "d_y not turned": Plant(
        "reverse-output-gradient-not-turned", (before(OWN, "            if n: d_own = d_own[::-1]"),)
    ),
    "d_x not turned": Plant(
        "reverse-input-gradient-not-turned", ((APPEND, "d_xs.append(d_x[::-1] if n else d_x)"),)
    ),
    "last step": Plant(
        "reverse-final-gradient-at-the-last-step",
        (
            before(
                OWN,
                "            if n: d_own[-1] += d_h[k + 1]; d_h = d_h.copy(); d_h[k + 1] = 0",
            ),
        ),
    ),
    "states by direction": Plant(
        "states-in-direction-order",
        ((RETURN, 'return found | {"x": d_y, "h0": d_h0[[0, 2, 1, 3]], "c0": d_c0[[0, 2, 1, 3]]}'),),
    ),
    "carry of c": Plant("cell-carry-dropped", ((D_C_T, "d_c_t = "),)),
    "carry of h": Plant("hidden-carry-dropped", ((CARRY_H, "d_h = np.where(inside[t], 0, d_h)"),)),
    "forget gate": Plant("cell-carry-without-forget", ((CARRY_C, "d_c = np.where(inside[t], d_c_t, d_c)"),)),
    "bias of the last step": Plant("bias-overwritten", (("d_b += d_z", "d_b = d_z"),)),
    "c0": Plant("initial-cell-zero", ((RETURN, RETURN.replace("d_c0}", "0 * d_c0}")),)),
    "reverse carry of c": Plant(
        "cell-carry-dropped", ((D_C_T, f"d_c_t = (not steps[0][0]) * {D_C_T[8:]}"),), cells=REVERSE
    ),
    "first layer's forget gate": Plant(
        "cell-carry-without-forget",
        ((CARRY_C, "d_c = np.where(inside[t], d_c_t * (f if W.shape[1] > 2 else 1), d_c)"),),
        cells=FIRST,
    ),
    "bias of one cell": Plant(
        "bias-overwritten",
        (("d_b += d_z.sum(axis=0)", "d_b = d_z.sum(axis=0) + (steps[0][0] == 0 or W.shape[1] == 2) * d_b"),),
        cells=("l1_reverse",),
    ),
}
"""By what is wrong, in words."""


def planted(protocol: str, name: str) -> str:
    """The source with one of them."""
    return changed(*PLANTS[name].replacements, source=SOURCES[protocol])
