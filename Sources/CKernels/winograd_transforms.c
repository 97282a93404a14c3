// The transforms of Winograd F(4x4, 3x3), eight channels at a time.
#include "tile.h"
#include "winograd.h"

enum { side = 6, outSide = 4, lanes = 8 };

/// Floats of transformed weights up to which they are kept in the caches for their first use.
enum { largestCached = 1 << 20 };

typedef float v4 __attribute__((ext_vector_type(4)));

// The one-dimensional transforms; `to` and `step` are the distances of neighbours in o and in the
// operand.

/// o = B^T d: six to six.
INLINE void input_column(v8 *restrict o, int to, const v8 *restrict d, int step) {
  v8 d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  v8 d5 = d[5 * step], a = d4 - 4 * d2, b = d3 - 4 * d1, e = d4 - d2, f = 2 * (d3 - d1);
  o[0] = 4 * d0 - 5 * d2 + d4;
  o[to] = a + b;
  o[2 * to] = a - b;
  o[3 * to] = e + f;
  o[4 * to] = e - f;
  o[5 * to] = 4 * d1 - 5 * d3 + d5;
}

/// o = A^T m: six to four.
INLINE void output_column(v8 *restrict o, int to, const v8 *restrict m, int step) {
  v8 a = m[step] + m[2 * step], b = m[step] - m[2 * step];
  v8 c = m[3 * step] + m[4 * step], d = m[3 * step] - m[4 * step];
  v8 m0 = m[0], m5 = m[5 * step];
  o[0] = m0 + a + c;
  o[to] = b + 2 * d;
  o[2 * to] = a + 4 * c;
  o[3 * to] = b + 8 * d + m5;
}

/// o = A y: four to six.
INLINE void adjoint_column(v8 *restrict o, int to, const v8 *restrict y, int step) {
  v8 y0 = y[0], y1 = y[step], y2 = y[2 * step], y3 = y[3 * step];
  v8 a = y0 + y2, b = y1 + y3, c = y0 + 4 * y2, d = 2 * y1 + 8 * y3;
  o[0] = y0;
  o[to] = a + b;
  o[2 * to] = a - b;
  o[3 * to] = c + d;
  o[4 * to] = c - d;
  o[5 * to] = y3;
}

/// o = G w: three to six.
INLINE void weight_column(v8 *restrict o, int to, const v8 *restrict w, int step) {
  v8 w0 = w[0], w1 = w[step], w2 = w[2 * step];
  v8 a = (w0 + w2) * (-1.0f / 6), b = w1 * (-1.0f / 6);
  v8 c = w0 * (1.0f / 24) + w2 * (1.0f / 6), d = w1 * (1.0f / 12);
  o[0] = w0 * 0.25f;
  o[to] = a + b;
  o[2 * to] = a - b;
  o[3 * to] = c + d;
  o[4 * to] = c - d;
  o[5 * to] = w2;
}

/// o = G^T u: six to three.
INLINE void weight_adjoint_column(v8 *restrict o, int to, const v8 *restrict u, int step) {
  v8 a = u[step] + u[2 * step], b = u[step] - u[2 * step];
  v8 c = u[3 * step] + u[4 * step], d = u[3 * step] - u[4 * step];
  v8 u0 = u[0], u5 = u[5 * step];
  o[0] = 0.25f * u0 - (1.0f / 6) * a + (1.0f / 24) * c;
  o[to] = (1.0f / 12) * d - (1.0f / 6) * b;
  o[2 * to] = (1.0f / 6) * (c - a) + u5;
}

/// Where element [tile][channel] of a plane lies: tile*tileStep + (channel / 16)*panelStep +
/// channel % 16. Dense rows have tileStep = channels and panelStep = 16, panels 16 and 16*tiles.
typedef struct {
  int64_t size, tileStep, panelStep;
} plane_layout;

INLINE plane_layout dense_rows(int64_t tiles, int64_t channels) {
  return (plane_layout){plane_size(tiles, channels), channels, panelWidth};
}
INLINE plane_layout in_panels(int64_t tiles, int64_t channels) {
  return (plane_layout){plane_size(tiles, channels), panelWidth, panelWidth * tiles};
}
INLINE int64_t channel_offset(plane_layout layout, int64_t channel) {
  return channel / panelWidth * layout.panelStep + channel % panelWidth;
}

