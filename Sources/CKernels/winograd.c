// Winograd F(4x4, 3x3) in NHWC: V = B^T d B of 6x6 tiles d with stride 4, one product per
// frequency f = 0..<36 over the channels, Y = A^T M A. The weight gradient is the exact adjoint:
// dU[f] = sum over tiles of V[f]^T (A dY A^T)[f], then dW = G^T dU G.
#include "winograd.h"

/// Tiles of a full group at least: enough rows for the products, little enough for the cache. The
/// weight gradient reads and writes all of dU for each group and takes more.
enum { convTiles = 96, weightGradTiles = 192 };

INLINE int64_t image_tiles(int64_t height, int64_t width) {
  return ceil_div(height, 4) * ceil_div(width, 4);
}

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

/// One compilation of the stages.
typedef struct {
  __typeof__(ck_winograd_input_stage) *input;
  __typeof__(ck_winograd_adjoint_stage) *adjoint;
  __typeof__(ck_winograd_output_stage) *output;
  __typeof__(ck_winograd_multiply_stage) *multiply;
  __typeof__(ck_winograd_multiply_adjoint_stage) *multiplyAdjoint;
  __typeof__(ck_winograd_weight_adjoint_stage) *weightAdjoint;
} stages;

#define STAGES(suffix)                                                                      \
  (stages){ck_winograd_input_stage##suffix,    ck_winograd_adjoint_stage##suffix,           \
           ck_winograd_output_stage##suffix,   ck_winograd_multiply_stage##suffix,          \
           ck_winograd_multiply_adjoint_stage##suffix, ck_winograd_weight_adjoint_stage##suffix}

INLINE void conv(stages run, float *restrict y, const float *restrict x, const float *restrict u,
                 float *restrict scratch, int64_t images, int64_t height, int64_t width,
                 int64_t channels, int64_t outChannels) {
  int64_t step = group_images(convTiles, height, width), pixels = height * width;
  float *zeros = scratch, *v = scratch + zero_count(channels, outChannels);
  zero(zeros, zero_count(channels, outChannels));
  for (int64_t n = 0; n < images; n += step) {
    tile_group group = make_group(min64(step, images - n), height, width);
    float *m = v + frequencies * plane_size(group.tiles, channels);
    run.input(v, x + n * pixels * channels, zeros, &group, channels, false);
    run.multiply(m, v, u, group.tiles, channels, outChannels);
    run.output(y + n * pixels * outChannels, m, &group, outChannels);
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
    run.multiplyAdjoint(du, v, dm, group.tiles, channels, outChannels, n > 0);
  }
  run.weightAdjoint(dw, du, channels, outChannels);
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
