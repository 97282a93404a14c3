// Attention in tiles of 48 queries and up to 128 keys (Dao et al. 2022): softmax runs online over
// the key tiles, the way back computes every tile again from q, k and the saved log-sum-exp, so
// nothing of the size T x S ever exists. Keys and values are packed once per unit into the panels
// that the register tiles read, and serve all heads of the unit.
#include <math.h>

#include "rows.h"
#include "tile.h"

enum { queryTile = 48, keyTile = 128 };

INLINE int64_t padded(int64_t n) { return ceil_div(n, tileColumns) * tileColumns; }

/// Keys in a tile: even shares, so that 130 keys are two tiles of 80 and 50 instead of 128 and 2.
INLINE int64_t key_tile(int64_t keys) {
  return keys == 0 ? tileColumns : padded(ceil_div(keys, ceil_div(keys, keyTile)));
}

/// Keys that query i sees.
INLINE int64_t visible(const ck_attention_shape *restrict s, int64_t i) {
  return max64(0, min64(s->keys, i + s->offset + 1));
}

/// Panel j holds columns 16 j ... of x [rows, columns], all rows, zeros behind the last column.
INLINE void pack(float *restrict panels, const float *restrict x, int64_t ld, int64_t rows,
                 int64_t columns) {
  for (int64_t j = 0; j < columns; j += tileColumns)
    pack_panel(panels + j * rows, x + j, ld, rows, min64(tileColumns, columns - j));
}

/// The same of the transpose of x [rows, columns].
INLINE void pack_transposed(float *restrict panels, const float *restrict x, int64_t ld,
                            int64_t rows, int64_t columns) {
  for (int64_t j = 0; j < rows; j += tileColumns) {
    float *panel = panels + j * columns;
    int64_t count = min64(tileColumns, rows - j);
    if (count < tileColumns) zero(panel, tileColumns * columns);
    transpose(panel, tileColumns, x + j * ld, ld, count, columns);
  }
}

/// c[m, n] = (c +) a[m, k] b, b in panels `depth` rows deep.
INLINE void multiply(float *restrict c, int64_t ldc, const float *restrict a, int64_t lda,
                     const float *restrict panels, int64_t depth, int64_t m, int64_t n, int64_t k,
                     bool accumulate) {
  run whole = {0, 0, k};
  for (int64_t j = 0; j < n; j += tileColumns)
    for (int64_t i = 0, rows; i < m; i += rows) {
      rows = tile_height(m - i);
      const float *left[tileRows];
      float *out[tileRows];
      for (int64_t r = 0; r < rows; r++) {
        left[r] = a + (i + r) * lda;
        out[r] = c + (i + r) * ldc + j;
      }
#define TILE(rows)                                                                        \
  tile_nn(rows, out, left, panels + j * depth, tileColumns, &whole, 1,                    \
          min64(tileColumns, n - j), accumulate)
      WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
    }
}

/// c[m, n] += a^T b with a [k, m], b in panels k rows deep.
INLINE void add_transposed_product(float *restrict c, int64_t ldc, const float *restrict a,
                                   int64_t lda, const float *restrict panels, int64_t m, int64_t n,
                                   int64_t k) {
  run whole = {0, 0, k};
  for (int64_t j = 0; j < n; j += tileColumns)
    for (int64_t i = 0, rows; i < m; i += rows) {
      rows = tile_height(m - i);
#define TILE(rows)                                                                             \
  tile_tn(rows, c + i * ldc + j, ldc, a + i, lda, panels + j * k, tileColumns, &whole, 1,      \
          min64(tileColumns, n - j), true)
      WITH_CONSTANT_ROWS(rows, TILE);
#undef TILE
    }
}

int64_t ck_attention_scratch_count(const ck_attention_shape *restrict s) {
  int64_t byKey = padded(s->keys) * s->headSize, byFloat = padded(s->headSize) * s->keys;
  int64_t tiles = 2 * queryTile * (key_tile(s->keys) + padded(s->headSize));
  return 2 * (byKey + byFloat) + tiles + 4 * queryTile;
}

