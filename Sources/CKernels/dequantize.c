#include "kernels.h"

// A product and a sum here are two roundings, also where FMA exists.
#pragma STDC FP_CONTRACT OFF

typedef union {
  uint32_t bits;
  float value;
} word;

/// Any half float, exactly: its exponent and fraction are read as a float's, 2^112 too small.
INLINE float half_at(const uint8_t *restrict p) {
  uint32_t half = p[0] | (uint32_t)p[1] << 8, sign = (half & 0x8000) << 16;
  word w = {(half & 0x7fff) << 13};
  if ((half & 0x7c00) == 0x7c00)
    w.bits |= 0x7f800000;  // infinite or not a number
  else
    w.value *= 0x1p112f;
  w.bits |= sign;
  return w.value;
}
INLINE uint32_t word_at(const uint8_t *restrict p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

CLONES void ck_dequantize_q4_0(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q4_0_bytes, y += 32) {
    float d = half_at(x);
    for (int64_t i = 0; i < 16; i++) {
      y[i] = d * (float)((x[2 + i] & 15) - 8);
      y[i + 16] = d * (float)((x[2 + i] >> 4) - 8);
    }
  }
}

CLONES void ck_dequantize_q4_1(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q4_1_bytes, y += 32) {
    float d = half_at(x), m = half_at(x + 2);
    for (int64_t i = 0; i < 16; i++) {
      y[i] = d * (float)(x[4 + i] & 15) + m;
      y[i + 16] = d * (float)(x[4 + i] >> 4) + m;
    }
  }
}

CLONES void ck_dequantize_q5_0(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q5_0_bytes, y += 32) {
    float d = half_at(x);
    uint32_t fifth = word_at(x + 2);
    for (int64_t i = 0; i < 16; i++) {
      int32_t low = (x[6 + i] & 15) | (int32_t)(fifth >> i & 1) << 4;
      int32_t high = (x[6 + i] >> 4) | (int32_t)(fifth >> (i + 16) & 1) << 4;
      y[i] = d * (float)(low - 16);
      y[i + 16] = d * (float)(high - 16);
    }
  }
}

CLONES void ck_dequantize_q5_1(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q5_1_bytes, y += 32) {
    float d = half_at(x), m = half_at(x + 2);
    uint32_t fifth = word_at(x + 4);
    for (int64_t i = 0; i < 16; i++) {
      int32_t low = (x[8 + i] & 15) | (int32_t)(fifth >> i & 1) << 4;
      int32_t high = (x[8 + i] >> 4) | (int32_t)(fifth >> (i + 16) & 1) << 4;
      y[i] = d * (float)low + m;
      y[i + 16] = d * (float)high + m;
    }
  }
}

CLONES void ck_dequantize_q8_0(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q8_0_bytes, y += 32) {
    float d = half_at(x);
    for (int64_t i = 0; i < 32; i++) y[i] = d * (float)(int8_t)x[2 + i];
  }
}

/// The scale and the minimum of group `g` of a Q4_K block, six bits each: four bytes of scales,
/// four of minima, whose upper bit pairs belong to the groups of the last four bytes.
INLINE void group_scales(const uint8_t *restrict p, int64_t g, float *restrict scale,
                         float *restrict minimum) {
  if (g < 4) {
    *scale = (float)(p[g] & 63);
    *minimum = (float)(p[g + 4] & 63);
  } else {
    *scale = (float)((p[g + 4] & 15) | (p[g - 4] >> 6) << 4);
    *minimum = (float)((p[g + 4] >> 4) | (p[g] >> 6) << 4);
  }
}

CLONES void ck_dequantize_q4_k(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q4_k_bytes) {
    float d = half_at(x), m = half_at(x + 2);
    const uint8_t *q = x + 16;
    for (int64_t g = 0; g < 8; g += 2, q += 32, y += 64) {
      float s0, t0, s1, t1;
      group_scales(x + 4, g, &s0, &t0);
      group_scales(x + 4, g + 1, &s1, &t1);
      float d0 = d * s0, m0 = m * t0, d1 = d * s1, m1 = m * t1;
      for (int64_t i = 0; i < 32; i++) {
        y[i] = d0 * (float)(q[i] & 15) - m0;
        y[i + 32] = d1 * (float)(q[i] >> 4) - m1;
      }
    }
  }
}

CLONES void ck_dequantize_q6_k(float *restrict y, const uint8_t *restrict x, int64_t blocks) {
  for (int64_t b = 0; b < blocks; b++, x += ck_q6_k_bytes) {
    const uint8_t *low = x, *high = x + 128, *scales = x + 192;
    float d = half_at(x + 208);
    for (int64_t half = 0; half < 2; half++, low += 64, high += 32, scales += 8, y += 128) {
      for (int64_t i = 0; i < 32; i++) {
        int32_t q[4] = {(low[i] & 15) | (high[i] & 3) << 4,
                        (low[i + 32] & 15) | (high[i] >> 2 & 3) << 4,
                        (low[i] >> 4) | (high[i] >> 4 & 3) << 4,
                        (low[i + 32] >> 4) | (high[i] >> 6) << 4};
        for (int64_t part = 0; part < 4; part++) {
          float scale = d * (float)(int8_t)scales[i / 16 + 2 * part];
          y[i + 32 * part] = scale * (float)(q[part] - 32);
        }
      }
    }
  }
}

CLONES void ck_widen_f16(float *restrict y, const uint8_t *restrict x, int64_t count) {
  for (int64_t i = 0; i < count; i++) y[i] = half_at(x + 2 * i);
}

CLONES void ck_widen_bf16(float *restrict y, const uint8_t *restrict x, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    word w = {(uint32_t)x[2 * i] << 16 | (uint32_t)x[2 * i + 1] << 24};
    y[i] = w.value;
  }
}
