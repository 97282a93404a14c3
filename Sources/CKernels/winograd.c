// Winograd F(4x4, 3x3) in NHWC: V = B^T d B of 6x6 tiles d with stride 4, one product per
// frequency f = 0..<36 over the channels, Y = A^T M A. The weight gradient is the exact adjoint:
// dU[f] = sum over tiles of V[f]^T (A dY A^T)[f], then dW = G^T dU G.
#include "tile.h"

enum { side = 6, outSide = 4, frequencies = 36, lanes = 8, leastGroupTiles = 96 };

/// The tiles of a group of images.
typedef struct {
  int64_t height, width;          // of one image
  int64_t tileRows, tileColumns;  // of one image
  int64_t images, tiles;          // of the group
} tile_group;

INLINE tile_group make_group(int64_t images, int64_t height, int64_t width) {
  int64_t rows = ceil_div(height, outSide), columns = ceil_div(width, outSide);
  return (tile_group){height, width, rows, columns, images, images * rows * columns};
}

/// Images of a full group: enough rows for the products, little enough for the cache.
INLINE int64_t group_images(int64_t height, int64_t width) {
  return ceil_div(leastGroupTiles, ceil_div(height, outSide) * ceil_div(width, outSide));
}

/// Floats between frequencies of [tiles, channels]. The extra line keeps the 36 planes out of each
/// other's cache sets.
INLINE int64_t plane_size(int64_t tiles, int64_t channels) {
  return tiles * channels + tileColumns;
}

int64_t ck_winograd_weights_count(int64_t channels, int64_t outChannels) {
  return frequencies * plane_size(channels, outChannels);
}

int64_t ck_winograd_scratch_count(int64_t images, int64_t height, int64_t width, int64_t channels,
                                  int64_t outChannels) {
  int64_t tiles = make_group(min64(images, group_images(height, width)), height, width).tiles;
  return frequencies * (plane_size(tiles, channels) + plane_size(tiles, outChannels) +
                        plane_size(channels, outChannels));
}

/// o = B^T d for one column of six.
INLINE void input_column(v8 *restrict o, const v8 *restrict d, int step) {
  v8 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  v8 a = d4 - 4 * d2, b = d3 - 4 * d1, e = d4 - d2, f = 2 * (d3 - d1);
  o[0] = 4 * d0 - 5 * d2 + d4;
  o[step] = a + b;
  o[2 * step] = a - b;
  o[3 * step] = e + f;
  o[4 * step] = e - f;
  o[5 * step] = 4 * d1 - 5 * d3 + d[5 * step];
}

/// o = A^T m for one column: six to four.
INLINE void output_column(v8 *restrict o, const v8 *restrict m, int step) {
  v8 a = m[step] + m[2 * step], b = m[step] - m[2 * step];
  v8 c = m[3 * step] + m[4 * step], d = m[3 * step] - m[4 * step];
  o[0] = m[0] + a + c;
  o[step] = b + 2 * d;
  o[2 * step] = a + 4 * c;
  o[3 * step] = b + 8 * d + m[5 * step];
}

/// o = A y for one column: four to six.
INLINE void adjoint_column(v8 *restrict o, const v8 *restrict y, int step) {
  v8 y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  v8 a = y0 + y2, b = y1 + y3, c = y0 + 4 * y2, d = 2 * y1 + 8 * y3;
  o[0] = y0;
  o[step] = a + b;
  o[2 * step] = a - b;
  o[3 * step] = c + d;
  o[4 * step] = c - d;
  o[5 * step] = y3;
}

/// o = G w for one column of three.
INLINE void weight_column(v8 *restrict o, const v8 *restrict w, int step) {
  v8 w0 = w[0], w1 = w[step], w2 = w[2 * step];
  v8 a = (w0 + w2) * (-1.0f / 6), b = w1 * (-1.0f / 6);
  v8 c = w0 * (1.0f / 24) + w2 * (1.0f / 6), d = w1 * (1.0f / 12);
  o[0] = w0 * 0.25f;
  o[step] = a + b;
  o[2 * step] = a - b;
  o[3 * step] = c + d;
  o[4 * step] = c - d;
  o[5 * step] = w2;
}

