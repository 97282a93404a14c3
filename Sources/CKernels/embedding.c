#include "kernels.h"

CLONES void ck_embedding(float *restrict y, const float *restrict table,
                         const int32_t *restrict ids, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++, y += columns) {
    const float *row = table + ids[r] * columns;
    for (int64_t c = 0; c < columns; c++) y[c] = row[c];
  }
}

CLONES void ck_embedding_grad(float *restrict dtable, const float *restrict dy,
                              const int32_t *restrict ids, int64_t rows, int64_t columns,
                              int64_t first, int64_t last) {
  for (int64_t r = 0; r < rows; r++, dy += columns) {
    float *row = dtable + ids[r] * columns;
    for (int64_t c = first; c < last; c++) row[c] += dy[c];
  }
}

/// Turns one head's pairs. `step`: floats between pairs, `gap`: between the two of a pair.
INLINE void rotate_head(float *restrict x, const float *restrict cosines,
                        const float *restrict sines, int64_t pairs, const int64_t step,
                        const int64_t gap, float sign) {
  for (int64_t i = 0; i < pairs; i++) {
    float a = x[i * step], b = x[i * step + gap], c = cosines[i], s = sign * sines[i];
    x[i * step] = a * c - b * s;
    x[i * step + gap] = a * s + b * c;
  }
}

CLONES void ck_rotate_pairs(float *restrict x, const float *restrict cosines,
                            const float *restrict sines, int64_t start, int64_t rows,
                            int64_t period, int64_t ld, int64_t heads, int64_t headSize,
                            bool interleaved, bool inverse) {
  int64_t pairs = headSize / 2;
  float sign = inverse ? -1 : 1;
  for (int64_t r = 0; r < rows; r++, x += ld) {
    int64_t place = (start + r) % period * pairs;
    const float *c = cosines + place, *s = sines + place;
    for (int64_t h = 0; h < heads; h++) {
      float *head = x + h * headSize;
      if (interleaved)
        rotate_head(head, c, s, pairs, 2, 1, sign);
      else
        rotate_head(head, c, s, pairs, 1, pairs, sign);
    }
  }
}
