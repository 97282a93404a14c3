// Direct convolution in NHWC. Two ways to fill the six rows of a tile:
//
// - pixels: one image is copied into a zero-padded scratch and the rows are neighbouring output
//   pixels; all of them have the same taps, at the same distances.
// - images: at small maps (2x2, 4x4) the rows are the same pixel of six images, and taps that
//   fall outside the map are left out: at 2x2 these are 5 of 9.
//
// Left-out taps only add zeros, and both ways take taps and channels in the same order, so both
// give the same bits and the caller may cut the batch where it likes.
#include "tile.h"

enum { maxTaps = 128, smallMapPixels = 16, leastImagesAsRows = 4, leastBlockPixels = 64 };

int64_t ck_conv_packed_count(const ck_conv_shape *restrict s) {
  int64_t taps = s->kernelHeight * s->kernelWidth;
  int64_t forward = ceil_div(s->outChannels, tileColumns) * s->channels;
  int64_t backward = ceil_div(s->channels, tileColumns) * s->outChannels;
  return taps * tileColumns * max64(forward, backward);
}

CLONES void ck_conv_pack_forward(float *restrict packed, const float *restrict w,
                                 const ck_conv_shape *restrict s, int64_t first, int64_t last) {
  int64_t rows = s->kernelHeight * s->kernelWidth * s->channels, k = s->outChannels;
  for (int64_t panel = first; panel < last; panel++)
    pack_panel(packed + panel * rows * tileColumns, w + panel * tileColumns, k, rows,
               min64(tileColumns, k - panel * tileColumns));
}

CLONES void ck_conv_pack_data_grad(float *restrict packed, const float *restrict w,
                                   const ck_conv_shape *restrict s, int64_t first, int64_t last) {
  int64_t taps = s->kernelHeight * s->kernelWidth, c = s->channels, k = s->outChannels;
  for (int64_t panel = first; panel < last; panel++)
    for (int64_t tap = 0; tap < taps; tap++) {
      float *to = packed + (panel * taps + tap) * k * tileColumns;
      int64_t i = panel * tileColumns, columns = min64(tileColumns, c - i);
      if (columns < tileColumns) zero(to, k * tileColumns);
      transpose(to, tileColumns, w + (tap * c + i) * k, k, columns, k);
    }
}

/// A zero-padded copy of one image: its size, and where the image's corner lies in it.
typedef struct {
  int64_t height, width, top, left;
} padded_map;

/// Padding for the forward pass and the weight gradient: what the taps of all outputs touch.
INLINE padded_map padded_input(const ck_conv_shape *s) {
  return (padded_map){(s->outHeight - 1) * s->stride + s->kernelHeight,
                      (s->outWidth - 1) * s->stride + s->kernelWidth, s->padding, s->padding};
}

/// Padding of dy for the data gradient: input row h takes output rows (h + padding - r) / stride.
INLINE padded_map padded_output(const ck_conv_shape *s) {
  int64_t top = ceil_div(max64(0, s->kernelHeight - 1 - s->padding), s->stride);
  int64_t left = ceil_div(max64(0, s->kernelWidth - 1 - s->padding), s->stride);
  int64_t lastRow = max64(s->outHeight - 1, (s->height - 1 + s->padding) / s->stride);
  int64_t lastColumn = max64(s->outWidth - 1, (s->width - 1 + s->padding) / s->stride);
  return (padded_map){top + lastRow + 1, left + lastColumn + 1, top, left};
}

INLINE bool images_as_rows(const ck_conv_shape *s, int64_t images) {
  return images >= leastImagesAsRows && s->outHeight * s->outWidth <= smallMapPixels;
}

int64_t ck_conv_scratch_count(const ck_conv_shape *restrict s, int64_t images) {
  padded_map in = padded_input(s), out = padded_output(s);
  int64_t pixels = s->height * s->width, outPixels = s->outHeight * s->outWidth;
  int64_t copies = max64(in.height * in.width * s->channels + outPixels * tileColumns,
                         out.height * out.width * s->outChannels);
  int64_t packed = images * (pixels * s->channels + outPixels * tileColumns);
  return max64(copies, images_as_rows(s, images) ? packed : 0);
}

/// Copies an image into the middle of its padded map, whose border is already zero.
INLINE void fill_padded(float *restrict padded, padded_map map, const float *restrict x,
                        int64_t height, int64_t width, int64_t channels) {
  int64_t rows = min64(height, map.height - map.top);
  int64_t count = min64(width, map.width - map.left) * channels;
  for (int64_t i = 0; i < rows; i++) {
    float *to = padded + ((i + map.top) * map.width + map.left) * channels;
    const float *from = x + i * width * channels;
    for (int64_t j = 0; j < count; j++) to[j] = from[j];
  }
}

