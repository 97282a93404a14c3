/// What the kernel files share: the clone attribute and vector types.
#pragma once
#include "CKernels.h"

/// Compiles a kernel for AVX-512, for AVX2 + FMA and for plain x86-64; the loader picks one (an
/// ifunc). With CK_BASELINE there is one compilation, for what the compiler was told. Not
/// "arch=x86-64-v4": with it the compiler prefers vectors of 256 bits.
#if defined(__x86_64__) && !defined(CK_BASELINE)
#define CLONES __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
/// Helpers are always inlined, so that they take the instruction set of the clone around them.
#define INLINE static inline __attribute__((always_inline))

/// Eight and sixteen floats at any address. The compiler maps them to the registers it has; a
/// product and a sum in one expression become one FMA where FMA exists.
typedef float v8 __attribute__((ext_vector_type(8), aligned(4)));
typedef float v16 __attribute__((ext_vector_type(16), aligned(4)));
#define V8(p) (*(v8 *)(p))
#define V16(p) (*(v16 *)(p))
#define CV8(p) (*(const v8 *)(p))
#define CV16(p) (*(const v16 *)(p))

INLINE int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
/// a / b rounded up, b > 0, a >= 0.
INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
INLINE void zero(float *restrict x, int64_t n) {
  for (int64_t i = 0; i < n; i++) x[i] = 0;
}

/// A stretch of memory that is needed soon.
typedef struct {
  const float *start;
  int64_t count;
} memory_span;

/// Fetches a span into the second-level cache, a few lines a call, while a product computes: a
/// product leaves the memory idle, and the stage that comes next would wait for it.
typedef struct {
  const float *next;
  int64_t remaining, floatsPerCall;
} fetcher;

enum { lineFloats = 16 };

INLINE fetcher make_fetcher(memory_span span, int64_t calls) {
  int64_t lines = ceil_div(ceil_div(span.count, lineFloats), max64(1, calls));
  return (fetcher){span.start, span.count, lines * lineFloats};
}
INLINE void fetch_some(fetcher *restrict fetch) {
  int64_t count = min64(fetch->floatsPerCall, fetch->remaining);
  for (int64_t i = 0; i < count; i += lineFloats) __builtin_prefetch(fetch->next + i, 0, 2);
  fetch->next += count;
  fetch->remaining -= count;
}