/// One tile of scores to weights e^(scale s - largest): updates the row's running maximum and sum
/// and scales what the earlier tiles left in o.
INLINE void soften(float *restrict p, int64_t count, int64_t width, float scale, bool isFirst,
                   float *restrict largest, float *restrict sum, float *restrict o,
                   int64_t headSize) {
  if (count > 0) {
    float top = row_max(p, count) * scale;
    top = top > *largest ? top : *largest;
    for (int64_t j = 0; j < count; j++) p[j] = exp1(p[j] * scale - top);
    float earlier = isFirst ? 0 : exp1(*largest - top);
    if (!isFirst)
      for (int64_t e = 0; e < headSize; e++) o[e] *= earlier;
    *sum = *sum * earlier + row_sum(p, count);
    *largest = top;
  }
  for (int64_t j = max64(0, count); j < width; j++) p[j] = 0;
}

CLONES void ck_attention_forward(float *restrict o, float *restrict lse, const float *restrict q,
                                 const float *restrict k, const float *restrict v,
                                 float *restrict scratch, int64_t first, int64_t last,
                                 const ck_attention_shape *restrict s) {
  int64_t keys = visible(s, last - 1), size = s->headSize, width = key_tile(s->keys);
  float *turnedKeys = scratch, *values = turnedKeys + padded(keys) * size;
  float *p = values + padded(size) * keys;
  pack_transposed(turnedKeys, k, s->ldk, keys, size);
  pack(values, v, s->ldv, keys, size);
  for (int64_t h = 0; h < s->heads; h++)
    for (int64_t i = first; i < last; i += queryTile) {
      int64_t rows = min64(queryTile, last - i), seen = visible(s, i + rows - 1);
      float largest[queryTile], sum[queryTile];
      float *out = o + i * s->ldo + h * size;
      for (int64_t r = 0; r < rows; r++) {
        largest[r] = -INFINITY;
        sum[r] = 0;
        if (seen == 0) zero(out + r * s->ldo, size);
      }
      for (int64_t j = 0; j < seen; j += width) {
        int64_t columns = min64(width, seen - j);
        multiply(p, width, q + i * s->ldq + h * size, s->ldq, turnedKeys + j * size, size, rows,
                 columns, size, false);
        for (int64_t r = 0; r < rows; r++)
          soften(p + r * width, min64(columns, visible(s, i + r) - j), columns, s->scale, j == 0,
                 largest + r, sum + r, out + r * s->ldo, size);
        multiply(out, s->ldo, p, width, values + j * tileColumns, keys, rows, size, columns,
                 j > 0);
      }
      for (int64_t r = 0; r < rows; r++) {
        float factor = sum[r] > 0 ? 1 / sum[r] : 0;
        for (int64_t e = 0; e < size; e++) out[r * s->ldo + e] *= factor;
        lse[h * s->queries + i + r] = largest[r] + logf(sum[r]);
      }
    }
}

CLONES void ck_attention_column_sums(float *restrict sums, const float *restrict lse,
                                     const float *restrict q, const float *restrict k,
                                     float *restrict scratch, int64_t first, int64_t last,
                                     const ck_attention_shape *restrict s) {
  int64_t keys = visible(s, last - 1), size = s->headSize, width = key_tile(s->keys);
  float *turnedKeys = scratch, *p = turnedKeys + padded(keys) * size;
  pack_transposed(turnedKeys, k, s->ldk, keys, size);
  for (int64_t h = 0; h < s->heads; h++)
    for (int64_t i = first; i < last; i += queryTile) {
      int64_t rows = min64(queryTile, last - i), seen = visible(s, i + rows - 1);
      for (int64_t j = 0; j < seen; j += width) {
        int64_t columns = min64(width, seen - j);
        multiply(p, width, q + i * s->ldq + h * size, s->ldq, turnedKeys + j * size, size, rows,
                 columns, size, false);
        for (int64_t r = 0; r < rows; r++) {
          float shift = lse[h * s->queries + i + r];
          int64_t count = min64(columns, visible(s, i + r) - j);
          for (int64_t c = 0; c < count; c++)
            sums[j + c] += exp1(p[r * width + c] * s->scale - shift);
        }
      }
    }
}

