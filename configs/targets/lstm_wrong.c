/* As lstm.c, but the gradient of the cell state is handed on as if there were no forget gate. */
#define CARRIED(d_c, f) (d_c) /* right: (d_c) * (f) */
#include "lstm.c"
