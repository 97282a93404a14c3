// Products in blocks: 16 columns of B, 256 rows deep, are copied into a dense panel on the stack,
// and up to 192 rows of A, which stay in L2, pass over it. Each element of C takes its sum in k
// order.
#include "tile.h"

/// Rows of a matrix that tiles fetch while they compute, so many a tile.
typedef struct {
  const float *next;
  int64_t stride, remaining, rowsPerTile;
} row_fetcher;

/// For the `depth` rows of B that the panel behind column `j` will copy: `tiles` tiles fetch them.
INLINE row_fetcher next_panel(const float *restrict b, int64_t ldb, int64_t j, int64_t n,
                              int64_t depth, int64_t tiles) {
  int64_t next = min64(n, j + tileColumns);
  return (row_fetcher){b + next, ldb, next < n ? depth : 0, ceil_div(depth, max64(1, tiles))};
}

INLINE void fetch_rows(const float *restrict x, int64_t stride, int64_t rows) {
  for (int64_t r = 0; r < rows; r++) __builtin_prefetch(x + r * stride, 0, 3);
}
INLINE void fetch_share(row_fetcher *restrict fetch) {
  int64_t rows = min64(fetch->rowsPerTile, fetch->remaining);
  fetch_rows(fetch->next, fetch->stride, rows);
  fetch->next += rows * fetch->stride;
  fetch->remaining -= rows;
}

/// The product for up to `blockHeight` rows of A.
INLINE void multiply_rows(float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
                          const float *restrict b, int64_t ldb, int64_t m, int64_t n, int64_t k,
                          bool accumulate) {
  float panel[blockDepth * tileColumns];
  int64_t depth = 0;
  do {
    run whole = {0, 0, min64(blockDepth, k - depth)};
    bool add = accumulate || depth > 0;
    for (int64_t j = 0; j < n; j += tileColumns) {
      int64_t columns = min64(tileColumns, n - j), rightStride = ldb;
      const float *right = b + depth * ldb + j;
      // Few rows do not pay for the copy, but the last columns need it for their padding.
      bool isTall = m >= 4 * tileRows;
      row_fetcher soon = next_panel(b + depth * ldb, ldb, j, isTall ? n : 0, whole.count,
                                    ceil_div(m, tileRows));
      if (columns < tileColumns || isTall) {
        pack_panel(panel, right, ldb, whole.count, columns);
        right = panel;
        rightStride = tileColumns;
      }
      for (int64_t i = 0, rows; i < m; i += rows) {
        rows = tile_height(m - i);
        const float *left[tileRows];
        float *out[tileRows];
        row_pointers(left, out, rows, a + i * lda + depth, lda, c + i * ldc + j, ldc);
        fetch_share(&soon);
        fetch_rows(c + (i + rows) * ldc + j, ldc, min64(tileRows, m - i - rows));
#define TILE(rows) tile_nn(rows, out, left, right, rightStride, &whole, 1, columns, add)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
    }
    depth += blockDepth;
  } while (depth < k);
}

CLONES void ck_gemm(float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
                    const float *restrict b, int64_t ldb, int64_t m, int64_t n, int64_t k,
                    bool accumulate) {
  for (int64_t i = 0; i < m; i += blockHeight)
    multiply_rows(c + i * ldc, ldc, a + i * lda, lda, b, ldb, min64(blockHeight, m - i), n, k,
                  accumulate);
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
      row_fetcher soon =
          next_panel(b + depth * ldb, ldb, j, n, whole.count, ceil_div(m, tileRows));
      pack_panel(panel, b + depth * ldb + j, ldb, whole.count, columns);
      for (int64_t i = 0, rows; i < m; i += rows) {
        rows = tile_height(m - i);
        const float *left = a + depth * lda + i;
        float *out = c + i * ldc + j;
        fetch_share(&soon);
        fetch_rows(out + rows * ldc, ldc, min64(tileRows, m - i - rows));
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
  transpose(y, rows, x, columns, rows, columns);
}
