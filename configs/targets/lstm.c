/* Layers of LSTM in both directions over sequences of their own lengths, and the backward pass.
 *
 *     lstmcheck schema c > lstmcheck.h
 *     cc -O3 -march=native -fopenmp-simd -shared -fPIC -o liblstm.so lstm.c -lm
 *
 * One sequence is run after the other. lstmcheck.h says what the arrays are and how they lie in memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lstmcheck.h"

typedef lstm_real real;
typedef lstm_sizes sizes_t;

#ifndef CARRIED /* what of d_c the step before gets; lstm_wrong.c has another */
#define CARRIED(d_c, f) ((d_c) * (f))
#endif

/* The cache: of each cell, step and sequence what the step has computed, H numbers each; then what each layer but
 * the last puts out. */
enum { I, F, G, O, TANH_C, C_PREV, H_PREV, KEPT };

static int64_t wide(const sizes_t *s) { return s->directions * s->H; }
static int64_t width(const sizes_t *s, int64_t layer) { return layer ? wide(s) : s->D; }
static int64_t steps(const sizes_t *s, int64_t n) { return s->lengths ? s->lengths[n] : s->T; }

static real *kept(const sizes_t *s, const void *cache, int64_t cell, int64_t t, int64_t n) {
    return (real *)cache + ((cell * s->T + t) * s->B + n) * KEPT * s->H;
}

static real *between(const sizes_t *s, const void *cache, int64_t layer) {
    return kept(s, cache, s->layers * s->directions, 0, 0) + layer * s->T * s->B * wide(s);
}

static real sigmoid(real z) { return 1 / (1 + exp(-z)); }

static real dot(const real *a, const real *b, int64_t n) {
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t k = 0; k < n; k++) sum += a[k] * b[k];
    return sum;
}

static void add(real *sum, real factor, const real *a, int64_t n) {
    for (int64_t k = 0; k < n; k++) sum[k] += factor * a[k];
}

int64_t lstm_cache_size(const sizes_t *s) {
    int64_t numbers = s->layers * s->directions * KEPT * s->H + (s->layers - 1) * wide(s);
    return s->T * s->B * numbers * (int64_t)sizeof(real);
}

/* One step of one sequence: h and c become those after it. */
static void step(const lstm_params *p, int64_t D, int64_t H, const real *x, real *h, real *c, real *keep) {
    memcpy(keep + C_PREV * H, c, H * sizeof(real));
    memcpy(keep + H_PREV * H, h, H * sizeof(real));
    for (int64_t r = 0; r < 4 * H; r++) {
        real z = p->b[r] + dot(p->W + r * D, x, D) + dot(p->U + r * H, keep + H_PREV * H, H);
        keep[r] = r / H == G ? tanh(z) : sigmoid(z);
    }
    for (int64_t j = 0; j < H; j++) {
        c[j] = keep[F * H + j] * c[j] + keep[I * H + j] * keep[G * H + j];
        keep[TANH_C * H + j] = tanh(c[j]);
        h[j] = keep[O * H + j] * keep[TANH_C * H + j];
    }
}

int lstm_forward(const sizes_t *s, const lstm_params *params, const real *x, const real *h0, const real *c0,
                 real *y, real *h_T, real *c_T, void *cache) {
    int64_t H = s->H, state = s->B * H * s->layers * s->directions;
    if (!params->b || params->b_hh || params->p || params->R) return 1; /* has one bias, and no variants */
    memcpy(h_T, h0, state * sizeof(real));
    memcpy(c_T, c0, state * sizeof(real));
    for (int64_t layer = 0; layer < s->layers; layer++) {
        const real *in = layer ? between(s, cache, layer - 1) : x;
        real *out = layer + 1 < s->layers ? between(s, cache, layer) : y;
        memset(out, 0, s->T * s->B * wide(s) * sizeof(real));
        for (int64_t direction = 0; direction < s->directions; direction++) {
            int64_t cell = layer * s->directions + direction, D = width(s, layer);
            for (int64_t n = 0; n < s->B; n++) {
                real *h = h_T + (cell * s->B + n) * H, *c = c_T + (cell * s->B + n) * H;
                for (int64_t k = 0; k < steps(s, n); k++) {
                    int64_t t = direction ? steps(s, n) - 1 - k : k, at = t * s->B + n;
                    step(&params[cell], D, H, in + at * D, h, c, kept(s, cache, cell, t, n));
                    memcpy(out + at * wide(s) + direction * H, h, H * sizeof(real));
                }
            }
        }
    }
    return 0;
}

