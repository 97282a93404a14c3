#include "rows.h"

const char *ck_level(void) {
#if defined(__x86_64__) && !defined(CK_BASELINE)
  return __builtin_cpu_supports("x86-64-v3") ? "x86-64-v3" : "baseline";
#else
  return "baseline";
#endif
}

CLONES void ck_scale(float *y, const float *x, float alpha, int64_t n) {
  ELEMENTWISE
  for (int64_t i = 0; i < n; i++) y[i] = alpha * x[i];
}

CLONES void ck_axpy(float *restrict y, const float *restrict x, float alpha, int64_t n) {
  for (int64_t i = 0; i < n; i++) y[i] += alpha * x[i];
}

CLONES void ck_add_bias(float *y, const float *x, const float *restrict bias, int64_t rows,
                        int64_t columns) {
  for (int64_t r = 0; r < rows; r++, x += columns, y += columns) {
    ELEMENTWISE
    for (int64_t c = 0; c < columns; c++) y[c] = x[c] + bias[c];
  }
}

CLONES void ck_column_sums(float *restrict y, const float *restrict x, int64_t rows,
                           int64_t columns, bool accumulate) {
  if (!accumulate)
    for (int64_t c = 0; c < columns; c++) y[c] = 0;
  for (int64_t r = 0; r < rows; r++, x += columns)
    for (int64_t c = 0; c < columns; c++) y[c] += x[c];
}

CLONES double ck_sum(const float *restrict x, int64_t n) {
  float lanes[32] = {0};
  double sum = 0;
  int64_t i = 0;
  for (; i + 32 <= n; i += 32)
    for (int j = 0; j < 32; j++) lanes[j] += x[i + j];
  for (; i < n; i++) sum += x[i];
  for (int j = 0; j < 32; j++) sum += lanes[j];
  return sum;
}