/// p = e^(scale s - lse) and ds = p (dp - dot) scale in place of s and dp, 0 where masked.
INLINE void soften_again(float *restrict p, float *restrict ds, int64_t count, int64_t width,
                         float scale, float lse, float dot) {
  for (int64_t j = 0; j < count; j++) {
    p[j] = exp1(p[j] * scale - lse);
    ds[j] = p[j] * (ds[j] - dot) * scale;
  }
  for (int64_t j = max64(0, count); j < width; j++) p[j] = ds[j] = 0;
}

/// dots[r] = sum of a[r] b[r], rows of `size` floats, `stride` apart.
INLINE void row_dots(float *restrict dots, const float *restrict a, const float *restrict b,
                     int64_t stride, int64_t rows, int64_t size) {
  for (int64_t r = 0; r < rows; r++, a += stride, b += stride) {
    float lane[8] = {0}, rest = 0;
    for (int64_t e = 0; e + 8 <= size; e += 8)
      for (int l = 0; l < 8; l++) lane[l] += a[e + l] * b[e + l];
    for (int64_t e = size / 8 * 8; e < size; e++) rest += a[e] * b[e];
    for (int l = 0; l < 8; l++) rest += lane[l];
    dots[r] = rest;
  }
}

CLONES void ck_attention_backward(float *restrict dq, float *restrict dk, float *restrict dv,
                                  int64_t ldg, const float *restrict o,
                                  const float *restrict dout, const float *restrict lse,
                                  const float *restrict q, const float *restrict k,
                                  const float *restrict v, float *restrict scratch, int64_t first,
                                  int64_t last, const ck_attention_shape *restrict s) {
  int64_t keys = first < last ? visible(s, last - 1) : 0, size = s->headSize;
  int64_t width = key_tile(s->keys);
  float *turnedKeys = scratch, *turnedValues = turnedKeys + padded(keys) * size;
  float *keyPanels = turnedValues + padded(keys) * size;
  float *queryPanels = keyPanels + padded(size) * keys;
  float *outPanels = queryPanels + padded(size) * queryTile;
  float *p = outPanels + padded(size) * queryTile, *ds = p + queryTile * width;
  pack_transposed(turnedKeys, k, s->ldk, keys, size);
  pack_transposed(turnedValues, v, s->ldv, keys, size);
  pack(keyPanels, k, s->ldk, keys, size);
  for (int64_t j = 0; j < s->keys; j++) {
    zero(dk + j * ldg, size);
    zero(dv + j * ldg, size);
  }
  for (int64_t h = 0; h < s->heads; h++)
    for (int64_t i = first; i < last; i += queryTile) {
      int64_t rows = min64(queryTile, last - i), seen = visible(s, i + rows - 1);
      const float *query = q + i * s->ldq + h * size, *sums = lse + h * s->queries + i;
      const float *out = o + i * s->ldo + h * size, *dOut = dout + i * s->ldo + h * size;
      float *dQuery = dq + i * s->ldq + h * size, dot[queryTile];
      row_dots(dot, out, dOut, s->ldo, rows, size);
      for (int64_t r = 0; seen == 0 && r < rows; r++) zero(dQuery + r * s->ldq, size);
      pack(queryPanels, query, s->ldq, rows, size);
      pack(outPanels, dOut, s->ldo, rows, size);
      for (int64_t j = 0; j < seen; j += width) {
        int64_t columns = min64(width, seen - j);
        multiply(p, width, query, s->ldq, turnedKeys + j * size, size, rows, columns, size, false);
        multiply(ds, width, dOut, s->ldo, turnedValues + j * size, size, rows, columns, size,
                 false);
        for (int64_t r = 0; r < rows; r++)
          soften_again(p + r * width, ds + r * width, min64(columns, visible(s, i + r) - j),
                       columns, s->scale, sums[r], dot[r]);
        multiply(dQuery, s->ldq, ds, width, keyPanels + j * tileColumns, keys, rows, size, columns,
                 j > 0);
        add_transposed_product(dv + j * ldg, ldg, p, width, outPanels, columns, size, rows);
        add_transposed_product(dk + j * ldg, ldg, ds, width, queryPanels, columns, size,
                               rows);
      }
    }
}
