// Runs every kernel of CKernels over random shapes, in buffers of exactly the sizes that its
// comment promises, for a sanitizer to watch. Results are compared with the definitions elsewhere
// (ComputeTests); the hash of all of them, printed at the end, is equal for instruction sets that
// promise the same bits.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "CKernels.h"

static uint64_t state = 1;
static uint64_t next_random(void) {
  uint64_t z = state += 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}
static int64_t below(int64_t count) { return (int64_t)(next_random() % (uint64_t)count); }

/// 1, primes, and both sides of the widths of vectors and tiles.
static int64_t size(void) {
  static const int64_t sizes[] = {1, 2, 3, 5, 6, 7, 8, 9, 13, 15, 16, 17, 31, 32, 33, 47, 64, 65};
  return sizes[below(sizeof sizes / sizeof *sizes)];
}

/// Buffers of one round; all are freed at its end.
static struct {
  unsigned char *start;
  int64_t count;
} held[256];
static int heldCount;
static uint64_t resultHash = 0xCBF29CE484222325;
static void *bytes(int64_t count) {
  if (heldCount == 256) abort();
  held[heldCount].count = count;
  return held[heldCount++].start = memset(malloc((size_t)count), 0, (size_t)count);
}
/// Takes what the round's buffers hold into the hash (FNV-1a) and frees them.
static void end_round(void) {
  while (heldCount > 0) {
    heldCount--;
    for (int64_t i = 0; i < held[heldCount].count; i++)
      resultHash = (resultHash ^ held[heldCount].start[i]) * 0x100000001B3;
    free(held[heldCount].start);
  }
}
static float *floats(int64_t count) {
  float *x = bytes(count * 4);
  for (int64_t i = 0; i < count; i++) x[i] = (float)below(2001) / 1000 - 1;
  return x;
}
static double *doubles(int64_t count) { return bytes(count * 8); }

static void products(void) {
  int64_t m = below(3) ? size() : 0, n = size(), k = below(4) ? size() * below(20) : 0;
  int64_t pad = below(3);
  // The last row of a matrix ends with its last element, whatever lies between rows.
  float *a = floats(m ? (m - 1) * (k + pad) + k : 0), *b = floats(k ? (k - 1) * (n + pad) + n : 0);
  float *c = floats(m ? (m - 1) * (n + pad) + n : 0);
  ck_gemm(c, n + pad, a, k + pad, b, n + pad, m, n, k, below(2));
  float *turned = floats(k ? (k - 1) * (m + pad) + m : 0);
  ck_gemm_tn(c, n + pad, turned, m + pad, b, n + pad, m, n, k, below(2));
  ck_transpose(floats(m * n), floats(m * n), m, n);
  ck_squared_distances(floats(m * n), floats(m * k), floats(n * k), m, n, k);
  ck_squared_distances_grad(floats(m * k), floats(m * n), n, 1, floats(m * k), floats(n * k), m, n,
                            k);
}

static ck_conv_shape conv_shape(bool isDepthwise) {
  ck_conv_shape s;
  do {
    s.height = 1 + below(12), s.width = 1 + below(12);
    s.kernelHeight = 1 + below(5), s.kernelWidth = 1 + below(5);
    s.stride = 1 + below(3), s.padding = below(3);
    s.channels = size(), s.outChannels = isDepthwise ? s.channels : size();
  } while (s.height + 2 * s.padding < s.kernelHeight || s.width + 2 * s.padding < s.kernelWidth);
  s.outHeight = (s.height + 2 * s.padding - s.kernelHeight) / s.stride + 1;
  s.outWidth = (s.width + 2 * s.padding - s.kernelWidth) / s.stride + 1;
  return s;
}