/// o = G^T u for one column: six to three.
INLINE void weight_adjoint_column(v8 *restrict o, const v8 *restrict u, int step) {
  v8 a = u[step] + u[2 * step], b = u[step] - u[2 * step];
  v8 c = u[3 * step] + u[4 * step], d = u[3 * step] - u[4 * step];
  o[0] = 0.25f * u[0] - (1.0f / 6) * a + (1.0f / 24) * c;
  o[step] = (1.0f / 12) * d - (1.0f / 6) * b;
  o[2 * step] = (1.0f / 6) * (c - a) + u[5 * step];
}

/// Where element [tile][channel] of a plane lies: tile*tileStep + (channel / 16)*panelStep +
/// channel % 16. Dense rows have tileStep = channels and panelStep = 16, panels 16 and 16*tiles.
typedef struct {
  int64_t size, tileStep, panelStep;
} plane_layout;

INLINE plane_layout dense_rows(int64_t tiles, int64_t channels) {
  return (plane_layout){plane_size(tiles, channels), channels, tileColumns};
}
INLINE plane_layout panels(int64_t tiles, int64_t channels) {
  return (plane_layout){plane_size(tiles, channels), tileColumns, tileColumns * tiles};
}
INLINE int64_t channel_offset(plane_layout layout, int64_t channel) {
  return channel / tileColumns * layout.panelStep + channel % tileColumns;
}

/// One tile of x whose corner is (row, column), any part of it outside the image, to V.
INLINE void input_tile(float *restrict v, plane_layout layout, const float *restrict x,
                       int64_t row, int64_t column, int64_t height, int64_t width,
                       int64_t channels) {
  const float *pixels[side * side];
  bool inside[side * side];
  for (int p = 0; p < side * side; p++) {
    int64_t r = row + p / side, s = column + p % side;
    inside[p] = r >= 0 && r < height && s >= 0 && s < width;
    pixels[p] = inside[p] ? x + (r * width + s) * channels : x;
  }
  for (int64_t c = 0; c < channels; c += lanes) {
    v8 d[frequencies], t[frequencies];
    for (int p = 0; p < side * side; p++) {
      v8 zero = 0;
      d[p] = inside[p] ? CV8(pixels[p] + c) : zero;
    }
    for (int s = 0; s < side; s++) input_column(t + s, d + s, side);
    for (int s = 0; s < side; s++) input_column(d + s * side, t + s * side, 1);
    float *out = v + channel_offset(layout, c);
    for (int f = 0; f < frequencies; f++) V8(out + f * layout.size) = d[f];
  }
}

/// One tile of M to a 4x4 square of y whose corner is (row, column); the part outside is dropped.
INLINE void output_tile(float *restrict y, const float *restrict m, plane_layout layout,
                        int64_t row, int64_t column, int64_t height, int64_t width,
                        int64_t channels) {
  int64_t rows = min64(outSide, height - row), columns = min64(outSide, width - column);
  for (int64_t c = 0; c < channels; c += lanes) {
    v8 d[frequencies], t[frequencies];
    const float *in = m + channel_offset(layout, c);
    for (int f = 0; f < frequencies; f++) d[f] = CV8(in + f * layout.size);
    for (int s = 0; s < side; s++) output_column(t + s, d + s, side);
    for (int r = 0; r < outSide; r++) output_column(d + r * side, t + r * side, 1);
    for (int r = 0; r < rows; r++)
      for (int s = 0; s < columns; s++)
        V8(y + ((row + r) * width + column + s) * channels + c) = d[r * side + s];
  }
}

