// Attention of one or a few queries: keys and values are read once and in place, the next block on
// its way while one is computed, and the weights of every query stay for whoever wants to look at
// them.
#include <math.h>

#include "rows.h"
#include "tile.h"

/// a . b in eight lanes.
INLINE float dot(const float *restrict a, const float *restrict b, int64_t n) {
  v8 acc = {0};
  float sum = 0;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) acc += CV8(a + i) * CV8(b + i);
  for (; i < n; i++) sum += a[i] * b[i];
  for (int j = 0; j < 8; j++) sum += acc[j];
  return sum;
}

/// The same, in the same order, with eight rows of b, `ldb` floats apart.
INLINE void dots(float *restrict y, const float *restrict a, const float *restrict b, int64_t ldb,
                 int64_t n) {
  v8 acc[8] = {0}, lanes[8], sum = {0};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
#pragma clang loop unroll(full)
    for (int r = 0; r < 8; r++) acc[r] += CV8(a + i) * CV8(b + r * ldb + i);
  for (; i < n; i++)
    for (int r = 0; r < 8; r++) sum[r] += a[i] * b[r * ldb + i];
  transpose_square((float *)lanes, 8, (const float *)acc, 8);
  for (int j = 0; j < 8; j++) sum += lanes[j];
  V8(y) = sum;
}

/// Scores to e^(s factor - largest), and the log of their sum; -infinity for none.
INLINE float soften(float *restrict p, int64_t n, float factor) {
  if (n <= 0) return -INFINITY;
  float top = row_max(p, n) * factor;
  for (int64_t j = 0; j < n; j++) p[j] = exp1(p[j] * factor - top);
  return top + logf(row_sum(p, n));
}

INLINE void multiply(float *restrict p, int64_t n, float factor) {
  for (int64_t j = 0; j < n; j++) p[j] *= factor;
}

/// One row of scores to weights: softmax, or two of them joined by their log-sum-exps.
INLINE void weigh(float *restrict p, int64_t seen, float scale,
                  const ck_attention_context *restrict context) {
  int64_t first = min64(context->keys, seen);
  if (first == 0) {
    soften(p, seen, scale);
    multiply(p, seen, 1 / row_sum(p, seen));
    return;
  }
  float near = soften(p + first, seen - first, scale);
  float far = soften(p, first, scale / context->temperature) * context->scale;
  float top = near > far ? near : far;
  float nearShare = expf(near - top), farShare = expf(far - top), total = nearShare + farShare;
  multiply(p, first, farShare / total / row_sum(p, first));
  if (seen > first) multiply(p + first, seen - first,
                             nearShare / total / row_sum(p + first, seen - first));
}

/// o += p v for `keys` keys: 32 sums at a time in registers, then the rest.
INLINE void gather(float *restrict o, const float *restrict p, const float *restrict v, int64_t ldv,
                   int64_t keys, int64_t size) {
  enum { width = 32 };
  int64_t start = 0;
  for (; start + width <= size; start += width) {
    v16 sums[2] = {CV16(o + start), CV16(o + start + 16)};
    const float *row = v + start;
    int64_t j = 0;
    for (; j + 4 <= keys; j += 4, row += 4 * ldv)
#pragma clang loop unroll(full)
      for (int e = 0; e < 2; e++)
        sums[e] += p[j] * CV16(row + 16 * e) + p[j + 1] * CV16(row + ldv + 16 * e) +
                   p[j + 2] * CV16(row + 2 * ldv + 16 * e) +
                   p[j + 3] * CV16(row + 3 * ldv + 16 * e);
    for (; j < keys; j++, row += ldv)
      for (int e = 0; e < 2; e++) sums[e] += p[j] * CV16(row + 16 * e);
    V16(o + start) = sums[0];
    V16(o + start + 16) = sums[1];
  }
  int64_t j = 0;
  for (; j + 4 <= keys; j += 4, v += 4 * ldv)
    for (int64_t e = start; e < size; e++)
      o[e] += p[j] * v[e] + p[j + 1] * v[ldv + e] + p[j + 2] * v[2 * ldv + e] +
              p[j + 3] * v[3 * ldv + e];
  for (; j < keys; j++, v += ldv)
    for (int64_t e = start; e < size; e++) o[e] += p[j] * v[e];
}

/// Keys that stay in the first-level cache while all queries of a unit pass by.
enum { keyBlock = 64 };

/// The block of keys or values that starts at `start`, to be fetched in `calls` parts.
INLINE fetcher fetch_block(const float *restrict x, int64_t ld, int64_t start, int64_t keys,
                           int64_t calls) {
  int64_t count = max64(0, min64(keyBlock, keys - start));
  return make_fetcher((memory_span){x + min64(start, keys) * ld, count * ld}, calls);
}

CLONES void ck_attention_rows(float *restrict o, float *restrict p, const float *restrict q,
                              const float *restrict k, const float *restrict v,
                              const ck_attention_shape *restrict s,
                              const ck_attention_context *restrict context) {
  int64_t size = s->headSize, keys = s->keys, rows = s->heads * s->queries;
  for (int64_t start = 0; start < keys; start += keyBlock) {
    bool isLast = start + keyBlock >= keys;
    fetcher fetch = fetch_block(isLast ? v : k, isLast ? s->ldv : s->ldk,
                                isLast ? 0 : start + keyBlock, keys, rows * keyBlock / 8);
    for (int64_t row = 0; row < rows; row++) {
      int64_t i = row % s->queries, j = start;
      const float *query = q + i * s->ldq + row / s->queries * size;
      int64_t end = min64(min64(keys, start + keyBlock), i + s->offset + 1);
      for (; j + 8 <= end; j += 8) {
        fetch_some(&fetch);
        dots(p + row * keys + j, query, k + j * s->ldk, s->ldk, size);
      }
      for (; j < end; j++) p[row * keys + j] = dot(query, k + j * s->ldk, size);
    }
  }
  for (int64_t row = 0; row < rows; row++) {
    int64_t i = row % s->queries, seen = max64(0, min64(keys, i + s->offset + 1));
    if (seen > 0) weigh(p + row * keys, seen, s->scale, context);
    zero(p + row * keys + seen, keys - seen);
    zero(o + i * s->ldo + row / s->queries * size, size);
  }
  for (int64_t start = 0; start < keys; start += keyBlock) {
    fetcher fetch = fetch_block(v, s->ldv, start + keyBlock, keys, rows);
    for (int64_t row = 0; row < rows; row++) {
      int64_t i = row % s->queries, end = min64(keys, start + keyBlock);
      fetch_some(&fetch);
      gather(o + i * s->ldo + row / s->queries * size, p + row * keys + start, v + start * s->ldv,
             s->ldv, end - start, size);
    }
  }
}