/// One tile of x whose corner is (row, column), any part of it outside the image, to V.
/// `zeros`: 6*channels zeros, read in place of rows outside.
INLINE void input_tile(float *restrict v, plane_layout layout, const float *restrict x,
                       const float *restrict zeros, int64_t row, int64_t column, int64_t height,
                       int64_t width, int64_t channels) {
  const float *lines[side];
  int64_t first = max64(0, -column), last = min64(side, width - column);
  for (int r = 0; r < side; r++) {
    bool inside = row + r >= 0 && row + r < height;
    lines[r] = inside ? x + ((row + r) * width + column + first) * channels : zeros;
  }
  for (int64_t c = 0; c < channels; c += lanes) {
    v8 t[frequencies], d[side];
#pragma clang loop unroll(full)
    for (int s = 0; s < side; s++) {
      if (s >= first && s < last) {
        int64_t at = (s - first) * channels + c;
        for (int r = 0; r < side; r++) d[r] = CV8(lines[r] + at);
        input_column(t + s, side, d, 1);
      } else {
        for (int r = 0; r < side; r++) t[r * side + s] = 0;
      }
    }
    float *out = v + channel_offset(layout, c);
    for (int r = 0; r < side; r++) {
      input_column(d, 1, t + r * side, 1);
      for (int s = 0; s < side; s++) V8(out + (r * side + s) * layout.size) = d[s];
    }
  }
}

/// One tile of M to a 4x4 square of y whose corner is (row, column); the part outside is dropped.
INLINE void output_tile(float *restrict y, const float *restrict m, plane_layout layout,
                        int64_t row, int64_t column, int64_t height, int64_t width,
                        int64_t channels, int64_t stride) {
  int64_t rows = min64(outSide, height - row), columns = min64(outSide, width - column);
  for (int64_t c = 0; c < channels; c += lanes) {
    v8 t[outSide * side], d[side];
    const float *in = m + channel_offset(layout, c);
    for (int s = 0; s < side; s++) {
      for (int r = 0; r < side; r++) d[r] = CV8(in + (r * side + s) * layout.size);
      output_column(t + s, side, d, 1);
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < outSide; r++) {
      if (r >= rows) break;
      float *out = y + ((row + r) * width + column) * stride + c;
      output_column(d, 1, t + r * side, 1);
      if (columns == outSide) {
        for (int s = 0; s < outSide; s++) V8(out + s * stride) = d[s];
      } else {
        for (int64_t s = 0; s < columns; s++) V8(out + s * stride) = d[s];
      }
    }
  }
}

/// One 4x4 square of dy to a tile of dM.
INLINE void adjoint_tile(float *restrict dm, plane_layout layout, const float *restrict dy,
                         const float *restrict zeros, int64_t row, int64_t column, int64_t height,
                         int64_t width, int64_t channels) {
  const float *lines[outSide];
  int64_t last = min64(outSide, width - column);
  for (int r = 0; r < outSide; r++)
    lines[r] = row + r < height ? dy + ((row + r) * width + column) * channels : zeros;
  for (int64_t c = 0; c < channels; c += lanes) {
    v8 t[side * outSide], d[side];
#pragma clang loop unroll(full)
    for (int s = 0; s < outSide; s++) {
      if (s < last) {
        for (int r = 0; r < outSide; r++) d[r] = CV8(lines[r] + s * channels + c);
        adjoint_column(t + s, outSide, d, 1);
      } else {
        for (int r = 0; r < side; r++) t[r * outSide + s] = 0;
      }
    }
    float *out = dm + channel_offset(layout, c);
    for (int r = 0; r < side; r++) {
      adjoint_column(d, 1, t + r * outSide, 1);
      for (int s = 0; s < side; s++) V8(out + (r * side + s) * layout.size) = d[s];
    }
  }
}

CLONES void ck_winograd_input_stage(float *restrict v, const float *restrict x,
                                    const float *restrict zeros, const tile_group *restrict group,
                                    int64_t channels, bool panels) {
  int64_t height = group->height, width = group->width;
  plane_layout layout =
      panels ? in_panels(group->tiles, channels) : dense_rows(group->tiles, channels);
  for (int64_t n = 0; n < group->images; n++, x += height * width * channels)
    for (int64_t row = 0; row < height; row += outSide)
      for (int64_t column = 0; column < width; column += outSide, v += layout.tileStep)
        input_tile(v, layout, x, zeros, row - 1, column - 1, height, width, channels);
}

CLONES void ck_winograd_adjoint_stage(float *restrict dm, const float *restrict dy,
                                      const float *restrict zeros,
                                      const tile_group *restrict group, int64_t channels) {
  int64_t height = group->height, width = group->width;
  plane_layout layout = in_panels(group->tiles, channels);
  for (int64_t n = 0; n < group->images; n++, dy += height * width * channels)
    for (int64_t row = 0; row < height; row += outSide)
      for (int64_t column = 0; column < width; column += outSide, dm += layout.tileStep)
        adjoint_tile(dm, layout, dy, zeros, row, column, height, width, channels);
}

CLONES void ck_winograd_output_stage(float *restrict y, const float *restrict m,
                                     const tile_group *restrict group, int64_t channels,
                                     int64_t stride) {
  int64_t height = group->height, width = group->width;
  plane_layout layout = in_panels(group->tiles, channels);
  for (int64_t n = 0; n < group->images; n++, y += height * width * stride)
    for (int64_t row = 0; row < height; row += outSide)
      for (int64_t column = 0; column < width; column += outSide, m += layout.tileStep)
        output_tile(y, m, layout, row, column, height, width, channels, stride);
}

