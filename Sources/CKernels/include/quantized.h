/// Kernels of block-quantised weights, under the rules of CKernels.h, which includes this file.
///
/// A block is 32 or 256 weights of one row behind common scales. `d` and `m` are IEEE half floats,
/// everything is little-endian. Each weight takes one product and one sum, each rounded: never a
/// fused one, so that every machine reads the same weights.
#pragma once
#include "CKernels.h"

/// Bytes of one block, and its weights.
enum {
  ck_q4_0_bytes = 18,
  ck_q4_1_bytes = 20,
  ck_q5_0_bytes = 22,
  ck_q5_1_bytes = 24,
  ck_q8_0_bytes = 34,
  ck_q4_k_bytes = 144,
  ck_q6_k_bytes = 210,
};

/// y[i] = d (q[i] - 8), y[i+16] = d (p[i] - 8): q the low and p the high nibbles of 16 bytes behind
/// d. 32 weights a block.
CK_KERNEL(void, ck_dequantize_q4_0, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// y[i] = d q[i] + m, y[i+16] = d p[i] + m. 32 weights a block.
CK_KERNEL(void, ck_dequantize_q4_1, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// As Q4_0 with a fifth bit for each weight in a word of 32 bits before the nibbles, less 16.
CK_KERNEL(void, ck_dequantize_q5_0, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// As Q4_1 with a fifth bit for each weight in a word of 32 bits before the nibbles.
CK_KERNEL(void, ck_dequantize_q5_1, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// y[i] = d q[i], q signed bytes. 32 weights a block.
CK_KERNEL(void, ck_dequantize_q8_0, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// y = (d s) q - (m t): eight groups of 32 weights with scales s and t of six bits in 12 bytes
/// behind d and m; two groups share 32 bytes of nibbles. 256 weights a block.
CK_KERNEL(void, ck_dequantize_q4_k, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// y = (d s) (q - 32): 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales of
/// 16 weights each, then d. 256 weights a block.
CK_KERNEL(void, ck_dequantize_q6_k, float *restrict y, const uint8_t *restrict x, int64_t blocks);
/// IEEE half floats, subnormals included.
CK_KERNEL(void, ck_widen_f16, float *restrict y, const uint8_t *restrict x, int64_t count);
/// The upper halves of floats.
CK_KERNEL(void, ck_widen_bf16, float *restrict y, const uint8_t *restrict x, int64_t count);
