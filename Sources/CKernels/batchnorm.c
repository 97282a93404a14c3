// Batch norm, ReLU and residual over x [rows, channels]. Channels are taken in groups of 16, 8 or
// 1, so that a group's constants live in registers while the rows pass by; rows are taken in
// blocks small enough for L1, so that the groups of one block read each cache line from memory
// once.
#include "kernels.h"

/// Rows of a block: 8 KiB of each stream.
INLINE int64_t block_rows(int64_t channels) { return max64(1, 2048 / channels); }

/// Fetches the next block of a stream, from float `at` of `count`, while this one is worked on: the
/// groups walk through a block in steps that the processor does not foresee.
INLINE void fetch_block(const float *x, int64_t at, int64_t floats, int64_t count) {
  for (int64_t i = at; i < min64(at + floats, count); i += lineFloats)
    __builtin_prefetch(x + i, 0, 2);
}

/// Runs `group(width, first channel)` over all groups of channels; `width` is a constant in each.
#define FOR_GROUPS(channels, group)                                   \
  do {                                                                \
    int64_t channel = 0;                                              \
    for (; channel + 16 <= (channels); channel += 16) group(16, channel); \
    for (; channel + 8 <= (channels); channel += 8) group(8, channel);    \
    for (; channel < (channels); channel++) group(1, channel);        \
  } while (0)

INLINE void moments_group(const int width, double *restrict sum, double *restrict squares,
                          const float *restrict x, const float *restrict pivot, int64_t rows,
                          int64_t channels) {
  float s[16] = {0}, q[16] = {0}, p[16];
  for (int j = 0; j < width; j++) p[j] = pivot[j];
  for (int64_t r = 0; r < rows; r++, x += channels)
    for (int j = 0; j < width; j++) {
      float d = x[j] - p[j];
      s[j] += d;
      q[j] += d * d;
    }
  for (int j = 0; j < width; j++) {
    sum[j] += s[j];
    squares[j] += q[j];
  }
}

CLONES void ck_channel_moments(double *restrict sum, double *restrict squares,
                               const float *restrict x, const float *restrict pivot, int64_t rows,
                               int64_t channels) {
  for (int64_t c = 0; c < channels; c++) sum[c] = squares[c] = 0;
  for (int64_t row = 0; row < rows; row += 64) {
    const float *block = x + row * channels;
    int64_t count = min64(64, rows - row);
#define GROUP(w, c) \
  moments_group(w, sum + c, squares + c, block + c, pivot + c, count, channels)
    FOR_GROUPS(channels, GROUP);
#undef GROUP
  }
}

INLINE void scale_shift_group(const int width, float *y, const float *x, const float *scale,
                              const float *shift, const float *residual, int64_t rows,
                              int64_t channels, bool relu) {
  float s[16], t[16];
  // One maximum in either case, in the form that lets NaN pass: a network that diverged must not
  // look healthy.
  const float least = relu ? 0 : -__builtin_inff();
  for (int j = 0; j < width; j++) s[j] = scale[j], t[j] = shift[j];
  for (int64_t r = 0; r < rows; r++) {
    float v[16];
    int64_t at = r * channels;
    for (int j = 0; j < width; j++) v[j] = x[at + j] * s[j] + t[j];
    if (residual)
      for (int j = 0; j < width; j++) v[j] += residual[at + j];
    for (int j = 0; j < width; j++) y[at + j] = least > v[j] ? least : v[j];
  }
}

CLONES void ck_scale_shift(float *y, const float *x, const float *restrict scale,
                           const float *restrict shift, const float *restrict residual,
                           int64_t rows, int64_t channels, bool relu) {
  int64_t step = block_rows(channels);
  for (int64_t row = 0; row < rows; row += step) {
    int64_t at = row * channels, count = min64(step, rows - row);
    fetch_block(y, (row + step) * channels, step * channels, rows * channels);
#define GROUP(w, c)                                                                       \
  scale_shift_group(w, y + at + c, x + at + c, scale + c, shift + c,                      \
                    residual ? residual + at + c : 0, count, channels, relu)
    FOR_GROUPS(channels, GROUP);
#undef GROUP
  }
}

/// The per-channel constants of the backward kernels.
typedef struct {
  const float *scale, *shift, *mean;
} channel_constants;

