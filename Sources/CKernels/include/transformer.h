/// Kernels of transformers, under the rules of CKernels.h, which includes this file. Letters:
/// N sequences, T queries (time), S keys, H heads, E floats of a head.
#pragma once
#include "CKernels.h"

// MARK: Activations (activations.c).

/// Functions of the form x * s(x) with s from 0 to 1, and ELU.
typedef enum {
  ck_gelu = 0,        ///< x Phi(x), Phi the normal distribution function
  ck_gelu_tanh = 1,   ///< x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3))
  ck_quick_gelu = 2,  ///< x sigmoid(1.702 x)
  ck_silu = 3,        ///< x sigmoid(x)
  ck_elu = 4          ///< x above 0, e^x - 1 below
} ck_activation_kind;

/// y = f(x). y may be x itself.
CK_KERNEL(void, ck_activation, float *y, const float *x, int64_t n, int32_t kind);
/// dx = dy f'(x). dx may be dy itself.
CK_KERNEL(void, ck_activation_grad, float *dx, const float *dy, const float *restrict x, int64_t n,
          int32_t kind);
/// y[r, c] = f(x[r, c]) x[r, columns + c]; x [rows, 2 columns], y [rows, columns].
CK_KERNEL(void, ck_gated, float *restrict y, const float *restrict x, int64_t rows,
          int64_t columns, int32_t kind);
/// dx [rows, 2 columns] from dy [rows, columns].
CK_KERNEL(void, ck_gated_grad, float *restrict dx, const float *restrict dy,
          const float *restrict x, int64_t rows, int64_t columns, int32_t kind);
/// y[i] = x[i] / (1 - p), or 0 for the elements that element number `first + i` of the stream
/// `key` drops: those whose 32-bit hash is below `threshold` = p 2^32. The gradient is the same
/// map. y may be x itself.
CK_KERNEL(void, ck_dropout, float *y, const float *x, int64_t n, int64_t first, uint64_t key,
          uint32_t threshold, float scale);

// MARK: Rows (rows.c)

/// y += bias (+ residual); either may be null. y and residual [rows, columns].
CK_KERNEL(void, ck_finish_rows, float *restrict y, const float *restrict bias,
          const float *restrict residual, int64_t rows, int64_t columns);
/// y[j * ldy + i] = x[i * ldx + j] for `rows` x `columns` of x.
CK_KERNEL(void, ck_transpose_rows, float *restrict y, int64_t ldy, const float *restrict x,
          int64_t ldx, int64_t rows, int64_t columns);
/// Sum of x^2, in float64.
CK_KERNEL(double, ck_sum_squares, const float *restrict x, int64_t n);

// MARK: Row norms (norm.c). x is [rows, n].

/// mean[r], inverse[r] = 1 / sqrt(variance + eps), y = (x - mean) inverse w + b.
CK_KERNEL(void, ck_layer_norm, float *restrict y, float *restrict mean, float *restrict inverse,
          const float *restrict x, const float *restrict w, const float *restrict b, int64_t rows,
          int64_t n, float eps);
/// inverse[r] = 1 / sqrt(mean of x^2 + eps), y = x inverse w.
CK_KERNEL(void, ck_rms_norm, float *restrict y, float *restrict inverse, const float *restrict x,
          const float *restrict w, int64_t rows, int64_t n, float eps);
/// dx; adds to dw[n] and db[n] the sums of these rows. dx may be dy itself.
CK_KERNEL(void, ck_layer_norm_grad, float *dx, float *restrict dw, float *restrict db,
          const float *dy, const float *restrict x, const float *restrict mean,
          const float *restrict inverse, const float *restrict w, int64_t rows, int64_t n);
/// dx; adds to dw[n] the sum of these rows. dx may be dy itself.
CK_KERNEL(void, ck_rms_norm_grad, float *dx, float *restrict dw, const float *dy,
          const float *restrict x, const float *restrict inverse, const float *restrict w,
          int64_t rows, int64_t n);
/// inverse[r] = 1 / sqrt(max(sum of x^2, 1e-10)), y = x inverse.
CK_KERNEL(void, ck_unit_rows, float *restrict y, float *restrict inverse, const float *restrict x,
          int64_t rows, int64_t n);
/// dx of the same from its result y. dx may be dy itself.
CK_KERNEL(void, ck_unit_rows_grad, float *dx, const float *dy, const float *restrict y,
          const float *restrict inverse, int64_t rows, int64_t n);

// MARK: Embedding and rotary positions (embedding.c).

/// y[r, :] = table[ids[r], :].
CK_KERNEL(void, ck_embedding, float *restrict y, const float *restrict table,
          const int32_t *restrict ids, int64_t rows, int64_t columns);
/// dtable[ids[r], c] += dy[r, c] for the columns `first` ..< `last`, rows in order.
CK_KERNEL(void, ck_embedding_grad, float *restrict dtable, const float *restrict dy,
          const int32_t *restrict ids, int64_t rows, int64_t columns, int64_t first, int64_t last);
/// Turns pairs of each of the first `heads` heads of every row, in place, by the angles whose
/// cosines and sines are row `(start + r) % period` of tables [period, E / 2] (back when
/// `inverse`). A pair is (2i, 2i + 1) when `interleaved`, else (i, i + E / 2). `ld`: floats between
/// rows of x.
CK_KERNEL(void, ck_rotate_pairs, float *restrict x, const float *restrict cosines,
          const float *restrict sines, int64_t start, int64_t rows, int64_t period, int64_t ld,
          int64_t heads, int64_t headSize, bool interleaved, bool inverse);

// MARK: Attention (attention.c).

/// One unit of attention: the query heads that share one key head of one sequence.
typedef struct {
  int64_t queries, keys;  ///< T and S; S counts only keys that may be seen at all
  int64_t heads;          ///< query heads of this unit
  int64_t headSize;       ///< E
  int64_t ldq, ldk, ldv, ldo;  ///< floats between rows of q (dq), k, v, output (its gradient)
  int64_t offset;         ///< query i sees keys 0 ... i + offset; S or more: all
  float scale;            ///< factor of q . k
} ck_attention_shape;

/// Floats of scratch one call of either pass needs.
int64_t ck_attention_scratch_count(const ck_attention_shape *restrict shape);
/// o = softmax(scale q k^T) v for the queries `first` ..< `last`, and lse = log of the sum of the
/// exponentials; heads lie side by side in q and o, lse is [heads, T]. A query that sees no key
/// gets o = 0 and lse = -infinity.
CK_KERNEL(void, ck_attention_forward, float *restrict o, float *restrict lse,
          const float *restrict q, const float *restrict k, const float *restrict v,
          float *restrict scratch, int64_t first, int64_t last,
          const ck_attention_shape *restrict shape);
/// dq of the queries `first` ..< `last` and what these queries add to dk and dv (all overwritten),
/// from the output, its gradient and lse. `ldg`: floats between rows of dk, and of dv.
CK_KERNEL(void, ck_attention_backward, float *restrict dq, float *restrict dk, float *restrict dv,
          int64_t ldg, const float *restrict o, const float *restrict dout,
          const float *restrict lse,
          const float *restrict q, const float *restrict k, const float *restrict v,
          float *restrict scratch, int64_t first, int64_t last,
          const ck_attention_shape *restrict shape);