/// One 4x4 square of dy to a tile of dM.
INLINE void adjoint_tile(float *restrict dm, plane_layout layout, const float *restrict dy,
                         int64_t row, int64_t column, int64_t height, int64_t width,
                         int64_t channels) {
  for (int64_t c = 0; c < channels; c += lanes) {
    v8 d[frequencies], t[frequencies];
    for (int r = 0; r < outSide; r++)
      for (int s = 0; s < outSide; s++) {
        v8 zero = 0;
        bool inside = row + r < height && column + s < width;
        d[r * side + s] =
            inside ? CV8(dy + ((row + r) * width + column + s) * channels + c) : zero;
      }
    for (int s = 0; s < outSide; s++) adjoint_column(t + s, d + s, side);
    for (int r = 0; r < side; r++) adjoint_column(d + r * side, t + r * side, 1);
    float *out = dm + channel_offset(layout, c);
    for (int f = 0; f < frequencies; f++) V8(out + f * layout.size) = d[f];
  }
}

/// Runs `code` for every tile of a group with `tile`, the corner (`row`, `column`) of its output
/// square, and `image` in scope.
#define FOR_TILES(group, code)                                                      \
  for (int64_t image = 0, tile = 0; image < (group).images; image++)                \
    for (int64_t row = 0; row < (group).height; row += outSide)                     \
      for (int64_t column = 0; column < (group).width; column += outSide, tile++) { \
        code;                                                                       \
      }

/// G w G^T of eight 3x3 squares of weights, whose taps lie `step` floats apart.
INLINE void weight_tile(float *restrict u, int64_t plane, const float *restrict w, int64_t step) {
  v8 square[9], t[frequencies], d[frequencies];
  for (int tap = 0; tap < 9; tap++) square[tap] = CV8(w + tap * step);
  for (int s = 0; s < 3; s++) weight_column(t + s, square + s, 3);
  for (int r = 0; r < side; r++) weight_column(d + r * side, t + r * 3, 1);
  for (int f = 0; f < frequencies; f++) V8(u + f * plane) = d[f];
}

CLONES void ck_winograd_weights(float *restrict u, const float *restrict w, int64_t channels,
                                int64_t outChannels, int64_t first, int64_t last) {
  plane_layout layout = panels(channels, outChannels);
  for (int64_t k = first * tileColumns; k < last * tileColumns; k += tileColumns)
    for (int64_t c = 0; c < channels; c++)
      for (int64_t half = 0; half < tileColumns; half += lanes)
        weight_tile(u + c * tileColumns + channel_offset(layout, k + half), layout.size,
                    w + c * outChannels + k + half, channels * outChannels);
}

CLONES void ck_winograd_weights_turned(float *restrict u, const float *restrict w,
                                       int64_t channels, int64_t outChannels, int64_t first,
                                       int64_t last) {
  plane_layout layout = panels(outChannels, channels);
  for (int64_t c = first * tileColumns; c < last * tileColumns; c += lanes)
    for (int64_t k = 0; k < outChannels; k += lanes) {
      float turned[9 * lanes * lanes];  // [tap][k][c]
      for (int tap = 0; tap < 9; tap++)
        transpose_square(turned + (8 - tap) * lanes * lanes, lanes,
                         w + (tap * channels + c) * outChannels + k, outChannels);
      for (int lane = 0; lane < lanes; lane++)
        weight_tile(u + (k + lane) * tileColumns + channel_offset(layout, c), layout.size,
                    turned + lane * lanes, lanes * lanes);
    }
}