/// The taps that some output takes, as runs of one inner sum; neighbours in memory are joined.
typedef struct {
  run runs[maxTaps];
  int64_t count;
} tap_list;

INLINE void add_tap(tap_list *taps, int64_t a, int64_t b, int64_t count) {
  if (taps->count > 0) {
    run *last = taps->runs + taps->count - 1;
    if (last->a + last->count == a && last->b + last->count * tileColumns == b) {
      last->count += count;
      return;
    }
  }
  taps->runs[taps->count++] = (run){a, b, count};
}

/// What is fetched while an image is computed: the next image's input, and of an output what is
/// written now (forward) or next (data gradient), or the next image's dy (weight gradient).
typedef struct {
  fetcher input, other;
} upcoming;

INLINE upcoming make_upcoming(const float *input, int64_t inputCount, const float *other,
                              int64_t otherCount, int64_t calls) {
  return (upcoming){make_fetcher((memory_span){input, inputCount}, calls),
                    make_fetcher((memory_span){other, otherCount}, calls)};
}
INLINE void fetch_upcoming(upcoming *soon) {
  fetch_some(&soon->input);
  fetch_some(&soon->other);
}

/// Outputs with equal taps: `rows` x `columns` of them, with the distances between neighbours in
/// the input (a) and in the output (c).
typedef struct {
  int64_t rows, columns, aRow, aColumn, cRow, cColumn;
} output_grid;

/// c = sum over the taps for every output of the grid and all `channels` of the output.
/// `panelSize`: floats of one packed panel of 16 output channels. Fetches `soon` meanwhile.
INLINE void run_grid(float *c, const float *a, const float *packed, int64_t panelSize,
                     int64_t channels, output_grid grid, const tap_list *taps,
                     upcoming *soon) {
  int64_t outputs = grid.rows * grid.columns;
  for (int64_t j = 0; j < channels; j += tileColumns, packed += panelSize) {
    int64_t columns = min64(tileColumns, channels - j), row = 0, column = 0;
    for (int64_t i = 0, rows; i < outputs; i += rows) {
      const float *left[tileRows];
      float *out[tileRows];
      rows = tile_height(outputs - i);
      for (int64_t r = 0; r < rows; r++) {
        left[r] = a + row * grid.aRow + column * grid.aColumn;
        out[r] = c + row * grid.cRow + column * grid.cColumn + j;
        if (++column == grid.columns) column = 0, row++;
      }
      fetch_upcoming(soon);
#define TILE(rows) \
  tile_nn(rows, out, left, packed, tileColumns, taps->runs, taps->count, columns, false)
      WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
    }
  }
}

CLONES void ck_conv_forward(float *restrict y, const float *restrict x,
                            const float *restrict packed, float *restrict scratch, int64_t images,
                            const ck_conv_shape *restrict s) {
  int64_t c = s->channels, k = s->outChannels, st = s->stride;
  int64_t panelSize = s->kernelHeight * s->kernelWidth * c * tileColumns;
  int64_t inSize = s->height * s->width * c, outSize = s->outHeight * s->outWidth * k;
  upcoming nothing = {{0, 0, 0}, {0, 0, 0}};
  if (images_as_rows(s, images)) {
    for (int64_t pixel = 0; pixel < s->outHeight * s->outWidth; pixel++) {
      int64_t top = pixel / s->outWidth * st - s->padding;
      int64_t left = pixel % s->outWidth * st - s->padding;
      tap_list taps = {.count = 0};
      for (int64_t tap = 0; tap < s->kernelHeight * s->kernelWidth; tap++) {
        int64_t row = top + tap / s->kernelWidth, column = left + tap % s->kernelWidth;
        if (row < 0 || row >= s->height || column < 0 || column >= s->width) continue;
        add_tap(&taps, (row * s->width + column) * c, tap * c * tileColumns, c);
      }
      output_grid grid = {1, images, 0, inSize, 0, outSize};
      run_grid(y + pixel * k, x, packed, panelSize, k, grid, &taps, &nothing);
    }
    return;
  }
  padded_map map = padded_input(s);
  tap_list taps = {.count = 0};
  for (int64_t tap = 0; tap < s->kernelHeight * s->kernelWidth; tap++)
    add_tap(&taps, (tap / s->kernelWidth * map.width + tap % s->kernelWidth) * c,
            tap * c * tileColumns, c);
  output_grid grid = {s->outHeight, s->outWidth, st * map.width * c, st * c, s->outWidth * k, k};
  int64_t tiles = ceil_div(s->outHeight * s->outWidth, tileRows) * ceil_div(k, tileColumns);
  zero(scratch, map.height * map.width * c);
  for (int64_t n = 0; n < images; n++) {
    upcoming soon = make_upcoming(x + (n + 1) * inSize, n + 1 < images ? inSize : 0,
                                  y + n * outSize, outSize, tiles);
    fill_padded(scratch, map, x + n * inSize, s->height, s->width, c);
    run_grid(y + n * outSize, scratch, packed, panelSize, k, grid, &taps, &soon);
  }
}

