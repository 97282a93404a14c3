/// Numeric kernels: pure functions over float32 buffers, one lane's work each.
///
/// Rules that hold for every function here: no allocation, no globals, no threads; sizes are
/// int64_t; pointers are `restrict` (outputs never overlap inputs unless the comment says so);
/// arrays are dense and row-major; images are NHWC, weights [R, S, C, K]. Letters: N images, H W
/// input height and width, C channels in, K channels out, R S kernel height and width, OH OW
/// output height and width. "Adds" means the result is added to what the output holds.
///
/// Every kernel is compiled three times, for AVX-512, for x86-64-v3 (AVX2, FMA) and for plain
/// x86-64, and the loader takes the best one. The first two give the same bits. `NAME_baseline` is
/// always the plain version, by the name clang gives to the last clone: tests compare both with the
/// naive loop. The order of every sum depends on the shapes alone.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#if defined(__x86_64__) && !defined(CK_BASELINE)
#define CK_BASELINE_SYMBOL(name) __asm__(#name ".default.2")
#else
#define CK_BASELINE_SYMBOL(name) __asm__(#name)
#endif
/// Declares a kernel and its plain version.
#define CK_KERNEL(result, name, ...) \
  result name(__VA_ARGS__);          \
  result name##_baseline(__VA_ARGS__) CK_BASELINE_SYMBOL(name)
/// The same for a function that only calls kernels and exists twice in the source.
#define CK_COMPOSITION(result, name, ...) \
  result name(__VA_ARGS__);               \
  result name##_baseline(__VA_ARGS__)

/// The instruction set in use: "x86-64-v3" or "baseline" (part of the numerics tag).
const char *ck_level(void);

/// Tells the processor that the caller waits in a loop.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// MARK: Matrix multiplication (gemm.c). Sums run in k order whatever the split of rows.

/// C[m, n] = A[m, k] B[k, n] (adds when `accumulate`). `lda`, `ldb`, `ldc`: floats between rows.
CK_KERNEL(void, ck_gemm, float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
          const float *restrict b, int64_t ldb, int64_t m, int64_t n, int64_t k, bool accumulate);
/// C[m, n] = A^T B with A [k, m] and B [k, n] (adds when `accumulate`).
CK_KERNEL(void, ck_gemm_tn, float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
          const float *restrict b, int64_t ldb, int64_t m, int64_t n, int64_t k, bool accumulate);
/// y[j, i] = x[i, j]; x is [rows, columns].
CK_KERNEL(void, ck_transpose, float *restrict y, const float *restrict x, int64_t rows,
          int64_t columns);

// MARK: Direct convolution (conv.c).

/// Shape of a convolution without its batch. `outHeight = (height + 2 padding - kernelHeight) /
/// stride + 1`, and the same for the width. At most 128 taps (kernelHeight * kernelWidth).
typedef struct {
  int64_t height, width, channels;
  int64_t outHeight, outWidth, outChannels;
  int64_t kernelHeight, kernelWidth, stride, padding;
} ck_conv_shape;

/// Floats of packed weights, enough for either packing.
int64_t ck_conv_packed_count(const ck_conv_shape *restrict shape);
/// Floats of scratch one call of any pass over `images` images needs (one scratch per lane).
int64_t ck_conv_scratch_count(const ck_conv_shape *restrict shape, int64_t images);
/// Weights [R, S, C, K] in panels of 16 output channels, for `ck_conv_forward`: the panels
/// `first` ..< `last` of ceil(K / 16).
CK_KERNEL(void, ck_conv_pack_forward, float *restrict packed, const float *restrict w,
          const ck_conv_shape *restrict shape, int64_t first, int64_t last);
/// The same weights, transposed, in panels of 16 input channels, for `ck_conv_data_grad`: the
/// panels `first` ..< `last` of ceil(C / 16).
CK_KERNEL(void, ck_conv_pack_data_grad, float *restrict packed, const float *restrict w,
          const ck_conv_shape *restrict shape, int64_t first, int64_t last);
/// y[n, i, j, k] = sum over r, s, c of x[n, i*stride + r - padding, j*stride + s - padding, c]
/// w[r, s, c, k], for `images` images. x [N, H, W, C], y [N, OH, OW, K].
CK_KERNEL(void, ck_conv_forward, float *restrict y, const float *restrict x,
          const float *restrict packed, float *restrict scratch, int64_t images,
          const ck_conv_shape *restrict shape);
