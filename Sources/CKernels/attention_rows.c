// Attention of one or a few queries: keys and values are read once and in place, which is all the
// time there is to save, and the weights of every query stay for whoever wants to look at them.
#include <math.h>

#include "rows.h"

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

/// o += p v for `keys` keys.
INLINE void gather(float *restrict o, const float *restrict p, const float *restrict v, int64_t ldv,
                   int64_t keys, int64_t size) {
  int64_t j = 0;
  for (; j + 4 <= keys; j += 4, v += 4 * ldv)
    for (int64_t e = 0; e < size; e++)
      o[e] += p[j] * v[e] + p[j + 1] * v[ldv + e] + p[j + 2] * v[2 * ldv + e] +
              p[j + 3] * v[3 * ldv + e];
  for (; j < keys; j++, v += ldv)
    for (int64_t e = 0; e < size; e++) o[e] += p[j] * v[e];
}

CLONES void ck_attention_rows(float *restrict o, float *restrict p, const float *restrict q,
                              const float *restrict k, const float *restrict v,
                              const ck_attention_shape *restrict s,
                              const ck_attention_context *restrict context) {
  enum { keyBlock = 64 };
  int64_t size = s->headSize, keys = s->keys;
  for (int64_t start = 0; start < keys; start += keyBlock)
    for (int64_t row = 0; row < s->heads * s->queries; row++) {
      int64_t i = row % s->queries;
      const float *query = q + i * s->ldq + row / s->queries * size;
      int64_t end = min64(min64(keys, start + keyBlock), i + s->offset + 1);
      for (int64_t j = start; j < end; j++) p[row * keys + j] = dot(query, k + j * s->ldk, size);
    }
  for (int64_t row = 0; row < s->heads * s->queries; row++) {
    int64_t i = row % s->queries, seen = max64(0, min64(keys, i + s->offset + 1));
    if (seen > 0) weigh(p + row * keys, seen, s->scale, context);
    zero(p + row * keys + seen, keys - seen);
    zero(o + i * s->ldo + row / s->queries * size, size);
  }
  for (int64_t start = 0; start < keys; start += keyBlock)
    for (int64_t row = 0; row < s->heads * s->queries; row++) {
      int64_t i = row % s->queries, end = min64(keys, start + keyBlock);
      gather(o + i * s->ldo + row / s->queries * size, p + row * keys + start, v + start * s->ldv,
             s->ldv, end - start, size);
    }
}
