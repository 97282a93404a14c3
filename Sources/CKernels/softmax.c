#include <math.h>

#include "rows.h"

CLONES void ck_softmax(float *y, const float *x, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
    float largest = row_max(x, columns);
    ELEMENTWISE
    for (int64_t j = 0; j < columns; j++) y[j] = exp1(x[j] - largest);
    float scale = 1 / row_sum(y, columns);
    for (int64_t j = 0; j < columns; j++) y[j] *= scale;
  }
}

CLONES void ck_softmax_cross_entropy(float *restrict loss, float *dx, const float *x,
                                     const int32_t *restrict labels, int64_t rows,
                                     int64_t columns, float gradScale) {
  for (int64_t r = 0; r < rows; r++, x += columns, dx = dx ? dx + columns : 0) {
    if (labels[r] < 0) {
      loss[r] = 0;
      if (dx) zero(dx, columns);
      continue;
    }
    float largest = row_max(x, columns), target = x[labels[r]], sum = 0;
    if (dx) {
      ELEMENTWISE
      for (int64_t j = 0; j < columns; j++) dx[j] = exp1(x[j] - largest);
      sum = row_sum(dx, columns);
      float scale = gradScale / sum;
      for (int64_t j = 0; j < columns; j++) dx[j] *= scale;
      dx[labels[r]] -= gradScale;
    } else {
      // The same eight lanes as row_sum, so that the loss has the same bits either way.
      float lanes[8] = {0};
      int64_t i = 0;
      for (; i + 8 <= columns; i += 8)
        for (int j = 0; j < 8; j++) lanes[j] += exp1(x[i + j] - largest);
      for (; i < columns; i++) sum += exp1(x[i] - largest);
      for (int j = 0; j < 8; j++) sum += lanes[j];
    }
    loss[r] = logf(sum) + (largest - target);
  }
}
