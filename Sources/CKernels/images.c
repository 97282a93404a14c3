#include <math.h>

#include "kernels.h"

CLONES void ck_normalise_images(float *restrict y, const uint8_t *restrict x,
                                const float *restrict scale, const float *restrict offset,
                                const ck_placement *restrict placements, int64_t images,
                                int64_t channels, int64_t height, int64_t width) {
  for (int64_t n = 0; n < images; n++, x += channels * height * width) {
    ck_placement placement = placements ? placements[n] : (ck_placement){0, 0, 0};
    for (int64_t i = 0; i < height; i++, y += width * channels) {
      int64_t row = i + placement.rows;
      bool inside = row >= 0 && row < height;
      for (int64_t c = 0; c < channels; c++) {
        const uint8_t *line = x + (c * height + (inside ? row : 0)) * width;
        for (int64_t j = 0; j < width; j++) {
          int64_t column = (placement.mirrored ? width - 1 - j : j) + placement.columns;
          uint8_t value = inside && column >= 0 && column < width ? line[column] : 0;
          y[j * channels + c] = (float)value * scale[c] + offset[c];
        }
      }
    }
  }
}

/// One pixel of one image, or the fill colour outside.
INLINE const float *pixel_or_fill(const float *x, const float *fill, int64_t row, int64_t column,
                                  int64_t height, int64_t width, int64_t channels) {
  bool inside = row >= 0 && row < height && column >= 0 && column < width;
  return inside ? x + (row * width + column) * channels : fill;
}

CLONES void ck_rotate_images(float *restrict y, const float *restrict x,
                             const float *restrict radians, const float *restrict fill,
                             int64_t images, int64_t height, int64_t width, int64_t channels) {
  float centreRow = (float)(height - 1) / 2, centreColumn = (float)(width - 1) / 2;
  for (int64_t n = 0; n < images; n++, x += height * width * channels) {
    float cosine = cosf(radians[n]), sine = sinf(radians[n]);
    for (int64_t i = 0; i < height; i++)
      for (int64_t j = 0; j < width; j++, y += channels) {
        // Rows grow downwards: turning the picture counter-clockwise reads clockwise.
        float u = (float)j - centreColumn, v = (float)i - centreRow;
        float column = cosine * u - sine * v + centreColumn;
        float row = sine * u + cosine * v + centreRow;
        float top = floorf(row), left = floorf(column), down = row - top, right = column - left;
        int64_t r = (int64_t)top, s = (int64_t)left;
        const float *a = pixel_or_fill(x, fill, r, s, height, width, channels);
        const float *b = pixel_or_fill(x, fill, r, s + 1, height, width, channels);
        const float *c = pixel_or_fill(x, fill, r + 1, s, height, width, channels);
        const float *d = pixel_or_fill(x, fill, r + 1, s + 1, height, width, channels);
        for (int64_t k = 0; k < channels; k++)
          y[k] = (1 - down) * ((1 - right) * a[k] + right * b[k]) +
                 down * ((1 - right) * c[k] + right * d[k]);
      }
  }
}

