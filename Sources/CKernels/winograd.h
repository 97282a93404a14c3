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
CK_KERNEL(void, ck_winograd_output_stage, float *restrict y, const float *restrict m,
          const tile_group *restrict group, int64_t channels);
/// M[f] = V[f] U[f] for all f: V in dense rows, U and M in panels.
CK_KERNEL(void, ck_winograd_multiply_stage, float *restrict m, const float *restrict v,
          const float *restrict u, int64_t tiles, int64_t channels, int64_t outChannels);
/// dU[f] = V[f]^T dM[f] for all f (adds when `accumulate`): V and dM in panels, dU dense [C, K].
CK_KERNEL(void, ck_winograd_multiply_adjoint_stage, float *restrict du, const float *restrict v,
          const float *restrict dm, int64_t tiles, int64_t channels, int64_t outChannels,
          bool accumulate);
/// dw [3, 3, C, K] = G^T dU G.
CK_KERNEL(void, ck_winograd_weight_adjoint_stage, float *restrict dw, const float *restrict du,
          int64_t channels, int64_t outChannels);
