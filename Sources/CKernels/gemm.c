// Products without blocking of A: a block of B, 256 rows by 16 columns, is copied into a dense
// panel on the stack and every row of A passes over it. Each element of C takes its sum in k order.
#include "tile.h"

enum { blockDepth = 256 };

CLONES void ck_gemm(float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
                    const float *restrict b, int64_t ldb, int64_t m, int64_t n, int64_t k,
                    bool accumulate) {
  float panel[blockDepth * tileColumns];
  int64_t depth = 0;
  do {
    run whole = {0, 0, min64(blockDepth, k - depth)};
    bool add = accumulate || depth > 0;
    for (int64_t j = 0; j < n; j += tileColumns) {
      int64_t columns = min64(tileColumns, n - j);
      const float *right = b + depth * ldb + j;
      int64_t rightStride = ldb;
      // Few rows do not pay for the copy, but the last columns need it for their padding.
      if (columns < tileColumns || m >= 4 * tileRows) {
        pack_panel(panel, right, ldb, whole.count, columns);
        right = panel;
        rightStride = tileColumns;
      }
      for (int64_t i = 0, rows; i < m; i += rows) {
        rows = tile_height(m - i);
        const float *left[tileRows];
        float *out[tileRows];
        for (int64_t r = 0; r < rows; r++) {
          left[r] = a + (i + r) * lda + depth;
          out[r] = c + (i + r) * ldc + j;
        }
#define TILE(rows) tile_nn(rows, out, left, right, rightStride, &whole, 1, columns, add)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
    }
    depth += blockDepth;
  } while (depth < k);
}

CLONES void ck_gemm_tn(float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
                       const float *restrict b, int64_t ldb, int64_t m, int64_t n, int64_t k,
                       bool accumulate) {
  float panel[blockDepth * tileColumns];
  int64_t depth = 0;
  do {
    run whole = {0, 0, min64(blockDepth, k - depth)};
    bool add = accumulate || depth > 0;
    for (int64_t j = 0; j < n; j += tileColumns) {
      int64_t columns = min64(tileColumns, n - j);
      pack_panel(panel, b + depth * ldb + j, ldb, whole.count, columns);
      for (int64_t i = 0, rows; i < m; i += rows) {
        rows = tile_height(m - i);
        const float *left = a + depth * lda + i;
        float *out = c + i * ldc + j;
#define TILE(rows) \
  tile_tn(rows, out, ldc, left, lda, panel, tileColumns, &whole, 1, columns, add)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
    }
    depth += blockDepth;
  } while (depth < k);
}

CLONES void ck_transpose(float *restrict y, const float *restrict x, int64_t rows,
                         int64_t columns) {
  enum { side = 16 };  // a square of 16 x 16 touches 16 lines of each matrix
  for (int64_t i = 0; i < rows; i += side)
    for (int64_t j = 0; j < columns; j += side)
      for (int64_t c = j; c < min64(j + side, columns); c++)
        for (int64_t r = i; r < min64(i + side, rows); r++) y[c * rows + r] = x[r * columns + c];
}
