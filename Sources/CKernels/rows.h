/// Exponential, maximum and sum of a row: what softmax, activations and attention share.
#pragma once
#include "kernels.h"

/// In front of a loop whose output may be its input: each step reads and writes its own element, so
/// it may run in vectors even where the compiler's check finds an overlap.
#define ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")

/// e^x, at most 1 ulp wrong on [-87, 88], where x is clamped (so never 0 or infinity):
/// x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial in r, and 2^n by the exponent field.
/// A NaN that arithmetic made stays one. One whose low nine bits are set, from a file, may become a
/// number: a test for it would cost a tenth, and x itself is at hand where it matters.
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

/// 1 / (1 + e^-x); never exactly 0.
INLINE float sigmoid1(float x) { return 1 / (1 + exp1(-x)); }