/// dx = adjoint of `ck_conv_forward` in x. Any stride: pixels of one phase (position modulo the
/// stride) share their taps and are computed together.
CK_KERNEL(void, ck_conv_data_grad, float *restrict dx, const float *restrict dy,
          const float *restrict packed, float *restrict scratch, int64_t images,
          const ck_conv_shape *restrict shape);
/// dw[r, s, c, k] = sum over n, i, j of x[n, i*stride + r - padding, j*stride + s - padding, c]
/// dy[n, i, j, k]. dw [R, S, C, K] is overwritten: the partial sum of these images.
CK_KERNEL(void, ck_conv_weight_grad, float *restrict dw, const float *restrict x,
          const float *restrict dy, float *restrict scratch, int64_t images,
          const ck_conv_shape *restrict shape);

// MARK: Depthwise convolution (depthwise.c): `outChannels` is `channels`, w [R, S, C].

/// y[n, i, j, c] = sum over r, s of x[n, i*stride + r - padding, j*stride + s - padding, c]
/// w[r, s, c].
CK_KERNEL(void, ck_depthwise_forward, float *restrict y, const float *restrict x,
          const float *restrict w, int64_t images, const ck_conv_shape *restrict shape);
/// dx = adjoint of `ck_depthwise_forward` in x.
CK_KERNEL(void, ck_depthwise_data_grad, float *restrict dx, const float *restrict dy,
          const float *restrict w, int64_t images, const ck_conv_shape *restrict shape);
/// dw [R, S, C], the partial sum of these images (overwritten).
CK_KERNEL(void, ck_depthwise_weight_grad, float *restrict dw, const float *restrict x,
          const float *restrict dy, int64_t images, const ck_conv_shape *restrict shape);

// MARK: Distances (distances.c).

/// y[i, j] = sum over k of (a[i, k] - b[j, k])^2; a [m, d], b [n, d].
CK_KERNEL(void, ck_squared_distances, float *restrict y, const float *restrict a,
          const float *restrict b, int64_t m, int64_t n, int64_t d);
/// da[i, k] = sum over j of 2 dy[i*row + j*column] (a[i, k] - b[j, k]): the gradient in a with
/// row = n, column = 1, and with a and b exchanged that in b with row = 1, column = n.
CK_KERNEL(void, ck_squared_distances_grad, float *restrict da, const float *restrict dy,
          int64_t row, int64_t column, const float *restrict a, const float *restrict b,
          int64_t m, int64_t n, int64_t d);

// MARK: Winograd F(4x4, 3x3) for stride 1 and padding 1 (winograd.c).
// Lavin & Gray 2015, interpolation points 0, 1, -1, 2, -2, infinity. Channels in and out must be
// multiples of 16. Images are taken in groups of a fixed number of tiles.

/// Floats of transformed weights, in either direction. They start at a multiple of 16 bytes.
int64_t ck_winograd_weights_count(int64_t channels, int64_t outChannels);
/// Floats of scratch one call of any pass over `images` images needs (one scratch per lane).
int64_t ck_winograd_scratch_count(int64_t images, int64_t height, int64_t width, int64_t channels,
                                  int64_t outChannels);
/// u = G w G^T of weights w [3, 3, C, K] for the forward pass, in panels of 16 output channels:
/// the panels `first` ..< `last` of K / 16. When `turned`, of the weights turned by 180 degrees
/// with C and K exchanged: `ck_winograd_conv` with this u, from dy (K channels) to dx (C channels),
/// is the data gradient; panels of C / 16.
CK_COMPOSITION(void, ck_winograd_weights, float *restrict u, const float *restrict w,
               int64_t channels, int64_t outChannels, int64_t first, int64_t last, bool turned);
/// y [N, H, W, K] = convolution of x [N, H, W, C].
CK_COMPOSITION(void, ck_winograd_conv, float *restrict y, const float *restrict x,
          const float *restrict u, float *restrict scratch, int64_t images, int64_t height,
          int64_t width, int64_t channels, int64_t outChannels);
/// dw [3, 3, C, K] = weight gradient of these images (overwritten).
CK_COMPOSITION(void, ck_winograd_weight_grad, float *restrict dw, const float *restrict x,
          const float *restrict dy, float *restrict scratch, int64_t images, int64_t height,
          int64_t width, int64_t channels, int64_t outChannels);

