/* lstmcheck.h: an LSTM in a shared library, whose backward pass lstmcheck checks.
 *
 *     lstmcheck schema c > lstmcheck.h
 *     lstmcheck init my.yaml
 *     cc -O2 -shared -fPIC -o liblstm.so lstm.c -lm
 *     lstmcheck run my.yaml --target liblstm.so --protocol c
 *
 * Write the three functions at the end of this page, in C or in whatever exports functions of C: extern "C" in
 * C++ and CUDA, #[no_mangle] pub extern "C" and #[repr(C)] in Rust, export and extern struct in Zig. A source named as
 * the target is answered with the command that compiles it. configs/targets/lstm.c of lstmcheck is an example.
 *
 * What they compute, at step t, in each cell; a cell is one direction of one layer:
 *
 *     z = W x_t + U h_{t-1} + b        i = sigmoid(z_i), f = sigmoid(z_f), g = tanh(z_g), o = sigmoid(z_o)
 *     c_t = f c_{t-1} + i g
 *     h_t = o tanh(c_t)                y_t = h_t
 *
 * Each cell begins with its own h0 and c0. Layer 0 reads x, and each other layer what the layer below puts out, with
 * both directions side by side. The reverse direction goes from the last step to the first; what it makes of x_t is in
 * the y of step t, too. Sequences do not touch each other. Variants, where the configuration has them:
 *     activations    others in the places of sigmoid and tanh
 *     bias: two      z = W x_t + U h_{t-1} + b + b_hh
 *     peephole       z_i and z_f also have p_i c_{t-1} and p_f c_{t-1}, z_o has p_o c_t, elementwise
 *     proj_size      h_t = R (o tanh(c_t)), of width P
 *
 * Sizes, and how arrays lie in memory: as in C, the last index fastest, without gaps, aligned to 64 bytes.
 *
 *     x   [T][B][D]                     y        [T][B][directions * P], the forward direction first
 *     h0  [layers * directions][B][P]   h_T      as h0
 *     c0  [layers * directions][B][H]   c_T      as c0
 *     params[layers * directions], of the cells; cell = layer * directions + direction (0 forward, 1 reverse):
 *         W [4 * H][width]              width is D in layer 0, else directions * P
 *         U [4 * H][P]
 *         b [4 * H]                     the gates i f g o one after the other: row 0 is i's, row H f's
 *     d_x as x, d_params as params, and so on: each gradient as what it is the gradient of.
 *
 * target.convention of the configuration changes the layout of W, U and b, and that of their gradients with it
 * (lstmcheck conventions lists them).
 *
 * Who does what:
 *   - lstmcheck allocates everything and frees it, the cache too: lstm_cache_size bytes, the same for the same sizes.
 *     All of it is in the memory of the CPU; code for a GPU copies it there and back. It may use as much memory as is
 *     free, and with target.device: cuda as many addresses as it likes.
 *   - Before a call all that it is to write is NaN, and the cache too. Write every number, do not add to it.
 *     Behind the end of every array, and before its begin, is NaN too: what is read from there shows, and so does what
 *     is written there.
 *   - All else is read only.
 *   - lstm_backward gets what lstm_forward got, and the cache that it filled: what else it needs belongs there, and
 *     not into variables of its own. Passes overlap (two forward passes, then the backward pass of the first), and
 *     many forward passes have no backward pass. There is one thread that calls.
 *   - Functions return 0, or a number of their own for what they cannot do; that ends the check and is shown.
 */
#ifndef LSTMCHECK_H
#define LSTMCHECK_H

#include <stdint.h>

/* Numbers are double. For float (target.dtype: float32 in the configuration) the same functions have other names:
 * lstm_forward_f32, lstm_backward_f32, lstm_cache_size_f32. In C, -DLSTMCHECK_FLOAT32 does both for this page:
 * what is written as lstm_forward(…, const lstm_real *x, …) is then lstm_forward_f32 of floats. */
#ifdef LSTMCHECK_FLOAT32
typedef float lstm_real;
#define lstm_forward lstm_forward_f32
#define lstm_backward lstm_backward_f32
#define lstm_cache_size lstm_cache_size_f32
#else
typedef double lstm_real;
#endif

typedef struct {
    int64_t T;              /* steps */
    int64_t B;              /* sequences side by side */
    int64_t D;              /* lstm.input_size */
    int64_t H;              /* lstm.hidden_size */
    int64_t P;              /* width of h: lstm.proj_size, or else H */
    int64_t layers;
    int64_t directions;     /* 1, or 2: forward and reverse */
    const int64_t *lengths; /* NULL, or [B]: sequence n has lengths[n] steps, 1 to T. Behind its end y is 0 and x has
                               no effect; h_T and c_T are those at its end, and there the reverse direction begins */
} lstm_sizes;

/* The parameters of one cell, or their gradients; NULL is what the network does not have. */
typedef struct {
    lstm_real *W;
    lstm_real *U;
    lstm_real *b;    /* NULL for bias: none */
    lstm_real *b_hh; /* bias: two; b is b_ih then */
    lstm_real *p;    /* peephole: [3][H], of i f o */
    lstm_real *R;    /* proj_size: [P][H] */
} lstm_params;

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the cache. */
int64_t lstm_cache_size(const lstm_sizes *sizes);

/* Writes y, h_T, c_T and the cache. */
int lstm_forward(const lstm_sizes *sizes, const lstm_params *params,
                 const lstm_real *x, const lstm_real *h0, const lstm_real *c0,
                 lstm_real *y, lstm_real *h_T, lstm_real *c_T, void *cache);

/* d_y, d_h and d_c are the gradients of a loss with respect to y, h_T and c_T, never NULL. Writes its gradients with
 * respect to the parameters, x, h0 and c0; a whole array that is left alone counts as one that did not come back. */
int lstm_backward(const lstm_sizes *sizes, const lstm_params *params,
                  const lstm_real *x, const lstm_real *h0, const lstm_real *c0,
                  const lstm_real *d_y, const lstm_real *d_h, const lstm_real *d_c, const void *cache,
                  const lstm_params *d_params, lstm_real *d_x, lstm_real *d_h0, lstm_real *d_c0);

#ifdef __cplusplus
}
#endif

#endif
