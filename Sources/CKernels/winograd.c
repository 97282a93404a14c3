// Winograd F(4x4, 3x3) in NHWC: V = B^T d B of 6x6 tiles d with stride 4, one product per
// frequency f = 0..<36 over the channels, Y = A^T M A. The weight gradient is the exact adjoint:
// dU[f] = sum over tiles of V[f]^T (A dY A^T)[f], then dW = G^T dU G.
#include "winograd.h"

/// Tiles of a full group at least: enough rows for the products, little enough for the cache. The
/// weight gradient reads and writes all of dU for each group and takes more.
enum { convTiles = 96, weightGradTiles = 192 };

/// Images of a full group of at least `tiles` tiles.
INLINE int64_t group_images(int64_t tiles, int64_t height, int64_t width) {
  return ceil_div(tiles, image_tiles(height, width));
}

INLINE tile_group make_group(int64_t images, int64_t height, int64_t width) {
  return (tile_group){images, height, width, images * image_tiles(height, width)};
}

/// Zeros at the start of the scratch, for what lies outside the images.
INLINE int64_t zero_count(int64_t channels, int64_t outChannels) {
  return 6 * max64(channels, outChannels);
}

int64_t ck_winograd_weights_count(int64_t channels, int64_t outChannels) {
  return frequencies * plane_size(channels, outChannels);
}

int64_t ck_winograd_scratch_count(int64_t images, int64_t height, int64_t width, int64_t channels,
                                  int64_t outChannels) {
  int64_t full = group_images(weightGradTiles, height, width);
  int64_t tiles = make_group(min64(images, full), height, width).tiles;
  return zero_count(channels, outChannels) +
         frequencies * (plane_size(tiles, channels) + plane_size(tiles, outChannels) +
                        plane_size(channels, outChannels));
}

INLINE void conv(stages run, float *restrict y, const float *restrict x, const float *restrict u,
                 float *restrict scratch, int64_t images, int64_t height, int64_t width,
                 int64_t channels, int64_t outChannels) {
  int64_t step = group_images(convTiles, height, width), pixels = height * width;
  float *zeros = scratch, *v = scratch + zero_count(channels, outChannels);
  zero(zeros, zero_count(channels, outChannels));
  for (int64_t n = 0; n < images; n += step) {
    tile_group group = make_group(min64(step, images - n), height, width);
    float *m = v + frequencies * plane_size(group.tiles, channels);
    float *out = y + n * pixels * outChannels;
    int64_t next = min64(step, max64(0, images - n - step)) * pixels * channels;
    memory_span soon[2] = {{x + (n + step) * pixels * channels, next},
                           {out, group.images * pixels * outChannels}};
    run.input(v, x + n * pixels * channels, zeros, &group, channels, false);
    run.multiply(m, v, u, group.tiles, channels, outChannels, soon);
    run.output(out, m, &group, outChannels, outChannels);
  }
}

INLINE void weight_grad(stages run, float *restrict dw, const float *restrict x,
                        const float *restrict dy, float *restrict scratch, int64_t images,
                        int64_t height, int64_t width, int64_t channels, int64_t outChannels) {
  int64_t step = group_images(weightGradTiles, height, width), pixels = height * width;
  float *zeros = scratch, *du = scratch + zero_count(channels, outChannels);
  float *v = du + frequencies * plane_size(channels, outChannels);
  zero(zeros, zero_count(channels, outChannels));
  for (int64_t n = 0; n < images; n += step) {
    tile_group group = make_group(min64(step, images - n), height, width);
    float *dm = v + frequencies * plane_size(group.tiles, channels);
    run.input(v, x + n * pixels * channels, zeros, &group, channels, true);
    run.adjoint(dm, dy + n * pixels * outChannels, zeros, &group, outChannels);
    int64_t next = min64(step, max64(0, images - n - step)) * pixels;
    memory_span soon[2] = {{x + (n + step) * pixels * channels, next * channels},
                           {dy + (n + step) * pixels * outChannels, next * outChannels}};
    run.multiplyAdjoint(du, v, plane_size(group.tiles, channels), dm,
                        plane_size(group.tiles, outChannels), group.tiles, channels, outChannels,
                        n > 0, soon);
  }
  run.weightAdjoint(dw, channels * outChannels, outChannels, du, channels, outChannels, false);
}

INLINE void weights(stages run, float *restrict u, const float *restrict w, int64_t channels,
                    int64_t outChannels, int64_t first, int64_t last, bool turned) {
  int64_t rows = turned ? outChannels : channels;
  run.weights(u + first * panelWidth * rows, plane_size(channels, outChannels), w, channels,
              outChannels, first, last, turned);
}

void ck_winograd_weights(float *restrict u, const float *restrict w, int64_t channels,
                         int64_t outChannels, int64_t first, int64_t last, bool turned) {
  weights(STAGES(), u, w, channels, outChannels, first, last, turned);
}

void ck_winograd_weights_baseline(float *restrict u, const float *restrict w, int64_t channels,
                                  int64_t outChannels, int64_t first, int64_t last,
                                  bool turned) {
  weights(STAGES(_baseline), u, w, channels, outChannels, first, last, turned);
}

void ck_winograd_conv(float *restrict y, const float *restrict x, const float *restrict u,
                      float *restrict scratch, int64_t images, int64_t height, int64_t width,
                      int64_t channels, int64_t outChannels) {
  conv(STAGES(), y, x, u, scratch, images, height, width, channels, outChannels);
}

void ck_winograd_conv_baseline(float *restrict y, const float *restrict x,
                               const float *restrict u, float *restrict scratch, int64_t images,
                               int64_t height, int64_t width, int64_t channels,
                               int64_t outChannels) {
  conv(STAGES(_baseline), y, x, u, scratch, images, height, width, channels, outChannels);
}

void ck_winograd_weight_grad(float *restrict dw, const float *restrict x,
                             const float *restrict dy, float *restrict scratch, int64_t images,
                             int64_t height, int64_t width, int64_t channels,
                             int64_t outChannels) {
  weight_grad(STAGES(), dw, x, dy, scratch, images, height, width, channels, outChannels);
}

void ck_winograd_weight_grad_baseline(float *restrict dw, const float *restrict x,
                                      const float *restrict dy, float *restrict scratch,
                                      int64_t images, int64_t height, int64_t width,
                                      int64_t channels, int64_t outChannels) {
  weight_grad(STAGES(_baseline), dw, x, dy, scratch, images, height, width, channels,
              outChannels);
}
