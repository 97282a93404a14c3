// Products with weights that were packed once: what `gemm.c` copies at every call lies ready, and a
// single row streams through it.
#include "tile.h"

CLONES void ck_panel_product(float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
                             const float *restrict panels, int64_t m, int64_t n, int64_t k) {
  for (int64_t top = 0; top < m; top += blockHeight) {
    int64_t bottom = min64(m, top + blockHeight);
    // One tile of rows reads every panel once: in one go, as memory likes it.
    int64_t step = bottom - top > tileRows ? blockDepth : k;
    for (int64_t depth = 0; depth < k; depth += step) {
      run part = {0, 0, min64(step, k - depth)};
      for (int64_t j = 0; j < n; j += tileColumns)
        for (int64_t i = top, rows; i < bottom; i += rows) {
          rows = tile_height(bottom - i);
          const float *left[tileRows];
          float *out[tileRows];
          row_pointers(left, out, rows, a + i * lda + depth, lda, c + i * ldc + j, ldc);
#define TILE(rows)                                                                           \
  tile_nn(rows, out, left, panels + j * k + depth * tileColumns, tileColumns, &part, 1,      \
          min64(tileColumns, n - j), depth > 0)
          WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
        }
    }
  }
}

CLONES void ck_panel_columns(float *restrict y, const float *restrict panels,
                             const int32_t *restrict ids, int64_t rows, int64_t k) {
  for (int64_t r = 0; r < rows; r++, y += k) {
    int64_t id = ids[r];
    const float *column = panels + id / tileColumns * tileColumns * k + id % tileColumns;
    for (int64_t i = 0; i < k; i++) y[i] = column[i * tileColumns];
  }
}