// MARK: Weight gradient with many channels (winograd_blocks.c): first the transforms of all
// images, by any split of the images, then the blocks of dw, by any split of the blocks.

typedef struct {
  int64_t images, height, width, channels, outChannels;
} ck_winograd_batch;

/// Floats of the transformed images, of C channels (V) or K (dM).
int64_t ck_winograd_spread_count(const ck_winograd_batch *restrict batch, int64_t channels);
/// Floats of scratch of a block (one scratch per lane).
int64_t ck_winograd_block_scratch_count(void);
/// How many blocks dw has: ceil(C / 64) ceil(K / 64).
int64_t ck_winograd_block_count(const ck_winograd_batch *restrict batch);
/// The part of V, or of dM when `isGradient`, that comes from images `first` ..< `last` of x or
/// dy; both pointers are the whole batch's. `zeros`: six times as many floats of scratch as the
/// images have channels.
CK_COMPOSITION(void, ck_winograd_spread, float *restrict v, const float *restrict x,
               float *restrict zeros, const ck_winograd_batch *restrict batch, bool isGradient,
               int64_t first, int64_t last);
/// One block of dw [3, 3, C, K] (adds when `accumulate`).
CK_COMPOSITION(void, ck_winograd_weight_grad_block, float *restrict dw, const float *restrict v,
               const float *restrict dm, float *restrict scratch,
               const ck_winograd_batch *restrict batch, int64_t block, bool accumulate);

// MARK: Batch norm, ReLU, residual (batchnorm.c). x is [rows, channels], rows = N*H*W.

/// sum[c] = sum over rows of d, squares[c] = sum of d*d, with d = x - pivot[c]. Any pivot near the
/// mean keeps the variance exact; blocks of 64 rows in float32, the blocks added in float64.
CK_KERNEL(void, ck_channel_moments, double *restrict sum, double *restrict squares,
          const float *restrict x, const float *restrict pivot, int64_t rows, int64_t channels);
/// y = x*scale + shift (+ residual) (then max(., 0) when `relu`). `residual` may be null. y may be
/// x itself.
CK_KERNEL(void, ck_scale_shift, float *y, const float *x, const float *restrict scale,
          const float *restrict shift, const float *restrict residual, int64_t rows,
          int64_t channels, bool relu);
/// Reductions of the backward pass with g = dy where the output was positive (all when not
/// `relu`): sumG[c] = sum of g, sumGX[c] = sum of g * (x - mean[c]). The mask is y > 0 when y is
/// given (needed after a residual), else it is recomputed as x*scale + shift > 0.
CK_KERNEL(void, ck_batchnorm_backward_sums, double *restrict sumG, double *restrict sumGX,
          const float *restrict dy, const float *restrict x, const float *restrict y,
          const float *restrict scale, const float *restrict shift, const float *restrict mean,
          int64_t rows, int64_t channels, bool relu);
/// dx = a*g + b*(x - mean) + c per channel, and dResidual = g when not null; g and mask as above.
/// dx may be dy itself.
CK_KERNEL(void, ck_batchnorm_backward, float *dx, float *restrict dResidual, const float *dy,
          const float *restrict x, const float *restrict y, const float *restrict scale,
          const float *restrict shift, const float *restrict mean, const float *restrict a,
          const float *restrict b, const float *restrict c, int64_t rows, int64_t channels,
          bool relu);

// MARK: Pooling (pool.c).

/// Max pool 3x3, stride 2, padding 1: y [N, OH, OW, C] with OH = (H - 1) / 2 + 1; argmax (same
/// shape) is the tap 3r + s of the first maximum in row order.
CK_KERNEL(void, ck_max_pool, float *restrict y, uint8_t *restrict argmax, const float *restrict x,
          int64_t images, int64_t height, int64_t width, int64_t channels);
/// dx [N, H, W, C]: every dy goes to its maximum, overlaps add. H and W are the input's.
CK_KERNEL(void, ck_max_pool_grad, float *restrict dx, const float *restrict dy,
          const uint8_t *restrict argmax, int64_t images, int64_t height, int64_t width,
          int64_t channels);
/// y[n, c] = mean over the pixels of x [N, pixels, C].
CK_KERNEL(void, ck_mean_pool, float *restrict y, const float *restrict x, int64_t images,
          int64_t pixels, int64_t channels);
