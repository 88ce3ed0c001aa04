#include "CKernels.h"

#include <stdint.h>
#include <string.h>

// One body, compiled once for each level: vectors of LANES doubles, STRIP of them side by side in the E-step, tiles of
// CK_TILE x COLUMNS sums in the M-step, as many as the level has registers for.
#if defined(__x86_64__)

#define LANES 8
#define STRIP 4
#define COLUMNS 4
#define NAMED(name) name##_avx512
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"), min_vector_width(512))), apply_to = function)
#include "KernelBody.h"
#pragma clang attribute pop
#undef LANES
#undef STRIP
#undef COLUMNS
#undef NAMED

#define LANES 4
#define STRIP 2
#define COLUMNS 2
#define NAMED(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"), min_vector_width(256))), apply_to = function)
#include "KernelBody.h"
#pragma clang attribute pop

int ck_level(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("fma"))
        return CK_LEVEL_AVX512;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? CK_LEVEL_AVX2 : CK_LEVEL_NONE;
}

#define DISPATCH(name, ...) \
    do { \
        if (level == CK_LEVEL_AVX512) return name##_avx512(__VA_ARGS__); \
        if (level == CK_LEVEL_AVX2) return name##_avx2(__VA_ARGS__); \
        __builtin_trap(); \
    } while (0)

#else

int ck_level(void) { return CK_LEVEL_NONE; }

#define DISPATCH(name, ...) \
    do { \
        (void)level; \
        __builtin_trap(); \
    } while (0)

#endif

void ck_panels(int level, const double *rows, ptrdiff_t count, ptrdiff_t d, double *panels) {
    DISPATCH(panels, rows, count, d, panels);
}

void ck_densities(
    int level, const double *panels, ptrdiff_t panel_count, ptrdiff_t d, ptrdiff_t patterns, const double *tiles,
    ptrdiff_t stride, const double *centres, const double *constants, double *densities) {
    DISPATCH(densities, panels, panel_count, d, patterns, tiles, stride, centres, constants, densities);
}

double ck_log_sums(
    int level, const double *densities, ptrdiff_t count, ptrdiff_t patterns, double *powers, double *log_sums,
    double *reciprocals) {
    DISPATCH(log_sums, densities, count, patterns, powers, log_sums, reciprocals);
}

void ck_responsibilities(
    int level, const double *densities, ptrdiff_t count, ptrdiff_t patterns, const double *log_sums,
    const double *reciprocals, double *powers, double *sums) {
    DISPATCH(responsibilities, densities, count, patterns, log_sums, reciprocals, powers, sums);
}

void ck_moments(
    int level, const double *panels, ptrdiff_t count, ptrdiff_t d, ptrdiff_t patterns, const double *responsibilities,
    double *stores, double *store_weights, ptrdiff_t *store_counts, double *means, double *scatters) {
    DISPATCH(
        moments, panels, count, d, patterns, responsibilities, stores, store_weights, store_counts, means, scatters);
}

void ck_flush(
    int level, ptrdiff_t d, ptrdiff_t patterns, double *stores, double *store_weights, ptrdiff_t *store_counts,
    double *means, double *scatters) {
    DISPATCH(flush, d, patterns, stores, store_weights, store_counts, means, scatters);
}
