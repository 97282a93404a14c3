// Quantised rows times a float vector: memory is read once, in its small form, and the weights of
// eight rows become floats in one register. Two groups share the loads of the vector.
#include "kernels.h"

enum {
  blockColumns = 32,
  groupRows = 8,
  scaleBytes = 2 * groupRows,
  q4Bytes = 2 * scaleBytes + 16 * groupRows,
  q8Bytes = scaleBytes + 32 * groupRows
};

typedef uint8_t u8x8 __attribute__((ext_vector_type(8), aligned(1)));
typedef int8_t s8x8 __attribute__((ext_vector_type(8), aligned(1)));
typedef uint16_t u16x8 __attribute__((ext_vector_type(8), aligned(1)));
typedef uint32_t u32x8 __attribute__((ext_vector_type(8)));
typedef int32_t s32x8 __attribute__((ext_vector_type(8)));

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

/// Eight finite halves: a product moves their exponents, which is exact for subnormals too.
INLINE void load_halves(v8 *restrict y, const uint8_t *restrict p) {
  u32x8 bits = __builtin_convertvector(*(const u16x8 *)p, u32x8);
  union { u32x8 bits; v8 value; } magnitude = {(bits & 0x7fff) << 13};
  magnitude.value *= 0x1p112f;
  magnitude.bits |= (bits & 0x8000) << 16;
  *y = magnitude.value;
}

/// acc += d sum q x + m sum x over one block of `groups` groups that lie `stride` bytes apart.
INLINE void add_q4_1(const int groups, v8 *restrict acc, const uint8_t *restrict p, int64_t stride,
                     const float *restrict x) {
  v8 low[2] = {0}, high[2] = {0};
  float sums[4] = {0};
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    sums[i % 4] += x[i] + x[i + 16];
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) {
      const uint8_t *q = p + g * stride + 2 * scaleBytes + i * groupRows;
      s32x8 pair = __builtin_convertvector(*(const u8x8 *)q, s32x8);
      low[g] += __builtin_convertvector(pair & 0x0f, v8) * x[i];
      high[g] += __builtin_convertvector(pair & 0xf0, v8) * x[i + 16];
    }
  }
  float sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (int g = 0; g < groups; g++) {
    v8 d, m;
    load_halves(&d, p + g * stride);
    load_halves(&m, p + g * stride + scaleBytes);
    acc[g] += d * (low[g] + high[g] * 0x1p-4f) + m * sum;
  }
}

INLINE void add_q8_0(const int groups, v8 *restrict acc, const uint8_t *restrict p, int64_t stride,
                     const float *restrict x) {
  v8 even[2] = {0}, odd[2] = {0};
#pragma clang loop unroll(full)
  for (int i = 0; i < blockColumns; i += 2)
#pragma clang loop unroll(full)
    for (int g = 0; g < groups; g++) {
      const uint8_t *q = p + g * stride + scaleBytes + i * groupRows;
      s32x8 a = __builtin_convertvector(*(const s8x8 *)q, s32x8);
      s32x8 b = __builtin_convertvector(*(const s8x8 *)(q + groupRows), s32x8);
      even[g] += __builtin_convertvector(a, v8) * x[i];
      odd[g] += __builtin_convertvector(b, v8) * x[i + 1];
    }
  for (int g = 0; g < groups; g++) {
    v8 d;
    load_halves(&d, p + g * stride);
    acc[g] += d * (even[g] + odd[g]);
  }
}

/// y of `groups` (1 or 2) groups, block after block.
#define GROUPS(groups, add, bytes)                                            \
  {                                                                           \
    v8 acc[2] = {0};                                                          \
    for (int64_t b = 0; b < blocks; b++)                                      \
      add(groups, acc, w + b * bytes, blocks * bytes, x + b * blockColumns);  \
    for (int r = 0; r < groups; r++) V8(y + r * groupRows) = acc[r];          \
    w += groups * blocks * bytes;                                             \
    y += groups * groupRows;                                                  \
  }

CLONES void ck_q4_1_product(float *restrict y, const uint8_t *restrict w, const float *restrict x,
                            int64_t count, int64_t columns) {
  int64_t blocks = columns / blockColumns;
  for (; count >= 2; count -= 2) GROUPS(2, add_q4_1, q4Bytes)
  if (count) GROUPS(1, add_q4_1, q4Bytes)
}

CLONES void ck_q8_0_product(float *restrict y, const uint8_t *restrict w, const float *restrict x,
                            int64_t count, int64_t columns) {
  int64_t blocks = columns / blockColumns;
  for (; count >= 2; count -= 2) GROUPS(2, add_q8_0, q8Bytes)
  if (count) GROUPS(1, add_q8_0, q8Bytes)
}
