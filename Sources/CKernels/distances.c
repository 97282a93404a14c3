// Squared distances between all rows of two matrices, as sums of squared differences: exact where
// rows are close, which |a|^2 + |b|^2 - 2ab is not.
#include "kernels.h"

enum { sumLanes = 16 };

CLONES void ck_squared_distances(float *restrict y, const float *restrict a,
                                 const float *restrict b, int64_t m, int64_t n, int64_t d) {
  for (int64_t i = 0; i < m; i++, a += d)
    for (int64_t j = 0; j < n; j++) {
      const float *right = b + j * d;
      float lanes[sumLanes] = {0}, sum = 0;
      int64_t k = 0;
      for (; k + sumLanes <= d; k += sumLanes)
        for (int l = 0; l < sumLanes; l++) {
          float difference = a[k + l] - right[k + l];
          lanes[l] += difference * difference;
        }
      for (; k < d; k++) sum += (a[k] - right[k]) * (a[k] - right[k]);
      for (int l = 0; l < sumLanes; l++) sum += lanes[l];
      *y++ = sum;
    }
}

CLONES void ck_squared_distances_grad(float *restrict da, const float *restrict dy, int64_t row,
                                      int64_t column, const float *restrict a,
                                      const float *restrict b, int64_t m, int64_t n, int64_t d) {
  for (int64_t i = 0; i < m; i++, a += d, da += d) {
    zero(da, d);
    for (int64_t j = 0; j < n; j++) {
      float factor = 2 * dy[i * row + j * column];
      for (int64_t k = 0; k < d; k++) da[k] += factor * (a[k] - b[j * d + k]);
    }
  }
}
