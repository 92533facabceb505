"""As course_cell.py, but the output gate's gradient reads the cell state itself, without its tanh."""

from types import FunctionType

import course_cell
from course_cell import lstm_cell_forward

__all__ = ["lstm_cell_backward", "lstm_cell_forward"]


def output_gate_gradient(da_next, c_next, ot):
    return da_next * c_next * ot * (1 - ot)  # right: np.tanh(c_next)


# The same code, with this one function in the other's place.
names = {**vars(course_cell), "output_gate_gradient": output_gate_gradient}
lstm_cell_backward = FunctionType(course_cell.lstm_cell_backward.__code__, names)