static void convolutions(void) {
  ck_conv_shape s = conv_shape(false);
  int64_t n = below(7), taps = s.kernelHeight * s.kernelWidth;
  int64_t in = n * s.height * s.width * s.channels;
  int64_t out = n * s.outHeight * s.outWidth * s.outChannels, weights = taps * s.channels;
  float *x = floats(in), *y = floats(out), *w = floats(weights * s.outChannels);
  float *packed = floats(ck_conv_packed_count(&s)), *scratch = floats(ck_conv_scratch_count(&s, n));
  ck_conv_pack_forward(packed, w, &s, 0, (s.outChannels + 15) / 16);
  ck_conv_forward(y, x, packed, scratch, n, &s);
  ck_conv_pack_data_grad(packed, w, &s, 0, (s.channels + 15) / 16);
  ck_conv_data_grad(x, y, packed, scratch, n, &s);
  ck_conv_weight_grad(w, x, y, scratch, n, &s);

  s = conv_shape(true);
  taps = s.kernelHeight * s.kernelWidth;
  x = floats(n * s.height * s.width * s.channels);
  y = floats(n * s.outHeight * s.outWidth * s.channels);
  w = floats(taps * s.channels);
  ck_depthwise_forward(y, x, w, n, &s);
  ck_depthwise_data_grad(x, y, w, n, &s);
  ck_depthwise_weight_grad(w, x, y, n, &s);
}

static void winograd(void) {
  int64_t n = 1 + below(9), h = 1 + below(11), wd = 1 + below(11), c = 16 * (1 + below(5));
  int64_t k = 16 * (1 + below(5));
  float *x = floats(n * h * wd * c), *y = floats(n * h * wd * k), *w = floats(9 * c * k);
  float *u = floats(ck_winograd_weights_count(c, k));
  float *scratch = floats(ck_winograd_scratch_count(n, h, wd, c, k));
  ck_winograd_weights(u, w, c, k, 0, k / 16, false);
  ck_winograd_conv(y, x, u, scratch, n, h, wd, c, k);
  ck_winograd_weights(u, w, c, k, 0, c / 16, true);
  ck_winograd_conv(x, y, u, scratch, n, h, wd, k, c);
  ck_winograd_weight_grad(w, x, y, scratch, n, h, wd, c, k);
  ck_winograd_batch batch = {n, h, wd, c, k};
  float *v = floats(ck_winograd_spread_count(&batch, c));
  float *dm = floats(ck_winograd_spread_count(&batch, k));
  float *block = floats(ck_winograd_block_scratch_count());
  for (int64_t i = 0; i < n; i++) {
    ck_winograd_spread(v, x, floats(6 * c), &batch, false, i, i + 1);
    ck_winograd_spread(dm, y, floats(6 * k), &batch, true, i, i + 1);
  }
  for (int64_t i = 0; i < ck_winograd_block_count(&batch); i++)
    ck_winograd_weight_grad_block(w, v, dm, block, &batch, i, below(2));
}

static void channels(void) {
  int64_t rows = below(4) ? size() * (1 + below(5)) : 0, c = size();
  float *x = floats(rows * c), *y = floats(rows * c), *dy = floats(rows * c), *k = floats(c);
  float *optional = below(2) ? floats(rows * c) : NULL;
  ck_channel_moments(doubles(c), doubles(c), x, k, rows, c);
  ck_scale_shift(y, x, k, k, optional, rows, c, below(2));
  ck_scale_shift(x, x, k, k, optional, rows, c, below(2));
  ck_batchnorm_backward_sums(doubles(c), doubles(c), dy, x, below(2) ? y : NULL, k, k, k, rows, c,
                             below(2));
  ck_batchnorm_backward(dy, optional, dy, x, below(2) ? y : NULL, k, k, k, k, k, k, rows, c,
                        below(2));
}

static void images(void) {
  int64_t n = below(4), h = 1 + below(9), w = 1 + below(9), c = size();
  int64_t oh = (h - 1) / 2 + 1, ow = (w - 1) / 2 + 1;
  float *x = floats(n * h * w * c), *y = floats(n * oh * ow * c);
  uint8_t *winners = bytes(n * oh * ow * c);
  ck_max_pool(y, winners, x, n, h, w, c);
  ck_max_pool_grad(x, y, winners, n, h, w, c);
  ck_mean_pool(floats(n * c), x, n, h * w, c);
  ck_mean_pool_grad(x, floats(n * c), n, h * w, c);
  uint8_t *pixels = memset(bytes(n * c * h * w), 7, (size_t)(n * c * h * w));
  ck_placement *places = bytes(n * (int64_t)sizeof(ck_placement));
  for (int64_t i = 0; i < n; i++)
    places[i] = (ck_placement){(int32_t)below(9) - 4, (int32_t)below(9) - 4, (int32_t)below(2)};
  ck_normalise_images(x, pixels, floats(c), floats(c), below(2) ? places : NULL, n, c, h, w);
  ck_rotate_images(floats(n * h * w * c), x, floats(n), floats(c), n, h, w, c);
}

