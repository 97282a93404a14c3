// Every activation but ELU is x s(x); forward and gradient share its value and slope, of which the
// compiler drops what is not asked for.
#include "rows.h"

/// The normal distribution function and, in `density`, its derivative. The tail beyond |x| is
/// t p(t) e^(-x^2/2) / 2 with t = 1 / (1 + 0.3275911 |x| / sqrt 2), at most 8e-8 wrong
/// (Abramowitz & Stegun 7.1.26).
INLINE float normal_cdf(float x, float *density) {
  float z = __builtin_elementwise_abs(x) * 0.70710678f, t = 1 / (1 + 0.3275911f * z);
  float power = exp1(-z * z), p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  float tail = 0.5f * (p * t) * power;
  *density = 0.39894228f * power;
  return x < 0 ? tail : 1 - tail;
}

/// x s(x) of the kind, or ELU, and, in `slope`, its derivative. Beyond 87 both are constant or
/// linear but for 1e-33, so that the parts take nothing larger: they would overflow, and infinity
/// times 0 is no number.
INLINE float activate(float x, const int32_t kind, float *slope) {
  float low = x < -87 ? -87 : x, z = low > 87 ? 87 : low;
  if (kind == ck_gelu) {
    float density, s = normal_cdf(z, &density);
    *slope = s + z * density;
    return low * s;
  }
  if (kind == ck_elu) {
    float power = exp1(z > 0 ? 0 : z);
    *slope = power;
    return low > 0 ? low : power - 1;
  }
  // s = sigmoid(v(z)), so the slope is s + z v' s (1 - s).
  float v = z, dv = 1;
  if (kind == ck_quick_gelu) v = 1.702f * z, dv = 1.702f;
  if (kind == ck_gelu_tanh) {
    v = 1.5957691f * (z + 0.044715f * z * z * z);
    dv = 1.5957691f * (1 + 3 * 0.044715f * z * z);
  }
  float s = sigmoid1(v);
  *slope = s + z * dv * s * (1 - s);
  return low * s;
}

/// Calls `loop(kind)` with the kind as a constant.
#define WITH_CONSTANT_KIND(kind, loop)        \
  switch (kind) {                             \
    case ck_gelu: loop(ck_gelu); break;       \
    case ck_gelu_tanh: loop(ck_gelu_tanh); break;   \
    case ck_quick_gelu: loop(ck_quick_gelu); break; \
    case ck_elu: loop(ck_elu); break;         \
    default: loop(ck_silu);                   \
  }

CLONES void ck_activation(float *y, const float *x, int64_t n, int32_t kind) {
#define LOOP(kind)                          \
  ELEMENTWISE                               \
  for (int64_t i = 0; i < n; i++) {         \
    float slope;                            \
    y[i] = activate(x[i], kind, &slope);    \
  }
  WITH_CONSTANT_KIND(kind, LOOP)
#undef LOOP
}

CLONES void ck_activation_grad(float *dx, const float *dy, const float *restrict x, int64_t n,
                               int32_t kind) {
#define LOOP(kind)                  \
  ELEMENTWISE                       \
  for (int64_t i = 0; i < n; i++) { \
    float slope;                    \
    activate(x[i], kind, &slope);   \
    dx[i] = dy[i] * slope;          \
  }
  WITH_CONSTANT_KIND(kind, LOOP)
#undef LOOP
}

CLONES void ck_gated(float *restrict y, const float *restrict x, int64_t rows, int64_t columns,
                     int32_t kind) {
#define LOOP(kind)                                                        \
  for (int64_t r = 0; r < rows; r++, x += 2 * columns, y += columns)      \
    for (int64_t c = 0; c < columns; c++) {                               \
      float slope;                                                        \
      y[c] = activate(x[c], kind, &slope) * x[columns + c];               \
    }
  WITH_CONSTANT_KIND(kind, LOOP)
#undef LOOP
}

CLONES void ck_gated_grad(float *restrict dx, const float *restrict dy, const float *restrict x,
                          int64_t rows, int64_t columns, int32_t kind) {
#define LOOP(kind)                                                                            \
  for (int64_t r = 0; r < rows; r++, x += 2 * columns, dx += 2 * columns, dy += columns)      \
    for (int64_t c = 0; c < columns; c++) {                                                   \
      float slope, value = activate(x[c], kind, &slope), up = x[columns + c], g = dy[c];      \
      dx[c] = g * up * slope;                                                                 \
      dx[columns + c] = g * value;                                                            \
    }
  WITH_CONSTANT_KIND(kind, LOOP)
#undef LOOP
}

/// Spreads every bit of a word over all of them (the finaliser of MurmurHash3).
INLINE uint32_t spread(uint32_t word) {
  word = (word ^ (word >> 16)) * 0x85EBCA6Bu;
  word = (word ^ (word >> 13)) * 0xC2B2AE35u;
  return word ^ (word >> 16);
}

CLONES void ck_dropout(float *y, const float *x, int64_t n, int64_t first, uint64_t key,
                       uint32_t threshold, float scale) {
  uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32), start = (uint32_t)first;
  ELEMENTWISE
  for (int64_t i = 0; i < n; i++) {
    uint32_t hash = spread(spread((start + (uint32_t)i) ^ low) ^ high);
    y[i] = hash < threshold ? 0 : x[i] * scale;
  }
}