/// The taps of input pixels (row, column) and the offset of each in dy (a map `width` wide): the
/// output rows are (row + padding - r) / stride where that is whole, and inside when `inside`.
INLINE tap_list adjoint_taps(const ck_conv_shape *s, int64_t row, int64_t column, int64_t width,
                             bool inside) {
  int64_t k = s->outChannels, st = s->stride;
  tap_list taps = {.count = 0};
  for (int64_t tap = 0; tap < s->kernelHeight * s->kernelWidth; tap++) {
    int64_t i = row + s->padding - tap / s->kernelWidth;
    int64_t j = column + s->padding - tap % s->kernelWidth;
    if (i % st != 0 || j % st != 0) continue;
    i /= st;
    j /= st;
    if (inside && (i < 0 || i >= s->outHeight || j < 0 || j >= s->outWidth)) continue;
    add_tap(&taps, (i * width + j) * k, tap * k * tileColumns, k);
  }
  return taps;
}

CLONES void ck_conv_data_grad(float *restrict dx, const float *restrict dy,
                              const float *restrict packed, float *restrict scratch,
                              int64_t images, const ck_conv_shape *restrict s) {
  int64_t c = s->channels, k = s->outChannels, st = s->stride;
  int64_t panelSize = s->kernelHeight * s->kernelWidth * k * tileColumns;
  int64_t inSize = s->height * s->width * c, outSize = s->outHeight * s->outWidth * k;
  upcoming nothing = {{0, 0, 0}, {0, 0, 0}};
  if (images_as_rows(s, images)) {
    for (int64_t pixel = 0; pixel < s->height * s->width; pixel++) {
      tap_list taps =
          adjoint_taps(s, pixel / s->width, pixel % s->width, s->outWidth, true);
      output_grid grid = {1, images, 0, outSize, 0, inSize};
      run_grid(dx + pixel * c, dy, packed, panelSize, c, grid, &taps, &nothing);
    }
    return;
  }
  padded_map map = padded_output(s);
  int64_t tiles = ceil_div(s->height * s->width, tileRows) * ceil_div(c, tileColumns);
  zero(scratch, map.height * map.width * k);
  for (int64_t n = 0; n < images; n++) {
    upcoming soon = make_upcoming(dy + (n + 1) * outSize, n + 1 < images ? outSize : 0,
                                  dx + (n + 1) * inSize, n + 1 < images ? inSize : 0, tiles);
    fill_padded(scratch, map, dy + n * outSize, s->outHeight, s->outWidth, k);
    const float *corner = scratch + (map.top * map.width + map.left) * k;
    for (int64_t phase = 0; phase < st * st; phase++) {
      int64_t row = phase / st, column = phase % st;
      if (row >= s->height || column >= s->width) continue;
      tap_list taps = adjoint_taps(s, row, column, map.width, false);
      output_grid grid = {ceil_div(s->height - row, st), ceil_div(s->width - column, st),
                          map.width * k, k, st * s->width * c, st * c};
      run_grid(dx + n * inSize + (row * s->width + column) * c, corner, packed, panelSize, c, grid,
               &taps, &soon);
    }
  }
}

/// dw[0..<rows, column..<column + 16] (+)= sum over the lines of a^T dy. The rows of A start at
/// `a + i*blockStride` with `lda` floats between steps, or are dense blocks when `lda` is 0.
INLINE void weight_grad_panel(float *dw, int64_t rows, int64_t column, int64_t channels,
                              const float *a, int64_t lda, int64_t blockStride, const float *dy,
                              int64_t ldb, const tap_list *lines, bool accumulate,
                              upcoming *soon) {
  int64_t columns = min64(tileColumns, channels - column);
  for (int64_t i = 0, height; i < rows; i += height) {
    height = tile_height(rows - i);
    float *out = dw + i * channels + column;
    const float *left = a + i * blockStride;
    int64_t stride = lda ? lda : height;
    fetch_upcoming(soon);
#define TILE(rows)                                                                          \
  tile_tn(rows, out, channels, left, stride, dy, ldb, lines->runs, lines->count, columns,   \
          accumulate)
    WITH_CONSTANT_ROWS(height, TILE);
#undef TILE
  }
}