static void rows(void) {
  int64_t r = below(4) ? size() : 0, c = size(), n = r * c;
  float *x = floats(n), *y = floats(n);
  int32_t *labels = bytes(r * 4);
  for (int64_t i = 0; i < r; i++) labels[i] = (int32_t)below(c);
  ck_scale(y, x, 2, n);
  ck_axpy(y, x, 0.5f, n);
  ck_add_bias(y, x, floats(c), r, c);
  ck_column_sums(floats(c), x, r, c, below(2));
  ck_sum(x, n);
  ck_softmax(x, x, r, c);
  ck_softmax_cross_entropy(floats(r), below(2) ? y : NULL, x, labels, r, c, 0.1f);
  float *v = floats(n);
  for (int64_t i = 0; i < n; i++) v[i] *= v[i];
  ck_sgd(floats(n), floats(n), x, n, 0.1f, 0.9f, 0.01f);
  ck_adam(floats(n), floats(n), v, x, n, 0.1f, 0.9f, 0.99f, 1e-8f, 0.01f, 0.1f, 0.01f);
  ck_adamw(floats(n), floats(n), v, x, n, 0.1f, 0.9f, 0.99f, 1e-8f, 0.01f, 0.1f, 0.01f);
}

static void transformers(void) {
  int64_t r = below(4) ? size() : 0, c = size(), n = r * c;
  float *x = floats(n), *y = floats(n), *w = floats(c), *stats = floats(r), *means = floats(r);
  for (int32_t kind = ck_gelu; kind <= ck_elu; kind++) {
    ck_activation(y, x, n, kind);
    ck_activation_grad(y, y, x, n, kind);
    ck_gated(y, floats(2 * n), r, c, kind);
    ck_gated_grad(floats(2 * n), y, floats(2 * n), r, c, kind);
  }
  ck_dropout(y, x, n, below(1000), next_random(), 1u << 31, 2);
  ck_finish_rows(y, below(2) ? w : NULL, below(2) ? x : NULL, r, c);
  if (r > 0) ck_transpose_rows(floats(n), r, x, c, r, c);
  ck_sum_squares(x, n);
  ck_layer_norm(y, means, stats, x, w, floats(c), r, c, 1e-5f);
  ck_layer_norm_grad(y, floats(c), floats(c), y, x, means, stats, w, r, c);
  ck_rms_norm(y, stats, x, w, r, c, 1e-5f);
  ck_rms_norm_grad(y, floats(c), y, x, stats, w, r, c);
  float *unit = floats(n);
  ck_unit_rows(unit, stats, x, r, c);
  ck_unit_rows_grad(y, y, unit, stats, r, c);

  int64_t words = 1 + below(9);
  int32_t *ids = bytes(r * 4);
  for (int64_t i = 0; i < r; i++) ids[i] = (int32_t)below(words);
  ck_embedding(y, floats(words * c), ids, r, c);
  ck_embedding_grad(floats(words * c), y, ids, r, c, c / 3, c);
  int64_t heads = 1 + below(3), headSize = 2 * size(), period = 1 + below(20);
  float *tables = floats(period * headSize / 2);
  ck_rotate_pairs(floats(r * heads * headSize), tables, tables, below(period), r, period,
                  heads * headSize, heads, headSize, below(2), below(2));
}

