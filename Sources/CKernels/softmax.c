#include <math.h>

#include "kernels.h"

/// e^x, at most 1 ulp wrong on [-87, 88], where x is clamped (so never 0 or infinity; NaN stays):
/// x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial in r, and 2^n by the exponent field.
/// Cody & Waite's two-part ln 2, the coefficients of Cephes' expf.
INLINE float exp1(float x) {
  x = x < -87 ? -87 : x > 88 ? 88 : x;
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  union { float value; uint32_t bits; } rounded = {x * 1.44269504f + 12582912.0f}, result;
  float n = rounded.value - 12582912.0f;
  float r = x - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  result.value = p * (r * r) + r + 1;
  result.bits += rounded.bits << 23;
  return result.value;
}

/// Largest of a row, n >= 1, in eight running maxima.
INLINE float row_max(const float *x, int64_t n) {
  float lanes[8], best = x[0];
  int64_t i = 0;
  for (int j = 0; j < 8; j++) lanes[j] = best;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; j++) lanes[j] = lanes[j] > x[i + j] ? lanes[j] : x[i + j];
  for (; i < n; i++) best = best > x[i] ? best : x[i];
  for (int j = 0; j < 8; j++) best = best > lanes[j] ? best : lanes[j];
  return best;
}

/// Sum of a row in eight lanes.
INLINE float row_sum(const float *x, int64_t n) {
  float lanes[8] = {0}, sum = 0;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; j++) lanes[j] += x[i + j];
  for (; i < n; i++) sum += x[i];
  for (int j = 0; j < 8; j++) sum += lanes[j];
  return sum;
}

CLONES void ck_softmax(float *y, const float *x, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
    float largest = row_max(x, columns);
    for (int64_t j = 0; j < columns; j++) y[j] = exp1(x[j] - largest);
    float scale = 1 / row_sum(y, columns);
    for (int64_t j = 0; j < columns; j++) y[j] *= scale;
  }
}

CLONES void ck_softmax_cross_entropy(float *restrict loss, float *dx, const float *x,
                                     const int32_t *restrict labels, int64_t rows,
                                     int64_t columns, float gradScale) {
  for (int64_t r = 0; r < rows; r++, x += columns, dx = dx ? dx + columns : 0) {
    float largest = row_max(x, columns), target = x[labels[r]], sum = 0;
    if (dx) {
      for (int64_t j = 0; j < columns; j++) dx[j] = exp1(x[j] - largest);
      sum = row_sum(dx, columns);
      float scale = gradScale / sum;
      for (int64_t j = 0; j < columns; j++) dx[j] *= scale;
      dx[labels[r]] -= gradScale;
    } else {
      // The same eight lanes as row_sum, so that the loss has the same bits either way.
      float lanes[8] = {0};
      int64_t i = 0;
      for (; i + 8 <= columns; i += 8)
        for (int j = 0; j < 8; j++) lanes[j] += exp1(x[i + j] - largest);
      for (; i < columns; i++) sum += exp1(x[i] - largest);
      for (int j = 0; j < 8; j++) sum += lanes[j];
    }
    loss[r] = logf(sum) + (largest - target);
  }
}