/// Writes g = dy where the output was positive for one row of a group.
INLINE void masked_row(const int width, float *g, const float *dy, const float *x, const float *y,
                       const float *s, const float *t, bool relu) {
  for (int j = 0; j < width; j++) g[j] = dy[j];
  if (!relu) return;
  if (y) {
    for (int j = 0; j < width; j++) g[j] = y[j] > 0 ? g[j] : 0;
  } else {
    for (int j = 0; j < width; j++) g[j] = x[j] * s[j] + t[j] > 0 ? g[j] : 0;
  }
}

INLINE void backward_sums_group(const int width, double *sumG, double *sumGX, const float *dy,
                                const float *x, const float *y, channel_constants k, int64_t rows,
                                int64_t channels, bool relu) {
  float s[16], t[16], mean[16], a[16] = {0}, b[16] = {0};
  for (int j = 0; j < width; j++) s[j] = k.scale[j], t[j] = k.shift[j], mean[j] = k.mean[j];
  for (int64_t r = 0; r < rows; r++) {
    float g[16];
    int64_t at = r * channels;
    masked_row(width, g, dy + at, x + at, y ? y + at : 0, s, t, relu);
    for (int j = 0; j < width; j++) a[j] += g[j];
    for (int j = 0; j < width; j++) b[j] += g[j] * (x[at + j] - mean[j]);
  }
  for (int j = 0; j < width; j++) sumG[j] += a[j], sumGX[j] += b[j];
}

CLONES void ck_batchnorm_backward_sums(double *restrict sumG, double *restrict sumGX,
                                       const float *restrict dy, const float *restrict x,
                                       const float *restrict y, const float *restrict scale,
                                       const float *restrict shift, const float *restrict mean,
                                       int64_t rows, int64_t channels, bool relu) {
  for (int64_t c = 0; c < channels; c++) sumG[c] = sumGX[c] = 0;
  for (int64_t row = 0; row < rows; row += 64) {
    int64_t at = row * channels, count = min64(64, rows - row);
#define GROUP(w, c)                                                                          \
  backward_sums_group(w, sumG + c, sumGX + c, dy + at + c, x + at + c, y ? y + at + c : 0,   \
                      (channel_constants){scale + c, shift + c, mean + c}, count, channels,  \
                      relu)
    FOR_GROUPS(channels, GROUP);
#undef GROUP
  }
}

INLINE void backward_group(const int width, float *dx, float *dResidual, const float *dy,
                           const float *x, const float *y, channel_constants k, const float *a,
                           const float *b, const float *c, int64_t rows, int64_t channels,
                           bool relu) {
  float s[16], t[16], mean[16], ka[16], kb[16], kc[16];
  for (int j = 0; j < width; j++) s[j] = k.scale[j], t[j] = k.shift[j], mean[j] = k.mean[j];
  for (int j = 0; j < width; j++) ka[j] = a[j], kb[j] = b[j], kc[j] = c[j];
  for (int64_t r = 0; r < rows; r++) {
    float g[16];
    int64_t at = r * channels;
    masked_row(width, g, dy + at, x + at, y ? y + at : 0, s, t, relu);
    if (dResidual)
      for (int j = 0; j < width; j++) dResidual[at + j] = g[j];
    for (int j = 0; j < width; j++) g[j] = ka[j] * g[j] + (kb[j] * (x[at + j] - mean[j]) + kc[j]);
    for (int j = 0; j < width; j++) dx[at + j] = g[j];
  }
}

CLONES void ck_batchnorm_backward(float *dx, float *restrict dResidual, const float *dy,
                                  const float *restrict x, const float *restrict y,
                                  const float *restrict scale, const float *restrict shift,
                                  const float *restrict mean, const float *restrict a,
                                  const float *restrict b, const float *restrict c, int64_t rows,
                                  int64_t channels, bool relu) {
  int64_t step = block_rows(channels);
  for (int64_t row = 0; row < rows; row += step) {
    int64_t at = row * channels, count = min64(step, rows - row);
#define GROUP(w, first)                                                                      \
  backward_group(w, dx + at + first, dResidual ? dResidual + at + first : 0, dy + at + first, \
                 x + at + first, y ? y + at + first : 0,                                     \
                 (channel_constants){scale + first, shift + first, mean + first}, a + first, \
                 b + first, c + first, count, channels, relu)
    FOR_GROUPS(channels, GROUP);
#undef GROUP
  }
}