static void attention(void) {
  int64_t t = size(), keys = size(), heads = 1 + below(3), e = size();
  ck_attention_shape s = {.queries = t, .keys = keys, .heads = heads, .headSize = e};
  s.ldq = s.ldo = heads * e, s.ldk = s.ldv = e;
  s.offset = below(2) ? keys : below(keys + t) - t, s.scale = 0.3f;
  float *q = floats(t * heads * e), *k = floats(keys * e), *v = floats(keys * e);
  float *o = floats(t * heads * e), *lse = floats(heads * t);
  float *scratch = floats(ck_attention_scratch_count(&s));
  int64_t middle = below(t + 1);
  ck_attention_forward(o, lse, q, k, v, scratch, 0, middle, &s);
  ck_attention_forward(o, lse, q, k, v, scratch, middle, t, &s);
  float *dq = floats(t * heads * e), *dout = floats(t * heads * e);
  float *share = floats(keys * e);
  ck_attention_backward(dq, share, floats(keys * e), e, o, dout, lse, q, k, v, scratch, 0, middle,
                        &s);
  ck_attention_backward(dq, share, floats(keys * e), e, o, dout, lse, q, k, v, scratch, middle, t,
                        &s);
  ck_attention_column_sums(floats(keys), lse, q, k, scratch, 0, t, &s);
  ck_attention_context context = {.keys = below(keys + 1), .temperature = 0.5f, .scale = 0.8f};
  ck_attention_rows(o, floats(heads * t * keys), q, k, v, &s, &context);
}

static void panels(void) {
  int64_t m = below(4) ? size() : 0, n = size(), k = size() * (1 + below(9));
  float *w = floats((n + 15) / 16 * 16 * k);
  ck_panel_product(floats(m * n), n, floats(m * k), k, w, m, n, k);
  int32_t *ids = bytes(m * 4);
  for (int64_t i = 0; i < m; i++) ids[i] = (int32_t)below(n);
  ck_panel_columns(floats(m * k), w, ids, m, k);
}

/// Any bytes are sound blocks.
static uint8_t *blocks(int64_t count, int64_t size) {
  uint8_t *x = bytes(count * size);
  for (int64_t i = 0; i < count * size; i++) x[i] = (uint8_t)below(256);
  return x;
}

static void quantized(void) {
  int64_t n = below(5);
  ck_dequantize_q4_0(bytes(n * 128), blocks(n, ck_q4_0_bytes), n);
  ck_dequantize_q4_1(bytes(n * 128), blocks(n, ck_q4_1_bytes), n);
  ck_dequantize_q5_0(bytes(n * 128), blocks(n, ck_q5_0_bytes), n);
  ck_dequantize_q5_1(bytes(n * 128), blocks(n, ck_q5_1_bytes), n);
  ck_dequantize_q8_0(bytes(n * 128), blocks(n, ck_q8_0_bytes), n);
  ck_dequantize_q4_k(bytes(n * 1024), blocks(n, ck_q4_k_bytes), n);
  ck_dequantize_q6_k(bytes(n * 1024), blocks(n, ck_q6_k_bytes), n);
  ck_widen_f16(bytes(n * 4), blocks(n, 2), n);
  ck_widen_bf16(bytes(n * 4), blocks(n, 2), n);
}

static void block_products(void) {
  int64_t rows = size(), columns = 32 * (1 + below(5)), groups = (rows + 15) / 16;
  float *x = floats(columns), *y = floats(groups * 16), *sums = floats(columns / 32);
  float *scaled = floats(columns);
  ck_block_vector(scaled, sums, x, columns);
  uint8_t *q4 = bytes(ck_q4_1_group_bytes(rows, columns));
  ck_q4_1_group(q4, blocks(rows * columns / 32, ck_q4_1_bytes), rows, columns);
  ck_q4_1_product(y, q4, scaled, sums, groups, columns);
  uint8_t *q8 = bytes(ck_q8_0_group_bytes(rows, columns));
  ck_q8_0_group(q8, blocks(rows * columns / 32, ck_q8_0_bytes), rows, columns);
  ck_q8_0_product(y, q8, x, groups, columns);
}

int main(int count, char **arguments) {
  int rounds = count > 1 ? atoi(arguments[1]) : 300;
  void (*const families[])(void) = {products, convolutions, winograd, channels,
                                      images,   rows,         transformers, attention,
                                      quantized, panels,      block_products};
  int familyCount = sizeof families / sizeof *families;
  for (int round = 0; round < rounds; round++)
    for (int family = 0; family < familyCount; family++) {
      families[family]();
      end_round();
    }
  printf("%d rounds of %d families: no complaint, results %016llx\n", rounds, familyCount,
         (unsigned long long)resultHash);
  return 0;
}