/// G w G^T of eight 3x3 squares of weights, whose taps lie `step` floats apart.
INLINE void weight_tile(float *restrict u, int64_t plane, const float *restrict w, int64_t step) {
  v8 square[9], t[frequencies], d[frequencies];
  for (int tap = 0; tap < 9; tap++) square[tap] = CV8(w + tap * step);
  for (int s = 0; s < 3; s++) weight_column(t + s, 3, square + s, 3);
  for (int r = 0; r < side; r++) weight_column(d + r * side, 1, t + r * 3, 1);
  for (int f = 0; f < frequencies; f++) V8(u + f * plane) = d[f];
}

/// Writes one line of 16 floats to every frequency of u. When all of u is more than the caches
/// keep, past them: an ordinary store would read each line from memory first.
INLINE void store_lines(float *restrict u, int64_t plane, const v4 *restrict lines) {
  enum { quarters = panelWidth / 4 };
  // Two loops: in one the compiler joins the two stores into an ordinary one.
  if (frequencies * plane > largestCached) {
    for (int f = 0; f < frequencies; f++)
      for (int i = 0; i < quarters; i++)
        __builtin_nontemporal_store(lines[f * quarters + i], (v4 *)(u + f * plane) + i);
  } else {
    for (int f = 0; f < frequencies; f++)
      for (int i = 0; i < quarters; i++) ((v4 *)(u + f * plane))[i] = lines[f * quarters + i];
  }
}

/// One panel of 16 output channels of u = G w G^T; `plane`: floats between frequencies.
INLINE void forward_panel(float *restrict u, int64_t plane, const float *restrict w,
                          int64_t channels, int64_t outChannels, int64_t panel) {
  v4 lines[frequencies * panelWidth / 4];
  for (int64_t c = 0; c < channels; c++) {
    const float *taps = w + c * outChannels + panel * panelWidth;
    for (int64_t half = 0; half < panelWidth; half += lanes)
      weight_tile((float *)lines + half, panelWidth, taps + half, channels * outChannels);
    store_lines(u + c * panelWidth, plane, lines);
  }
}

/// One panel of 16 input channels of the weights turned by 180 degrees.
INLINE void turned_panel(float *restrict u, int64_t plane, const float *restrict w,
                         int64_t channels, int64_t outChannels, int64_t panel) {
  v4 lines[frequencies * panelWidth / 4];
  float turned[9 * lanes * panelWidth];  // [tap][k][c]
  for (int64_t k = 0; k < outChannels; k += lanes) {
    for (int tap = 0; tap < 9; tap++)
      for (int64_t half = 0; half < panelWidth; half += lanes)
        transpose_square(turned + (8 - tap) * lanes * panelWidth + half, panelWidth,
                         w + (tap * channels + panel * panelWidth + half) * outChannels + k,
                         outChannels);
    for (int lane = 0; lane < lanes; lane++) {
      for (int64_t half = 0; half < panelWidth; half += lanes)
        weight_tile((float *)lines + half, panelWidth, turned + lane * panelWidth + half,
                    lanes * panelWidth);
      store_lines(u + (k + lane) * panelWidth, plane, lines);
    }
  }
}

CLONES void ck_winograd_weights_stage(float *restrict u, int64_t plane, const float *restrict w,
                                      int64_t channels, int64_t outChannels, int64_t first,
                                      int64_t last, bool turned) {
  for (int64_t panel = first; panel < last; panel++)
    if (turned) {
      turned_panel(u, plane, w, channels, outChannels, panel);
      u += panelWidth * outChannels;
    } else {
      forward_panel(u, plane, w, channels, outChannels, panel);
      u += panelWidth * channels;
    }
#if defined(__x86_64__)
  __builtin_ia32_sfence();  // other lanes read what was stored past the caches
#endif
}

CLONES void ck_winograd_weight_adjoint_stage(float *restrict dw, int64_t tapStride,
                                             int64_t rowStride, const float *restrict du,
                                             int64_t channels, int64_t outChannels,
                                             bool accumulate) {
  int64_t plane = plane_size(channels, outChannels);
  for (int64_t c = 0; c < channels; c++)
    for (int64_t k = 0; k < outChannels; k += lanes, du += lanes) {
      v8 d[frequencies], t[3 * side], square[9];
      float *out = dw + c * rowStride + k;
      for (int f = 0; f < frequencies; f++) d[f] = CV8(du + f * plane);
      for (int s = 0; s < side; s++) weight_adjoint_column(t + s, side, d + s, side);
      for (int r = 0; r < 3; r++) weight_adjoint_column(square + r * 3, 1, t + r * side, 1);
      for (int tap = 0; tap < 9; tap++) {
        v8 *to = &V8(out + tap * tapStride);
        *to = accumulate ? *to + square[tap] : square[tap];
      }
    }
}
