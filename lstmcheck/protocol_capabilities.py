"""What each protocol of targets can take and return. A new one is a row here, and its adapter.

Apart from the adapters, and without numpy: a configuration is refused before any of them is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from lstmcheck.lstm.spec import BIAS_BLOCKS, Bias

ANY_BIAS: tuple[Bias, ...] = tuple(BIAS_BLOCKS)


PROCESS = "process"
"""Of programs in any language: `target.command` starts one."""
C = "c"
"""Of shared libraries: `target.file` is one."""
GRADIENTS = "gradients"
"""Not a way to call functions: `target.file` holds the gradients that somebody computed elsewhere."""


@dataclass(frozen=True)
class Capabilities:
    """Of one protocol. The defaults are what most of them can: one cell, over whole sequences."""

    adapter: str
    """Its module in `lstmcheck.targets.protocols`, and the class there: `plain:Plain`. Empty: none is needed,
    the file holds gradients and no code is run."""
    functions: tuple[str, ...]
    """Names of the functions that it calls, the forward pass first; `LSTM.forward` is a method."""
    arguments: tuple[int, ...] = ()
    """How many each of them is given, where protocols share their names."""
    convention: str | None = None
    """How parameters are laid out, where the protocol implies it; None: `target.convention` says."""
    biases: tuple[Bias, ...] = ("one",)
    peephole: bool = False
    projection: bool = False
    layers: bool = False
    """Whether there may be more than one."""
    directions: bool = False
    """Whether there may be both."""
    lengths: bool = False
    """Whether sequences of a batch may have lengths of their own."""
    upstreams: str = "yhc"
    """Letters of the outputs whose gradients its backward pass takes."""
    no_place: tuple[str, ...] = ()
    """Blocks whose gradients its backward pass cannot return."""
    zero_cell: bool = False
    """Whether the cell starts at zero, whatever is asked for."""
    no_states: bool = False
    """Whether it takes no states: h and the cell start at zero."""
    one_step: bool = False
    """Whether its functions are one step, which is unrolled for them."""
    own_loss: bool = False
    """Whether it ends in a loss of its own: it shows no outputs, and takes no upstream gradients."""
    complex_numbers: bool = True
    sixteen_bits: bool = True
    """Whether it can be given numbers of float16 and bfloat16."""
    devices: bool = False
    """Whether `target.device` says where it computes."""
    strides: bool = False
    """Whether its functions get memory that they must read by strides, as kernels do."""
    shapes: bool = True
    """Whether its arrays have shapes. Without, those of another layout are read as numbers like others."""
    classes: bool = False
    """Whether a class is as good as a function: to call it makes what is checked."""
    framework: str | None = None
    """A library that it cannot do without: an extra of that name installs it."""
    options: tuple[str, ...] = ()
    """Keys of `target.options` that it knows."""

    @property
    def zero_states(self) -> tuple[str, ...]:
        """Initial states that are zero, whatever is asked for."""
        return ("h0", "c0") if self.no_states else ("c0",) if self.zero_cell else ()

    @property
    def is_open(self) -> bool:
        """Whether it leaves the layout of the parameters to `target.convention`."""
        return self.convention is None


_of_any_network = partial(
    Capabilities,
    biases=ANY_BIAS,
    peephole=True,
    projection=True,
    layers=True,
    directions=True,
    lengths=True,
)
"""Of those that take every network that there is."""

PROTOCOLS: dict[str, Capabilities] = {
    "plain": _of_any_network(
        "plain:Plain",
        ("forward", "backward"),
    ),
    "cs231n-step": Capabilities(
        "cs231n:Step", ("lstm_step_forward", "lstm_step_backward"), convention="cs231n", one_step=True
    ),
    "cs231n-sequence": Capabilities(
        "cs231n:Sequence",
        ("lstm_forward", "lstm_backward"),
        arguments=(5, 2),
        convention="cs231n",
        upstreams="yh",
        no_place=("c0",),
        zero_cell=True,
    ),
    "course-cell": Capabilities(
        "course:CellStep", ("lstm_cell_forward", "lstm_cell_backward"), convention="course", one_step=True
    ),
    "course-sequence": Capabilities(
        "course:Sequence",
        ("lstm_forward", "lstm_backward"),
        arguments=(3, 2),
        convention="course",
        upstreams="yh",
        no_place=("c0",),
        zero_cell=True,
    ),
    "karpathy": Capabilities("karpathy:Batched", ("LSTM.forward", "LSTM.backward"), convention="karpathy"),
    "loss": _of_any_network(
        "plain:Loss",
        ("loss_and_grads",),
        own_loss=True,
    ),
    "torch": Capabilities(
        "torch_module:Torch",
        ("build",),
        biases=ANY_BIAS,
        projection=True,
        complex_numbers=False,
        layers=True,
        directions=True,
        lengths=True,
        devices=True,
        strides=True,
        classes=True,
        framework="torch",
        options=("batch_first", "step", "states", "submodule", "names", "eval", "compile"),
    ),
    "jax": _of_any_network(
        "jax_function:Jax",
        ("forward",),
        devices=True,
        framework="jax",
    ),
    PROCESS: _of_any_network(
        "process:Process",
        ("forward", "backward"),
        complex_numbers=False,
    ),
    C: _of_any_network(
        "c_library:CLibrary",
        ("lstm_forward", "lstm_backward"),
        complex_numbers=False,
        sixteen_bits=False,
        devices=True,
        shapes=False,
    ),
    GRADIENTS: _of_any_network(
        "",
        (),
    ),
}
"""By the names of `target.protocol`, in the order in which they are listed."""


def protocols_with(what: str, conjunction: str = "and") -> str:
    """Those that can something, by its name among `Capabilities`: `plain, loss and torch`."""
    *others, last = (name for name, each in PROTOCOLS.items() if getattr(each, what))
    return f" {conjunction} ".join(filter(None, (", ".join(others), last)))


def install_command(library: str | None) -> str | None:
    """How to install what a protocol needs, by the name that is imported; None for any other library."""
    if any(each.framework == library for each in PROTOCOLS.values() if each.framework):
        return f"Install it: pip install 'lstmcheck[{library}]'"
    return None