/// dx[n, p, c] = dy[n, c] / pixels.
CK_KERNEL(void, ck_mean_pool_grad, float *restrict dx, const float *restrict dy, int64_t images,
          int64_t pixels, int64_t channels);

// MARK: Elementwise and rows (elementwise.c, softmax.c). Without `restrict` an output may be an
// input.

/// y = alpha * x.
CK_KERNEL(void, ck_scale, float *y, const float *x, float alpha, int64_t n);
/// y += alpha * x.
CK_KERNEL(void, ck_axpy, float *restrict y, const float *restrict x, float alpha, int64_t n);
/// y[r, c] = x[r, c] + bias[c].
CK_KERNEL(void, ck_add_bias, float *y, const float *x, const float *restrict bias, int64_t rows,
          int64_t columns);
/// y[c] = sum over rows of x[r, c] (adds when `accumulate`).
CK_KERNEL(void, ck_column_sums, float *restrict y, const float *restrict x, int64_t rows,
          int64_t columns, bool accumulate);
/// Sum of x in 32 fixed lanes, the lanes added in float64.
CK_KERNEL(double, ck_sum, const float *restrict x, int64_t n);
/// y[r, :] = e^(x - max) / sum of the row.
CK_KERNEL(void, ck_softmax, float *y, const float *x, int64_t rows, int64_t columns);
/// loss[r] = log(sum_j e^x[r, j]) - x[r, label[r]]; when dx is not null
/// dx[r, j] = (softmax(x)[r, j] - (j == label[r])) * gradScale. dx may be x itself. A negative
/// label is ignored: loss and gradient of its row are 0.
CK_KERNEL(void, ck_softmax_cross_entropy, float *restrict loss, float *dx, const float *x,
          const int32_t *restrict labels, int64_t rows, int64_t columns, float gradScale);

// MARK: Optimisers over one arena (optim.c).

/// v = momentum*v + (g + weightDecay*p); p -= lr*v.
CK_KERNEL(void, ck_sgd, float *restrict p, float *restrict v, const float *restrict g, int64_t n,
          float lr, float momentum, float weightDecay);
/// Adam with coupled L2: g' = g + weightDecay*p; m = beta1*m + (1-beta1)*g';
/// v = beta2*v + (1-beta2)*g'*g'; p -= lr * (m/correction1) / (sqrt(v/correction2) + eps), where
/// correctionI = 1 - betaI^step.
CK_KERNEL(void, ck_adam, float *restrict p, float *restrict m, float *restrict v,
          const float *restrict g, int64_t n, float lr, float beta1, float beta2, float eps,
          float weightDecay, float correction1, float correction2);
/// AdamW: p *= 1 - lr*weightDecay first, then Adam without weight decay.
CK_KERNEL(void, ck_adamw, float *restrict p, float *restrict m, float *restrict v,
          const float *restrict g, int64_t n, float lr, float beta1, float beta2, float eps,
          float weightDecay, float correction1, float correction2);

// MARK: Images (images.c).

/// How one image is shifted and mirrored on the way in.
typedef struct {
  int32_t rows;     ///< output row i reads input row i + rows; outside the image is black
  int32_t columns;  ///< the same for columns, applied before mirroring
  int32_t mirrored; ///< 1: left and right swapped
} ck_placement;

/// y[n, i, j, c] = x[n, c, i', j'] * scale[c] + offset[c] from bytes x [N, C, H, W] to float32
/// [N, H, W, C], with j' from W-1-j when mirrored. A black pixel (value 0) gives offset[c].
/// `placements` (one per image) may be null: every image as it is.
CK_KERNEL(void, ck_normalise_images, float *restrict y, const uint8_t *restrict x,
          const float *restrict scale, const float *restrict offset,
          const ck_placement *restrict placements, int64_t images, int64_t channels,
          int64_t height, int64_t width);
/// Image n of y [N, H, W, C] is image n of x turned by radians[n] counter-clockwise around its
/// centre, bilinear; outside is fill[c].
CK_KERNEL(void, ck_rotate_images, float *restrict y, const float *restrict x,
          const float *restrict radians, const float *restrict fill, int64_t images,
          int64_t height, int64_t width, int64_t channels);

#include "language.h"
#include "quantized.h"
#include "transformer.h"
