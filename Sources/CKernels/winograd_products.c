// The products between the transforms: one per frequency, over the channels or over the tiles.
#include "tile.h"
#include "winograd.h"

CLONES void ck_winograd_multiply_stage(float *restrict m, const float *restrict v,
                                       const float *restrict u, int64_t tiles, int64_t channels,
                                       int64_t outChannels, const memory_span soon[2]) {
  run whole = {0, 0, channels};
  int64_t calls = frequencies * outChannels / panelWidth * ceil_div(tiles, tileRows);
  fetcher first = make_fetcher(soon[0], calls), second = make_fetcher(soon[1], calls);
  for (int f = 0; f < frequencies; f++) {
    const float *a = v + f * plane_size(tiles, channels);
    const float *b = u + f * plane_size(channels, outChannels);
    float *c = m + f * plane_size(tiles, outChannels);
    for (int64_t k = 0; k < outChannels; k += panelWidth, b += channels * panelWidth)
      for (int64_t i = 0, rows; i < tiles; i += rows, c += rows * panelWidth) {
        const float *left[tileRows];
        float *out[tileRows];
        rows = tile_height(tiles - i);
        for (int64_t r = 0; r < rows; r++) {
          left[r] = a + (i + r) * channels;
          out[r] = c + r * panelWidth;
        }
        fetch_some(&first);
        fetch_some(&second);
#define TILE(rows) tile_nn(rows, out, left, b, panelWidth, &whole, 1, panelWidth, false)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
  }
}

CLONES void ck_winograd_multiply_adjoint_stage(float *restrict du, const float *restrict v,
                                               int64_t vPlane, const float *restrict dm,
                                               int64_t dmPlane, int64_t tiles, int64_t channels,
                                               int64_t outChannels, bool accumulate,
                                               const memory_span soon[2]) {
  run whole = {0, 0, tiles};
  int64_t calls = frequencies * outChannels / panelWidth * ceil_div(channels, tileRows);
  fetcher first = make_fetcher(soon[0], calls), second = make_fetcher(soon[1], calls);
  for (int f = 0; f < frequencies; f++) {
    const float *a = v + f * vPlane, *b = dm + f * dmPlane;
    float *c = du + f * plane_size(channels, outChannels);
    for (int64_t k = 0; k < outChannels; k += panelWidth)
      for (int64_t i = 0, rows; i < channels; i += rows) {
        int64_t inPanel = i % panelWidth;
        rows = tile_height(panelWidth - inPanel);
        const float *left = a + (i - inPanel) * tiles + inPanel;
        float *out = c + i * outChannels + k;
        fetch_some(&first);
        fetch_some(&second);
#define TILE(rows)                                                                        \
  tile_tn(rows, out, outChannels, left, panelWidth, b + k * tiles, panelWidth, &whole, 1, \
          panelWidth, accumulate)
        WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
      }
  }
}
