// Quantised rows times a float vector: memory is read once, in its small form, and the weights of
// sixteen rows become floats side by side, so that nothing is ever summed across a register.
#include "kernels.h"

enum {
  blockColumns = 32,
  groupRows = 16,
  scaleBytes = 2 * groupRows,
  q4Bytes = 2 * scaleBytes + 16 * groupRows,
  q8Bytes = scaleBytes + 32 * groupRows
};

typedef uint8_t u8x16 __attribute__((ext_vector_type(16), aligned(1)));
typedef int8_t s8x16 __attribute__((ext_vector_type(16), aligned(1)));
typedef uint16_t u16x16 __attribute__((ext_vector_type(16), aligned(1)));
typedef uint32_t u32x16 __attribute__((ext_vector_type(16)));
typedef int32_t s32x16 __attribute__((ext_vector_type(16)));

int64_t ck_q4_1_group_bytes(int64_t rows, int64_t columns) {
  return ceil_div(rows, groupRows) * (columns / blockColumns) * q4Bytes;
}
int64_t ck_q8_0_group_bytes(int64_t rows, int64_t columns) {
  return ceil_div(rows, groupRows) * (columns / blockColumns) * q8Bytes;
}

/// Puts the 16-bit scales and the bytes of blocks side by side. A block has `scales` of the former
/// and then `bytes` of the latter.
INLINE void group_rows(uint8_t *restrict y, const uint8_t *restrict w, int64_t rows,
                       int64_t columns, const int scales, const int bytes) {
  int64_t blocks = columns / blockColumns, size = 2 * scales + bytes;
  for (int64_t first = 0; first < rows; first += groupRows)
    for (int64_t b = 0; b < blocks; b++, y += size * groupRows)
      for (int64_t r = 0; r < groupRows; r++) {
        const uint8_t *block = w + ((first + r) * blocks + b) * size;
        bool isPadding = first + r >= rows;
        for (int i = 0; i < 2 * scales; i++)
          y[i / 2 * scaleBytes + 2 * r + i % 2] = isPadding ? 0 : block[i];
        for (int i = 0; i < bytes; i++)
          y[scales * scaleBytes + i * groupRows + r] = isPadding ? 0 : block[2 * scales + i];
      }
}

void ck_q4_1_group(uint8_t *restrict groups, const uint8_t *restrict w, int64_t rows,
                   int64_t columns) {
  group_rows(groups, w, rows, columns, 2, 16);
}
void ck_q8_0_group(uint8_t *restrict groups, const uint8_t *restrict w, int64_t rows,
                   int64_t columns) {
  group_rows(groups, w, rows, columns, 1, 32);
}

/// Sixteen finite halves: a product moves their exponents, which is exact for subnormals too.
INLINE void load_halves(v16 *restrict y, const uint8_t *restrict p) {
  u32x16 bits = __builtin_convertvector(*(const u16x16 *)p, u32x16);
  union { u32x16 bits; v16 value; } magnitude = {(bits & 0x7fff) << 13};
  magnitude.value *= 0x1p112f;
  magnitude.bits |= (bits & 0x8000) << 16;
  *y = magnitude.value;
}

CLONES void ck_block_sums(float *restrict sums, const float *restrict x, int64_t n) {
  for (int64_t b = 0; b < n / blockColumns; b++, x += blockColumns) {
    v8 lanes = (CV8(x) + CV8(x + 8)) + (CV8(x + 16) + CV8(x + 24));
    sums[b] = 0;
    for (int j = 0; j < 8; j++) sums[b] += lanes[j];
  }
}

CLONES void ck_q4_1_product(float *restrict y, const uint8_t *restrict w, const float *restrict x,
                            const float *restrict sums, int64_t count, int64_t columns) {
  for (; count; count--, y += groupRows) {
    v16 acc = {0};
    for (int64_t b = 0; b < columns / blockColumns; b++, w += q4Bytes) {
      const float *part = x + b * blockColumns;
      const uint8_t *q = w + 2 * scaleBytes;
      v16 low[2] = {0}, high[2] = {0}, d, m;
#pragma clang loop unroll(full)
      for (int i = 0; i < 16; i++) {
        s32x16 pair = __builtin_convertvector(*(const u8x16 *)(q + i * groupRows), s32x16);
        low[i % 2] += __builtin_convertvector(pair & 0x0f, v16) * part[i];
        high[i % 2] += __builtin_convertvector(pair & 0xf0, v16) * part[i + 16];
      }
      load_halves(&d, w);
      load_halves(&m, w + scaleBytes);
      acc += d * ((low[0] + low[1]) + (high[0] + high[1]) * 0x1p-4f) + m * sums[b];
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