/// Weight gradient of images as rows: the inner sum runs over the images, pixel by pixel. x is
/// copied to [pixel][block of channels][image][channel of the block], and 16 channels of dy at a
/// time to [pixel][image][16], so that both are read in order.
INLINE void weight_grad_small_map(float *dw, const float *x, const float *dy, float *scratch,
                                  int64_t images, const ck_conv_shape *s) {
  int64_t c = s->channels, k = s->outChannels;
  int64_t pixels = s->height * s->width, outPixels = s->outHeight * s->outWidth;
  float *left = scratch, *right = scratch + images * pixels * c;
  upcoming nothing = {{0, 0, 0}, {0, 0, 0}};
  for (int64_t pixel = 0; pixel < pixels; pixel++)
    for (int64_t i = 0, height; i < c; i += height) {
      height = tile_height(c - i);
      for (int64_t n = 0; n < images; n++) {
        const float *from = x + (n * pixels + pixel) * c + i;
        for (int64_t b = 0; b < height; b++) *left++ = from[b];
      }
    }
  for (int64_t column = 0; column < k; column += tileColumns) {
    for (int64_t pixel = 0; pixel < outPixels; pixel++)
      pack_panel(right + pixel * images * tileColumns, dy + pixel * k + column, outPixels * k,
                 images, min64(tileColumns, k - column));
    for (int64_t tap = 0; tap < s->kernelHeight * s->kernelWidth; tap++) {
      tap_list lines = {.count = 0};
      for (int64_t pixel = 0; pixel < outPixels; pixel++) {
        int64_t row = pixel / s->outWidth * s->stride + tap / s->kernelWidth - s->padding;
        int64_t line = pixel % s->outWidth * s->stride + tap % s->kernelWidth - s->padding;
        if (row < 0 || row >= s->height || line < 0 || line >= s->width) continue;
        lines.runs[lines.count++] =
            (run){(row * s->width + line) * images * c, pixel * images * tileColumns, images};
      }
      weight_grad_panel(dw + tap * c * k, c, column, k, scratch, 0, images, right, tileColumns,
                        &lines, false, &nothing);
    }
  }
}

CLONES void ck_conv_weight_grad(float *restrict dw, const float *restrict x,
                                const float *restrict dy, float *restrict scratch, int64_t images,
                                const ck_conv_shape *restrict s) {
  int64_t c = s->channels, k = s->outChannels, st = s->stride;
  if (images_as_rows(s, images)) {
    weight_grad_small_map(dw, x, dy, scratch, images, s);
    return;
  }
  padded_map map = padded_input(s);
  int64_t step = max64(1, min64(maxTaps, leastBlockPixels / s->outWidth));
  int64_t outPixels = s->outHeight * s->outWidth, fullColumns = k - k % tileColumns;
  float *tail = scratch + map.height * map.width * c;  // the last columns of dy, 16 wide
  int64_t inSize = s->height * s->width * c, row = s->kernelWidth * c;
  int64_t tiles = ceil_div(s->outHeight, step) * s->kernelHeight * ceil_div(k, tileColumns) *
                  ceil_div(row, tileRows);
  zero(scratch, map.height * map.width * c);
  for (int64_t n = 0; n < images; n++, dy += outPixels * k) {
    bool isLast = n + 1 == images;
    upcoming soon = make_upcoming(x + (n + 1) * inSize, isLast ? 0 : inSize, dy + outPixels * k,
                                  isLast ? 0 : outPixels * k, tiles);
    fill_padded(scratch, map, x + n * inSize, s->height, s->width, c);
    if (fullColumns < k) pack_panel(tail, dy + fullColumns, k, outPixels, k - fullColumns);
    // A block of output rows stays in L1 while all of dw passes over it.
    for (int64_t block = 0; block < s->outHeight; block += step)
      for (int64_t r = 0; r < s->kernelHeight; r++)
        for (int64_t column = 0; column < k; column += tileColumns) {
          bool full = column < fullColumns;
          int64_t ldb = full ? k : tileColumns;
          tap_list lines = {.count = 0};
          for (int64_t i = block; i < min64(block + step, s->outHeight); i++)
            lines.runs[lines.count++] =
                (run){(i * st + r) * map.width * c, i * s->outWidth * ldb, s->outWidth};
          weight_grad_panel(dw + r * row * k, row, column, k,
                            scratch, st * c, 1, full ? dy + column : tail, ldb, &lines,
                            n > 0 || block > 0, &soon);
        }
  }
}
