#include "rows.h"

#include "tile.h"

CLONES void ck_finish_rows(float *restrict y, const float *restrict bias,
                           const float *restrict residual, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, y += columns) {
    if (bias && residual)
      for (int64_t c = 0; c < columns; c++) y[c] = (y[c] + bias[c]) + residual[r * columns + c];
    else if (bias)
      for (int64_t c = 0; c < columns; c++) y[c] += bias[c];
    else if (residual)
      for (int64_t c = 0; c < columns; c++) y[c] += residual[r * columns + c];
  }
}

CLONES void ck_transpose_rows(float *restrict y, int64_t ldy, const float *restrict x, int64_t ldx,
                              int64_t rows, int64_t columns) {
  transpose(y, ldy, x, ldx, rows, columns);
}

CLONES double ck_sum_squares(const float *restrict x, int64_t n) {
  // The square of a float overflows from 1.8e19 on.
  double lanes[16] = {0}, sum = 0;
  int64_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int j = 0; j < 16; j++) lanes[j] += (double)x[i + j] * x[i + j];
  for (; i < n; i++) sum += (double)x[i] * x[i];
  for (int j = 0; j < 16; j++) sum += lanes[j];
  return sum;
}
