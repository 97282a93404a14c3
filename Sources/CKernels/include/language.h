/// Kernels of language models at inference, under the rules of CKernels.h, which includes this
/// file. Letters: T tokens, S keys, E floats of a head.
#pragma once
#include "CKernels.h"
#include "transformer.h"

// MARK: Weights in panels (panels.c): 16 outputs side by side, k deep, panel after panel, zeros
// behind the last output. Sums run in k order, so a row has the same bits alone and among others.

/// c[m, n] = a[m, k] w, w [k, n] in panels.
CK_KERNEL(void, ck_panel_product, float *restrict c, int64_t ldc, const float *restrict a,
          int64_t lda, const float *restrict panels, int64_t m, int64_t n, int64_t k);
/// y[r, :] = column ids[r] of w [k, n] in panels: an embedding kept for the output head.
CK_KERNEL(void, ck_panel_columns, float *restrict y, const float *restrict panels,
          const int32_t *restrict ids, int64_t rows, int64_t k);

// MARK: Weights in blocks of 32 (block_products.c), sixteen rows side by side. A group of rows
// holds for every block of columns the sixteen scales d (halves, finite) and then column after
// column the rows' bytes; for Q4_1 sixteen offsets m behind the scales, and then four words of each
// row, whose eight nibbles, lowest first, are eight columns. A row is summed block after block,
// whatever its neighbours.

enum { ck_block_weights = 32 };

/// Bytes of the groups of `rows` rows, the last one padded.
int64_t ck_q4_1_group_bytes(int64_t rows, int64_t columns);
int64_t ck_q8_0_group_bytes(int64_t rows, int64_t columns);
/// Groups of the rows of w, as GGUF stores them; padding rows are zeros.
void ck_q4_1_group(uint8_t *restrict groups, const uint8_t *restrict w, int64_t rows,
                   int64_t columns);
void ck_q8_0_group(uint8_t *restrict groups, const uint8_t *restrict w, int64_t rows,
                   int64_t columns);
/// What `ck_q4_1_product` needs of x: scaled[i] = x[i] over the power of two at which nibble i % 8
/// stands in its word (1 for the last, which is shifted), and sums[b] = sum of x in block b of
/// n / 32.
CK_KERNEL(void, ck_block_vector, float *restrict scaled, float *restrict sums,
          const float *restrict x, int64_t n);
/// y[r] = w[r, :] . x with w = d q + m, for `count` groups of rows; y has whole groups.
CK_KERNEL(void, ck_q4_1_product, float *restrict y, const uint8_t *restrict groups,
          const float *restrict scaled, const float *restrict sums, int64_t count,
          int64_t columns);
/// y[r] = w[r, :] . x with w = d q, the same way.
CK_KERNEL(void, ck_q8_0_product, float *restrict y, const uint8_t *restrict groups,
          const float *restrict x, int64_t count, int64_t columns);

// MARK: Attention of few queries to many keys (attention_rows.c)

/// How the first `keys` keys of a unit, a context that was encoded in parallel parts, count:
/// their scores are divided by `temperature`, their log-sum-exp is multiplied by `scale`.
typedef struct {
  int64_t keys;
  float temperature, scale;
} ck_attention_context;

/// o = p v and p [heads, T, S] = softmax(scale q k^T), 0 where masked, for all queries of a unit;
/// keys and values are read where they lie. A query that sees no key gets o = p = 0.
CK_KERNEL(void, ck_attention_rows, float *restrict o, float *restrict p, const float *restrict q,
          const float *restrict k, const float *restrict v,
          const ck_attention_shape *restrict shape, const ck_attention_context *restrict context);
/// sums[j] += sum over heads and the queries `first` ..< `last` of the weight of key j, from the
/// log-sum-exps of `ck_attention_forward`; its scratch serves.
CK_KERNEL(void, ck_attention_column_sums, float *restrict sums, const float *restrict lse,
          const float *restrict q, const float *restrict k, float *restrict scratch,
          int64_t first, int64_t last, const ck_attention_shape *restrict shape);
