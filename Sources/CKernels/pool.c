#include "kernels.h"

CLONES void ck_max_pool(float *restrict y, uint8_t *restrict argmax, const float *restrict x,
                        int64_t images, int64_t height, int64_t width, int64_t channels) {
  int64_t outHeight = (height - 1) / 2 + 1, outWidth = (width - 1) / 2 + 1;
  for (int64_t n = 0; n < images; n++, x += height * width * channels)
    for (int64_t i = 0; i < outHeight; i++)
      for (int64_t j = 0; j < outWidth; j++, y += channels, argmax += channels) {
        for (int64_t c = 0; c < channels; c++) y[c] = -__builtin_inff(), argmax[c] = 4;
        for (int64_t tap = 0; tap < 9; tap++) {
          int64_t row = 2 * i - 1 + tap / 3, column = 2 * j - 1 + tap % 3;
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          const float *pixel = x + (row * width + column) * channels;
          for (int64_t c = 0; c < channels; c++) {
            argmax[c] = pixel[c] > y[c] ? (uint8_t)tap : argmax[c];
            y[c] = pixel[c] > y[c] ? pixel[c] : y[c];
          }
        }
      }
}

CLONES void ck_max_pool_grad(float *restrict dx, const float *restrict dy,
                             const uint8_t *restrict argmax, int64_t images, int64_t height,
                             int64_t width, int64_t channels) {
  int64_t outHeight = (height - 1) / 2 + 1, outWidth = (width - 1) / 2 + 1;
  for (int64_t n = 0; n < images; n++, dx += height * width * channels) {
    for (int64_t i = 0; i < height * width * channels; i++) dx[i] = 0;
    for (int64_t i = 0; i < outHeight; i++)
      for (int64_t j = 0; j < outWidth; j++, dy += channels, argmax += channels)
        for (int64_t tap = 0; tap < 9; tap++) {
          int64_t row = 2 * i - 1 + tap / 3, column = 2 * j - 1 + tap % 3;
          if (row < 0 || row >= height || column < 0 || column >= width) continue;
          float *pixel = dx + (row * width + column) * channels;
          for (int64_t c = 0; c < channels; c++) pixel[c] += argmax[c] == tap ? dy[c] : 0;
        }
  }
}

CLONES void ck_mean_pool(float *restrict y, const float *restrict x, int64_t images,
                         int64_t pixels, int64_t channels) {
  for (int64_t n = 0; n < images; n++, y += channels) {
    for (int64_t c = 0; c < channels; c++) y[c] = 0;
    for (int64_t p = 0; p < pixels; p++, x += channels)
      for (int64_t c = 0; c < channels; c++) y[c] += x[c];
    for (int64_t c = 0; c < channels; c++) y[c] *= 1 / (float)pixels;
  }
}

CLONES void ck_mean_pool_grad(float *restrict dx, const float *restrict dy, int64_t images,
                              int64_t pixels, int64_t channels) {
  for (int64_t n = 0; n < images; n++, dy += channels)
    for (int64_t p = 0; p < pixels; p++, dx += channels)
      for (int64_t c = 0; c < channels; c++) dx[c] = dy[c] * (1 / (float)pixels);
}
