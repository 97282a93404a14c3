// Quantised rows times a float vector: memory is read once, in its small form, and the weights of
// sixteen rows become floats side by side, so that nothing is ever summed across a register.
#include "kernels.h"

enum {
  blockColumns = 32,
  groupRows = 16,
  scaleBytes = 2 * groupRows,
  wordBytes = 4 * groupRows,
  q4Bytes = 2 * scaleBytes + 4 * wordBytes,
  q8Bytes = scaleBytes + 32 * groupRows
};

typedef int8_t s8x16 __attribute__((ext_vector_type(16), aligned(1)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16), aligned(1)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16), aligned(1)));
typedef int32_t s32x16 __attribute__((ext_vector_type(16)));

int64_t ck_q4_1_group_bytes(int64_t rows, int64_t columns) {
  return ceil_div(rows, groupRows) * (columns / blockColumns) * q4Bytes;
}
int64_t ck_q8_0_group_bytes(int64_t rows, int64_t columns) {
  return ceil_div(rows, groupRows) * (columns / blockColumns) * q8Bytes;
}

INLINE void put_half(uint8_t *restrict y, int64_t r, const uint8_t *restrict half) {
  y[2 * r] = half[0];
  y[2 * r + 1] = half[1];
}

/// Row r of a group: nibbles that follow each other in a word are columns that do.
INLINE void put_q4_1(uint8_t *restrict y, int64_t r, const uint8_t *restrict block) {
  put_half(y, r, block);
  put_half(y + scaleBytes, r, block + 2);
  for (int i = 0; i < 16; i++) {
    const uint8_t *pair = block + 4 + i % 8 * 2;
    y[2 * scaleBytes + i / 4 * wordBytes + 4 * r + i % 4] =
        (uint8_t)(i < 8 ? (pair[0] & 15) | pair[1] << 4 : pair[0] >> 4 | (pair[1] & 0xf0));
  }
}

INLINE void put_q8_0(uint8_t *restrict y, int64_t r, const uint8_t *restrict block) {
  put_half(y, r, block);
  for (int i = 0; i < blockColumns; i++) y[scaleBytes + i * groupRows + r] = block[2 + i];
}

/// Puts blocks of `size` bytes side by side, sixteen rows a group.
INLINE void group_rows(uint8_t *restrict y, const uint8_t *restrict w, int64_t rows,
                       int64_t columns, const int size,
                       void put(uint8_t *restrict, int64_t, const uint8_t *restrict)) {
  static const uint8_t padding[ck_q8_0_bytes];
  int64_t blocks = columns / blockColumns;
  for (int64_t first = 0; first < rows; first += groupRows)
    for (int64_t b = 0; b < blocks; b++, y += size * groupRows)
      for (int64_t r = 0; r < groupRows; r++)
        put(y, r, first + r < rows ? w + ((first + r) * blocks + b) * size : padding);
}

void ck_q4_1_group(uint8_t *restrict groups, const uint8_t *restrict w, int64_t rows,
                   int64_t columns) {
  group_rows(groups, w, rows, columns, ck_q4_1_bytes, put_q4_1);
}
void ck_q8_0_group(uint8_t *restrict groups, const uint8_t *restrict w, int64_t rows,
                   int64_t columns) {
  group_rows(groups, w, rows, columns, ck_q8_0_bytes, put_q8_0);
}

/// Sixteen finite halves: a product moves their exponents, which is exact for subnormals too.
INLINE void load_halves(v16 *restrict y, const uint8_t *restrict p) {
  u32x16 bits = __builtin_convertvector(*(const u16x16 *)p, u32x16);
  union { u32x16 bits; v16 value; } magnitude = {(bits & 0x7fff) << 13};
  magnitude.value *= 0x1p112f;
  magnitude.bits |= (bits & 0x8000) << 16;
  *y = magnitude.value;
}

CLONES void ck_block_vector(float *restrict scaled, float *restrict sums, const float *restrict x,
                            int64_t n) {
  static const float factors[8] = {1, 0x1p-4f, 0x1p-8f, 0x1p-12f, 0x1p-16f, 0x1p-20f, 0x1p-24f, 1};
  for (int64_t b = 0; b < n / blockColumns; b++, x += blockColumns, scaled += blockColumns) {
    v8 lanes = (CV8(x) + CV8(x + 8)) + (CV8(x + 16) + CV8(x + 24));
    sums[b] = 0;
    for (int j = 0; j < 8; j++) sums[b] += lanes[j];
    for (int i = 0; i < blockColumns; i++) scaled[i] = x[i] * factors[i % 8];
  }
}

/// Nibble i of sixteen words, times 16^i but for the last, which would be negative.
INLINE void nibbles(v16 *restrict y, const u32x16 *restrict words, const int i) {
  u32x16 bits = i == 7 ? *words >> 28 : *words & 15u << 4 * i;
  *y = __builtin_convertvector((s32x16)bits, v16);
}

CLONES void ck_q4_1_product(float *restrict y, const uint8_t *restrict w,
                            const float *restrict scaled, const float *restrict sums,
                            int64_t count, int64_t columns) {
  for (; count; count--, y += groupRows) {
    v16 acc = {0};
    for (int64_t b = 0; b < columns / blockColumns; b++, w += q4Bytes) {
      const float *x = scaled + b * blockColumns;
      const u32x16 *words = (const u32x16 *)(w + 2 * scaleBytes);
      v16 low[2] = {0}, high[2] = {0}, d, m;
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; i++) {
        u32x16 lowWords = words[i / 8], highWords = words[2 + i / 8];
        v16 q;
        nibbles(&q, &lowWords, i % 8);
        low[i % 2] += q * x[i];
        nibbles(&q, &highWords, i % 8);
        high[i % 2] += q * x[i + 16];
      }
      load_halves(&d, w);
      load_halves(&m, w + scaleBytes);
      acc += d * ((low[0] + low[1]) + (high[0] + high[1])) + m * sums[b];
    }
    V16(y) = acc;
  }
}

CLONES void ck_q8_0_product(float *restrict y, const uint8_t *restrict w, const float *restrict x,
                            int64_t count, int64_t columns) {
  for (; count; count--, y += groupRows) {
    v16 acc = {0};
    for (int64_t b = 0; b < columns / blockColumns; b++, w += q8Bytes) {
      const float *part = x + b * blockColumns;
      v16 sum[4] = {0}, d;
#pragma clang loop unroll(full)
      for (int i = 0; i < blockColumns; i++) {
        const uint8_t *q = w + scaleBytes + i * groupRows;
        s32x16 weights = __builtin_convertvector(*(const s8x16 *)q, s32x16);
        sum[i % 4] += __builtin_convertvector(weights, v16) * part[i];
      }
      load_halves(&d, w);
      acc += d * ((sum[0] + sum[1]) + (sum[2] + sum[3]));
    }
    V16(y) = acc;
  }
}
