// A row is read several times while it lies in the first-level cache; sums run in 32 fixed lanes.
#include "rows.h"

enum { lanes = 32 };

/// Sum of the lanes in order.
INLINE float lane_sum(const float *restrict lane) {
  float sum = 0;
  for (int j = 0; j < lanes; j++) sum += lane[j];
  return sum;
}

/// A sum over a row of an expression in `i`.
#define ROW_SUM(result, n, term)                                     \
  {                                                                  \
    float lane[lanes] = {0}, rest = 0;                               \
    int64_t i = 0;                                                   \
    for (int64_t start = 0; start + lanes <= (n); start += lanes)    \
      for (int j = 0; j < lanes; j++) {                              \
        i = start + j;                                               \
        lane[j] += (term);                                           \
      }                                                              \
    for (i = (n) / lanes * lanes; i < (n); i++) rest += (term);      \
    result = lane_sum(lane) + rest;                                  \
  }

CLONES void ck_layer_norm(float *restrict y, float *restrict mean, float *restrict inverse,
                          const float *restrict x, const float *restrict w,
                          const float *restrict b, int64_t rows, int64_t n, float eps) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    float sum, squares;
    ROW_SUM(sum, n, x[i])
    float center = sum / (float)n;
    ROW_SUM(squares, n, (x[i] - center) * (x[i] - center))
    float factor = 1 / __builtin_elementwise_sqrt(squares / (float)n + eps);
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - center) * factor * w[i] + b[i];
    mean[r] = center;
    inverse[r] = factor;
  }
}

CLONES void ck_rms_norm(float *restrict y, float *restrict inverse, const float *restrict x,
                        const float *restrict w, int64_t rows, int64_t n, float eps) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    float squares;
    ROW_SUM(squares, n, x[i] * x[i])
    float factor = 1 / __builtin_elementwise_sqrt(squares / (float)n + eps);
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * factor * w[i];
    inverse[r] = factor;
  }
}

CLONES void ck_layer_norm_grad(float *dx, float *restrict dw, float *restrict db, const float *dy,
                               const float *restrict x, const float *restrict mean,
                               const float *restrict inverse, const float *restrict w,
                               int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, x += n, dx += n, dy += n) {
    float center = mean[r], factor = inverse[r], sum, product;
    ROW_SUM(sum, n, dy[i] * w[i])
    ROW_SUM(product, n, dy[i] * w[i] * ((x[i] - center) * factor))
    sum /= (float)n;
    product /= (float)n;
    ELEMENTWISE
    for (int64_t i = 0; i < n; i++) {
      float hat = (x[i] - center) * factor, g = dy[i];
      dw[i] += g * hat;
      db[i] += g;
      dx[i] = (g * w[i] - sum - hat * product) * factor;
    }
  }
}

CLONES void ck_rms_norm_grad(float *dx, float *restrict dw, const float *dy,
                             const float *restrict x, const float *restrict inverse,
                             const float *restrict w, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, x += n, dx += n, dy += n) {
    float factor = inverse[r], product;
    ROW_SUM(product, n, dy[i] * w[i] * (x[i] * factor))
    product /= (float)n;
    ELEMENTWISE
    for (int64_t i = 0; i < n; i++) {
      float hat = x[i] * factor, g = dy[i];
      dw[i] += g * hat;
      dx[i] = (g * w[i] - hat * product) * factor;
    }
  }
}

CLONES void ck_unit_rows(float *restrict y, float *restrict inverse, const float *restrict x,
                         int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, x += n, y += n) {
    float squares;
    ROW_SUM(squares, n, x[i] * x[i])
    float factor = 1 / __builtin_elementwise_sqrt(squares < 1e-10f ? 1e-10f : squares);
    for (int64_t i = 0; i < n; i++) y[i] = x[i] * factor;
    inverse[r] = factor;
  }
}

CLONES void ck_unit_rows_grad(float *dx, const float *dy, const float *restrict y,
                              const float *restrict inverse, int64_t rows, int64_t n) {
  for (int64_t r = 0; r < rows; r++, y += n, dx += n, dy += n) {
    float factor = inverse[r], product;
    ROW_SUM(product, n, dy[i] * y[i])
    // A row under the floor was scaled by a constant.
    if (factor >= 1e5f) product = 0;
    ELEMENTWISE
    for (int64_t i = 0; i < n; i++) dx[i] = (dy[i] - y[i] * product) * factor;
  }
}