/* The reverse of `step`: d_h and d_c become those before it; the gradients are added to d and d_x. */
static void step_back(const lstm_params *p, const lstm_params *d, int64_t D, int64_t H, const real *x,
                      const real *keep, const real *d_y, real *d_h, real *d_c, real *d_x, real *d_z) {
    for (int64_t j = 0; j < H; j++) {
        real i = keep[I * H + j], f = keep[F * H + j], g = keep[G * H + j], o = keep[O * H + j];
        real tanh_c = keep[TANH_C * H + j], c_prev = keep[C_PREV * H + j];
        real d_h_t = d_y[j] + d_h[j];
        real d_c_t = d_c[j] + d_h_t * o * (1 - tanh_c * tanh_c);
        d_z[I * H + j] = d_c_t * g * i * (1 - i);
        d_z[F * H + j] = d_c_t * c_prev * f * (1 - f);
        d_z[G * H + j] = d_c_t * i * (1 - g * g);
        d_z[O * H + j] = d_h_t * tanh_c * o * (1 - o);
        d_c[j] = CARRIED(d_c_t, f);
        d_h[j] = 0;
    }
    for (int64_t r = 0; r < 4 * H; r++) {
        d->b[r] += d_z[r];
        add(d->W + r * D, d_z[r], x, D);
        add(d->U + r * H, d_z[r], keep + H_PREV * H, H);
        add(d_x, d_z[r], p->W + r * D, D);
        add(d_h, d_z[r], p->U + r * H, H);
    }
}

int lstm_backward(const sizes_t *s, const lstm_params *params, const real *x, const real *h0, const real *c0,
                  const real *d_y, const real *d_h, const real *d_c, const void *cache,
                  const lstm_params *d_params, real *d_x, real *d_h0, real *d_c0) {
    (void)h0, (void)c0; /* the cache has them */
    int64_t H = s->H, state = s->B * H * s->layers * s->directions, layer_size = s->T * s->B * wide(s);
    real *scratch = calloc(4 * H + (s->layers - 1) * layer_size, sizeof(real));
    if (!scratch) return 2; /* no memory */
    memcpy(d_h0, d_h, state * sizeof(real));
    memcpy(d_c0, d_c, state * sizeof(real));
    memset(d_x, 0, s->T * s->B * s->D * sizeof(real));
    for (int64_t layer = s->layers - 1; layer >= 0; layer--) {
        const real *in = layer ? between(s, cache, layer - 1) : x;
        const real *d_out = layer + 1 < s->layers ? scratch + 4 * H + layer * layer_size : d_y;
        real *d_in = layer ? scratch + 4 * H + (layer - 1) * layer_size : d_x;
        for (int64_t direction = 0; direction < s->directions; direction++) {
            int64_t cell = layer * s->directions + direction, D = width(s, layer);
            const lstm_params *d = &d_params[cell];
            memset(d->W, 0, 4 * H * D * sizeof(real));
            memset(d->U, 0, 4 * H * H * sizeof(real));
            memset(d->b, 0, 4 * H * sizeof(real));
            for (int64_t n = 0; n < s->B; n++) {
                for (int64_t k = steps(s, n) - 1; k >= 0; k--) {
                    int64_t t = direction ? steps(s, n) - 1 - k : k, at = t * s->B + n, own = cell * s->B + n;
                    step_back(&params[cell], d, D, H, in + at * D, kept(s, cache, cell, t, n),
                              d_out + at * wide(s) + direction * H, d_h0 + own * H, d_c0 + own * H,
                              d_in + at * D, scratch);
                }
            }
        }
    }
    free(scratch);
    return 0;
}
