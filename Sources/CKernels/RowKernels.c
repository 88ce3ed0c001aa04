#include "CKernels.h"

// Portable arithmetic: every entry is a chain of products and differences of its own, in the order of the rows, and no
// product is fused with a difference. The vector's width changes no bit.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)

#define LANES 8
#define NAMED(name) name##_avx512
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2"), min_vector_width(512))), apply_to = function)
#include "RowBody.h"
#pragma clang attribute pop
#undef LANES
#undef NAMED

#define LANES 4
#define NAMED(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2"), min_vector_width(256))), apply_to = function)
#include "RowBody.h"
#pragma clang attribute pop

void ck_subtract_rows(
    int level, const double *factors, const ptrdiff_t *rows, ptrdiff_t count, const double *matrix, ptrdiff_t columns,
    ptrdiff_t width, double *target) {
    if (level == CK_LEVEL_AVX512)
        subtract_avx512(factors, rows, count, matrix, columns, width, target);
    else if (level == CK_LEVEL_AVX2)
        subtract_avx2(factors, rows, count, matrix, columns, width, target);
    else
        __builtin_trap();
}

#else

void ck_subtract_rows(
    int level, const double *factors, const ptrdiff_t *rows, ptrdiff_t count, const double *matrix, ptrdiff_t columns,
    ptrdiff_t width, double *target) {
    (void)level, (void)factors, (void)rows, (void)count, (void)matrix, (void)columns, (void)width, (void)target;
    __builtin_trap();
}

#endif
