/// The stages of the Winograd convolution, for winograd.c only. Each is a kernel of its own: the
/// compiler then keeps the products' accumulators in registers, which it does not when transforms
/// and products share a function.
#pragma once
#include "kernels.h"

enum { frequencies = 36, panelWidth = 16 };

/// The tiles of a group of images.
typedef struct {
  int64_t images, height, width;
  int64_t tiles;  // of all images together
} tile_group;

/// Floats between frequencies of [tiles, channels]. The extra line keeps the 36 planes out of each
/// other's cache sets.
INLINE int64_t plane_size(int64_t tiles, int64_t channels) {
  return tiles * channels + panelWidth;
}

/// V[f] = (B^T d B)[f] of every tile of x, as dense rows [tiles, C] or as panels
/// [C / 16, tiles, 16]. `zeros`: 6*C zeros, read in place of rows outside the image.
CK_KERNEL(void, ck_winograd_input_stage, float *restrict v, const float *restrict x,
          const float *restrict zeros, const tile_group *restrict group, int64_t channels,
          bool panels);
/// dM[f] = (A dy A^T)[f] of every 4x4 square of dy, in panels. `zeros`: 4*K zeros.
CK_KERNEL(void, ck_winograd_adjoint_stage, float *restrict dm, const float *restrict dy,
          const float *restrict zeros, const tile_group *restrict group, int64_t channels);
/// y = A^T m A of every tile of M, which is in panels; what lies outside the image is dropped.
/// `stride`: floats between pixels of y, of which `channels` are written.
CK_KERNEL(void, ck_winograd_output_stage, float *restrict y, const float *restrict m,
          const tile_group *restrict group, int64_t channels, int64_t stride);
/// M[f] = V[f] U[f] for all f: V in dense rows, U and M in panels. Fetches `soon` meanwhile.
CK_KERNEL(void, ck_winograd_multiply_stage, float *restrict m, const float *restrict v,
          const float *restrict u, int64_t tiles, int64_t channels, int64_t outChannels,
          const memory_span soon[2]);
/// dU[f] = V[f]^T dM[f] for all f (adds when `accumulate`): V and dM in panels, `vPlane` and
/// `dmPlane` floats between frequencies, dU dense [C, K]. Fetches `soon` meanwhile.
CK_KERNEL(void, ck_winograd_multiply_adjoint_stage, float *restrict du, const float *restrict v,
          int64_t vPlane, const float *restrict dm, int64_t dmPlane, int64_t tiles,
          int64_t channels, int64_t outChannels, bool accumulate, const memory_span soon[2]);
/// dw[tap, c, k] = G^T dU G (adds when `accumulate`) for dU [C, K]; dw has `tapStride` floats
/// between taps and `rowStride` between input channels.
CK_KERNEL(void, ck_winograd_weight_adjoint_stage, float *restrict dw, int64_t tapStride,
          int64_t rowStride, const float *restrict du, int64_t channels, int64_t outChannels,
          bool accumulate);
/// Panels `first` ..< `last` of u = G w G^T: of 16 output channels, or, of the weights turned by
/// 180 degrees, of 16 input channels. `u` is where the first panel begins, `plane` the floats
/// between frequencies.
CK_KERNEL(void, ck_winograd_weights_stage, float *restrict u, int64_t plane,
          const float *restrict w, int64_t channels, int64_t outChannels, int64_t first,
          int64_t last, bool turned);

/// One compilation of the stages.
typedef struct {
  __typeof__(ck_winograd_input_stage) *input;
  __typeof__(ck_winograd_adjoint_stage) *adjoint;
  __typeof__(ck_winograd_output_stage) *output;
  __typeof__(ck_winograd_multiply_stage) *multiply;
  __typeof__(ck_winograd_multiply_adjoint_stage) *multiplyAdjoint;
  __typeof__(ck_winograd_weight_adjoint_stage) *weightAdjoint;
  __typeof__(ck_winograd_weights_stage) *weights;
} stages;

#define STAGES(suffix)                                                                      \
  (stages){ck_winograd_input_stage##suffix,    ck_winograd_adjoint_stage##suffix,           \
           ck_winograd_output_stage##suffix,   ck_winograd_multiply_stage##suffix,          \
           ck_winograd_multiply_adjoint_stage##suffix,                                      \
           ck_winograd_weight_adjoint_stage##suffix, ck_winograd_weights_stage##suffix}

INLINE int64_t image_tiles(int64_t height, int64_t width) {
  return ceil_div(height, 4) * ceil_div(width, 4);
}
