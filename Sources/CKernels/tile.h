/// The two register-blocked kernels under every product and direct convolution: 6 rows x 16
/// columns, an accumulator of sixteen floats for each row (two registers with AVX2, one with
/// AVX-512), one load of B and six broadcasts of A a step. Either way an element is one chain of
/// FMAs in order of k, so both give the same bits.
#pragma once
#include "kernels.h"

enum { tileRows = 6, tileColumns = 16 };
/// Steps of the inner sum whose panel of B stays in the first-level cache, and rows of A that stay
/// in the second while panels pass.
enum { blockDepth = 256, blockHeight = 192 };

/// A run of `count` steps of the inner sum that starts at these offsets.
typedef struct {
  int64_t a, b, count;
} run;

/// How many of `remaining` rows the next tile takes: six, or two even halves of a short rest.
INLINE int64_t tile_height(int64_t remaining) {
  if (remaining <= tileRows) return remaining;
  return remaining < 2 * tileRows ? (remaining + 1) / 2 : tileRows;
}

/// Where the `rows` rows of a tile begin, in A and in C.
INLINE void row_pointers(const float **restrict left, float **restrict out, int64_t rows,
                         const float *a, int64_t lda, float *c, int64_t ldc) {
  for (int64_t r = 0; r < rows; r++) {
    left[r] = a + r * lda;
    out[r] = c + r * ldc;
  }
}

/// Reads or writes `columns` <= 16 floats of one row of a tile.
INLINE void load_row(v16 *restrict values, const float *restrict c, int64_t columns) {
  if (columns == tileColumns) {
    *values = CV16(c);
    return;
  }
  float row[tileColumns] = {0};
  for (int64_t j = 0; j < columns; j++) row[j] = c[j];
  *values = V16(row);
}
INLINE void store_row(float *restrict c, const v16 *restrict values, int64_t columns) {
  if (columns == tileColumns) {
    V16(c) = *values;
    return;
  }
  float row[tileColumns];
  V16(row) = *values;
  for (int64_t j = 0; j < columns; j++) c[j] = row[j];
}

/// c[i][0..<columns] = (c +) sum over runs and steps k of a[i][run.a + k] * b[run.b + k*ldb + ...].
/// Every step reads 16 floats of b. `rows` is a constant where this is inlined.
INLINE void tile_nn(const int rows, float *const *restrict c, const float *const *restrict a,
                    const float *restrict b, int64_t ldb, const run *restrict runs,
                    int64_t runCount, int64_t columns, bool accumulate) {
  v16 acc[tileRows] = {0};
  if (accumulate)
    for (int i = 0; i < rows; i++) load_row(acc + i, c[i], columns);
  for (int64_t r = 0; r < runCount; r++) {
    const float *left[tileRows], *right = b + runs[r].b;
    for (int i = 0; i < rows; i++) left[i] = a[i] + runs[r].a;
    for (int64_t k = 0; k < runs[r].count; k++, right += ldb) {
      v16 columnsOfB = CV16(right);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) acc[i] += left[i][k] * columnsOfB;
    }
  }
  for (int i = 0; i < rows; i++) store_row(c[i], acc + i, columns);
}

/// c[i*ldc + 0..<columns] = (c +) sum over runs and steps k of a[run.a + k*lda + i] *
/// b[run.b + k*ldb + ...]: the same with A transposed.
INLINE void tile_tn(const int rows, float *restrict c, int64_t ldc, const float *restrict a,
                    int64_t lda, const float *restrict b, int64_t ldb, const run *restrict runs,
                    int64_t runCount, int64_t columns, bool accumulate) {
  v16 acc[tileRows] = {0};
  if (accumulate)
    for (int i = 0; i < rows; i++) load_row(acc + i, c + i * ldc, columns);
  for (int64_t r = 0; r < runCount; r++) {
    const float *left = a + runs[r].a, *right = b + runs[r].b;
    for (int64_t k = 0; k < runs[r].count; k++, left += lda, right += ldb) {
      v16 columnsOfB = CV16(right);
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) acc[i] += left[i] * columnsOfB;
    }
  }
  for (int i = 0; i < rows; i++) store_row(c + i * ldc, acc + i, columns);
}

/// Calls `tile(rows)` with `rows` (1...6) as a constant.
#define WITH_CONSTANT_ROWS(rows, tile) \
  switch (rows) {                      \
    case 6: tile(6); break;            \
    case 5: tile(5); break;            \
    case 4: tile(4); break;            \
    case 3: tile(3); break;            \
    case 2: tile(2); break;            \
    default: tile(1);                  \
  }

/// Copies `columns` <= 16 columns of `rows` rows into a dense panel 16 wide, zeros in the rest.
INLINE void pack_panel(float *restrict panel, const float *restrict b, int64_t ldb, int64_t rows,
                       int64_t columns) {
  for (int64_t k = 0; k < rows; k++, b += ldb, panel += tileColumns)
    load_row((v16 *)panel, b, columns);
}

/// Interleaves two vectors of eight: in pairs of 1, 2 or 4 elements.
#define LOW1(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH1(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW2(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH2(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LOW4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define HIGH4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

/// y[j*ldy + i] = x[i*ldx + j] for an 8x8 square, in registers.
INLINE void transpose_square(float *restrict y, int64_t ldy, const float *restrict x,
                             int64_t ldx) {
  v8 a[8], b[8];
  for (int i = 0; i < 8; i++) a[i] = CV8(x + i * ldx);
  for (int i = 0; i < 8; i += 2) b[i] = LOW1(a[i], a[i + 1]), b[i + 1] = HIGH1(a[i], a[i + 1]);
  for (int i = 0; i < 8; i += 4)
    for (int j = 0; j < 2; j++) {
      a[i + 2 * j] = LOW2(b[i + j], b[i + j + 2]);
      a[i + 2 * j + 1] = HIGH2(b[i + j], b[i + j + 2]);
    }
  for (int i = 0; i < 4; i++) {
    V8(y + i * ldy) = LOW4(a[i], a[i + 4]);
    V8(y + (i + 4) * ldy) = HIGH4(a[i], a[i + 4]);
  }
}

/// y[j*ldy + i] = x[i*ldx + j] for `rows` x `columns` of x.
INLINE void transpose(float *restrict y, int64_t ldy, const float *restrict x, int64_t ldx,
                      int64_t rows, int64_t columns) {
  for (int64_t i = 0; i < rows; i += 8)
    for (int64_t j = 0; j < columns; j += 8)
      if (i + 8 <= rows && j + 8 <= columns) {
        transpose_square(y + j * ldy + i, ldy, x + i * ldx + j, ldx);
      } else {
        for (int64_t r = i; r < min64(i + 8, rows); r++)
          for (int64_t c = j; c < min64(j + 8, columns); c++) y[c * ldy + r] = x[r * ldx + c];
      }
}
