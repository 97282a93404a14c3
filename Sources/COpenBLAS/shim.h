#pragma once
#include <cblas.h>

// The library is loaded when it is needed, not linked: these are the types of what is asked of it.
typedef __typeof__(cblas_sgemm) *openblas_sgemm;
typedef __typeof__(cblas_sgemv) *openblas_sgemv;
typedef __typeof__(openblas_get_corename) *openblas_corename;
typedef __typeof__(openblas_set_num_threads) *openblas_set_threads;
