// The weight gradient of a Winograd convolution with many channels. dU, 36 times C times K,
// outgrows the caches there, and a partial sum for each chunk of images would move it again and
// again. So all images are transformed first; then each block of dw takes its sum over the whole
// batch in the second-level cache.
#include "winograd.h"

/// Side of a block: 36 * 64 * 64 floats of dU fit into the second-level cache.
enum { blockSide = 64 };

int64_t ck_winograd_spread_count(const ck_winograd_batch *restrict b, int64_t channels) {
  return frequencies * plane_size(b->images * image_tiles(b->height, b->width), channels);
}

int64_t ck_winograd_block_scratch_count(void) {
  return frequencies * plane_size(blockSide, blockSide);
}

int64_t ck_winograd_block_count(const ck_winograd_batch *restrict b) {
  return ceil_div(b->channels, blockSide) * ceil_div(b->outChannels, blockSide);
}

INLINE void spread(stages run, float *v, const float *x, float *zeros, const ck_winograd_batch *b,
                   bool isGradient, int64_t first, int64_t last) {
  int64_t imageTiles = image_tiles(b->height, b->width);
  int64_t channels = isGradient ? b->outChannels : b->channels;
  tile_group group = {last - first, b->height, b->width, b->images * imageTiles};
  v += first * imageTiles * panelWidth;
  x += first * b->height * b->width * channels;
  zero(zeros, 6 * channels);
  if (isGradient) {
    run.adjoint(v, x, zeros, &group, channels);
  } else {
    run.input(v, x, zeros, &group, channels, true);
  }
}

INLINE void weight_grad_block(stages run, float *dw, const float *v, const float *dm, float *du,
                              const ck_winograd_batch *b, int64_t block, bool accumulate) {
  int64_t c = b->channels, k = b->outChannels;
  int64_t tiles = b->images * image_tiles(b->height, b->width);
  int64_t blocksInRow = ceil_div(k, blockSide);
  int64_t row = block / blocksInRow * blockSide, column = block % blocksInRow * blockSide;
  int64_t rows = min64(blockSide, c - row), columns = min64(blockSide, k - column);
  memory_span none[2] = {{0, 0}, {0, 0}};
  run.multiplyAdjoint(du, v + row * tiles, plane_size(tiles, c), dm + column * tiles,
                      plane_size(tiles, k), tiles, rows, columns, false, none);
  run.weightAdjoint(dw + row * k + column, c * k, k, du, rows, columns, accumulate);
}

void ck_winograd_spread(float *restrict v, const float *restrict x, float *restrict zeros,
                        const ck_winograd_batch *restrict b, bool isGradient, int64_t first,
                        int64_t last) {
  spread(STAGES(), v, x, zeros, b, isGradient, first, last);
}

void ck_winograd_spread_baseline(float *restrict v, const float *restrict x,
                                 float *restrict zeros, const ck_winograd_batch *restrict b,
                                 bool isGradient, int64_t first, int64_t last) {
  spread(STAGES(_baseline), v, x, zeros, b, isGradient, first, last);
}

void ck_winograd_weight_grad_block(float *restrict dw, const float *restrict v,
                                   const float *restrict dm, float *restrict scratch,
                                   const ck_winograd_batch *restrict b, int64_t block,
                                   bool accumulate) {
  weight_grad_block(STAGES(), dw, v, dm, scratch, b, block, accumulate);
}

void ck_winograd_weight_grad_block_baseline(float *restrict dw, const float *restrict v,
                                            const float *restrict dm, float *restrict scratch,
                                            const ck_winograd_batch *restrict b, int64_t block,
                                            bool accumulate) {
  weight_grad_block(STAGES(_baseline), dw, v, dm, scratch, b, block, accumulate);
}
