// Depthwise convolution: each channel has its own window, [R, S, C]. Sixteen channels of one
// pixel are a sum in registers; neighbours in a row find the same lines of x in L1.
#include "kernels.h"

/// Runs `group(width, first channel)` over the channels, 16 or 1 at a time.
#define FOR_CHANNELS(channels, group)                                       \
  do {                                                                      \
    int64_t channel = 0;                                                    \
    for (; channel + 16 <= (channels); channel += 16) group(16, channel);   \
    for (; channel < (channels); channel++) group(1, channel);              \
  } while (0)

INLINE void forward_group(const int width, float *y, const float *x, const float *w,
                          const ck_conv_shape *s, int64_t top, int64_t left) {
  float sum[16] = {0};
  for (int64_t r = max64(0, -top); r < min64(s->kernelHeight, s->height - top); r++)
    for (int64_t t = max64(0, -left); t < min64(s->kernelWidth, s->width - left); t++) {
      const float *from = x + ((top + r) * s->width + left + t) * s->channels;
      const float *factor = w + (r * s->kernelWidth + t) * s->channels;
      for (int j = 0; j < width; j++) sum[j] += from[j] * factor[j];
    }
  for (int j = 0; j < width; j++) y[j] = sum[j];
}

CLONES void ck_depthwise_forward(float *restrict y, const float *restrict x,
                                 const float *restrict w, int64_t images,
                                 const ck_conv_shape *restrict s) {
  for (int64_t n = 0; n < images; n++, x += s->height * s->width * s->channels)
    for (int64_t i = 0; i < s->outHeight; i++)
      for (int64_t j = 0; j < s->outWidth; j++, y += s->channels) {
        int64_t top = i * s->stride - s->padding, left = j * s->stride - s->padding;
#define GROUP(width, c) forward_group(width, y + c, x + c, w + c, s, top, left)
        FOR_CHANNELS(s->channels, GROUP);
#undef GROUP
      }
}

INLINE void data_grad_group(const int width, float *dx, const float *dy, const float *w,
                            const ck_conv_shape *s, int64_t row, int64_t column) {
  float sum[16] = {0};
  for (int64_t r = 0; r < s->kernelHeight; r++) {
    int64_t i = row + s->padding - r;
    if (i < 0 || i % s->stride != 0 || i / s->stride >= s->outHeight) continue;
    for (int64_t t = 0; t < s->kernelWidth; t++) {
      int64_t j = column + s->padding - t;
      if (j < 0 || j % s->stride != 0 || j / s->stride >= s->outWidth) continue;
      const float *from = dy + (i / s->stride * s->outWidth + j / s->stride) * s->channels;
      const float *factor = w + (r * s->kernelWidth + t) * s->channels;
      for (int k = 0; k < width; k++) sum[k] += from[k] * factor[k];
    }
  }
  for (int k = 0; k < width; k++) dx[k] = sum[k];
}

CLONES void ck_depthwise_data_grad(float *restrict dx, const float *restrict dy,
                                   const float *restrict w, int64_t images,
                                   const ck_conv_shape *restrict s) {
  for (int64_t n = 0; n < images; n++, dy += s->outHeight * s->outWidth * s->channels)
    for (int64_t row = 0; row < s->height; row++)
      for (int64_t column = 0; column < s->width; column++, dx += s->channels) {
#define GROUP(width, c) data_grad_group(width, dx + c, dy + c, w + c, s, row, column)
        FOR_CHANNELS(s->channels, GROUP);
#undef GROUP
      }
}

/// dw += x * dy over the outputs of one row that have this tap's input inside the image.
INLINE void weight_grad_group(const int width, float *dw, const float *x, int64_t xStep,
                              const float *dy, int64_t dyStep, int64_t count) {
  float sum[16] = {0};
  for (int64_t j = 0; j < count; j++, x += xStep, dy += dyStep)
    for (int k = 0; k < width; k++) sum[k] += x[k] * dy[k];
  for (int k = 0; k < width; k++) dw[k] += sum[k];
}

CLONES void ck_depthwise_weight_grad(float *restrict dw, const float *restrict x,
                                     const float *restrict dy, int64_t images,
                                     const ck_conv_shape *restrict s) {
  int64_t channels = s->channels, step = s->stride * channels;
  zero(dw, s->kernelHeight * s->kernelWidth * channels);
  for (int64_t n = 0; n < images; n++, x += s->height * s->width * channels)
    for (int64_t i = 0; i < s->outHeight; i++, dy += s->outWidth * channels)
      for (int64_t tap = 0; tap < s->kernelHeight * s->kernelWidth; tap++) {
        int64_t row = i * s->stride + tap / s->kernelWidth - s->padding;
        int64_t shift = tap % s->kernelWidth - s->padding;
        int64_t first = ceil_div(max64(0, -shift), s->stride);
        int64_t last = min64(s->outWidth, ceil_div(max64(0, s->width - shift), s->stride));
        if (row < 0 || row >= s->height || first >= last) continue;
        const float *from = x + (row * s->width + first * s->stride + shift) * channels;
        const float *gradient = dy + first * channels;
#define GROUP(width, c)                                                                   \
  weight_grad_group(width, dw + tap * channels + c, from + c, step, gradient + c, channels, \
                    last - first)
        FOR_CHANNELS(channels, GROUP);
#undef GROUP
      }
}