/// M[f] = V[f] U[f] for all f: V in dense rows, U and M in panels.
INLINE void multiply_tiles(float *m, const float *v, const float *u, int64_t tiles,
                           int64_t channels, int64_t outChannels) {
  run whole = {0, 0, channels};
  for (int f = 0; f < frequencies; f++) {
    const float *a = v + f * plane_size(tiles, channels);
    const float *b = u + f * plane_size(channels, outChannels);
    float *c = m + f * plane_size(tiles, outChannels);
    for (int64_t k = 0; k < outChannels; k += tileColumns, b += channels * tileColumns)
      for (int64_t i = 0, rows; i < tiles; i += rows, c += rows * tileColumns) {
        const float *left[tileRows];
        float *out[tileRows];
        rows = tile_height(tiles - i);
        for (int64_t r = 0; r < rows; r++) {
          left[r] = a + (i + r) * channels;
          out[r] = c + r * tileColumns;
        }
#define TILE(rows) tile_nn(rows, out, left, b, tileColumns, &whole, 1, tileColumns, false)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
  }
}

CLONES void ck_winograd_conv(float *restrict y, const float *restrict x, const float *restrict u,
                             float *restrict scratch, int64_t images, int64_t height,
                             int64_t width, int64_t channels, int64_t outChannels) {
  int64_t step = group_images(height, width), pixels = height * width;
  for (int64_t n = 0; n < images; n += step) {
    tile_group group = make_group(min64(step, images - n), height, width);
    plane_layout in = dense_rows(group.tiles, channels), out = panels(group.tiles, outChannels);
    float *v = scratch, *m = scratch + frequencies * in.size;
    FOR_TILES(group, input_tile(v + tile * in.tileStep, in, x + (n + image) * pixels * channels,
                                row - 1, column - 1, height, width, channels))
    multiply_tiles(m, v, u, group.tiles, channels, outChannels);
    FOR_TILES(group, output_tile(y + (n + image) * pixels * outChannels, m + tile * out.tileStep,
                                 out, row, column, height, width, outChannels))
  }
}

/// dU[f] (+)= V[f]^T dM[f] for all f: V and dM in panels, dU in dense rows [C, K].
INLINE void multiply_adjoint(float *du, const float *v, const float *dm, int64_t tiles,
                             int64_t channels, int64_t outChannels, bool accumulate) {
  run whole = {0, 0, tiles};
  for (int f = 0; f < frequencies; f++) {
    const float *a = v + f * plane_size(tiles, channels);
    const float *b = dm + f * plane_size(tiles, outChannels);
    float *c = du + f * plane_size(channels, outChannels);
    for (int64_t k = 0; k < outChannels; k += tileColumns)
      for (int64_t i = 0, rows; i < channels; i += rows) {
        int64_t inPanel = i % tileColumns;
        rows = tile_height(tileColumns - inPanel);
        const float *left = a + (i - inPanel) * tiles + inPanel;
        float *out = c + i * outChannels + k;
#define TILE(rows)                                                                         \
  tile_tn(rows, out, outChannels, left, tileColumns, b + k * tiles, tileColumns, &whole, 1, \
          tileColumns, accumulate)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
  }
}

CLONES void ck_winograd_weight_grad(float *restrict dw, const float *restrict x,
                                    const float *restrict dy, float *restrict scratch,
                                    int64_t images, int64_t height, int64_t width,
                                    int64_t channels, int64_t outChannels) {
  int64_t step = group_images(height, width), pixels = height * width;
  int64_t plane = plane_size(channels, outChannels);
  float *du = scratch;
  for (int64_t n = 0; n < images; n += step) {
    tile_group group = make_group(min64(step, images - n), height, width);
    plane_layout in = panels(group.tiles, channels), out = panels(group.tiles, outChannels);
    float *v = scratch + frequencies * plane, *dm = v + frequencies * in.size;
    FOR_TILES(group, input_tile(v + tile * in.tileStep, in, x + (n + image) * pixels * channels,
                                row - 1, column - 1, height, width, channels))
    FOR_TILES(group, adjoint_tile(dm + tile * out.tileStep, out,
                                  dy + (n + image) * pixels * outChannels, row, column, height,
                                  width, outChannels))
    multiply_adjoint(du, v, dm, group.tiles, channels, outChannels, n > 0);
  }
  for (int64_t i = 0; i < channels * outChannels; i += lanes) {
    v8 d[frequencies], t[3 * side], square[9];
    for (int f = 0; f < frequencies; f++) d[f] = CV8(du + f * plane + i);
    for (int s = 0; s < side; s++) weight_adjoint_column(t + s, d + s, side);
    for (int r = 0; r < 3; r++) weight_adjoint_column(square + r * 3, t + r * side, 1);
    for (int tap = 0; tap < 9; tap++) V8(dw + tap * channels * outChannels + i) = square[tap];
  }
}
