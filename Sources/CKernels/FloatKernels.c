#include "CKernels.h"

#include <string.h>

// One body, compiled once for each level: vectors of LANES floats, VECTORS of them side by side in a product's tile.
#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 16
#define VECTORS 4
#define NAMED(name) name##_avx512
// The mask is the same in all turns of a product's loop, so that nothing branches there.
#define MASK(left) (__mmask16)((left) >= 16 ? 0xffff : (1u << (left)) - 1)
#define LOAD(at, left) ((vector)_mm512_maskz_loadu_ps(MASK(left), at))
#define STORE(at, left, value) _mm512_mask_storeu_ps(at, MASK(left), (__m512)(value))
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"), min_vector_width(512))), apply_to = function)
#include "FloatBody.h"
#pragma clang attribute pop

#define LANES 8
#define VECTORS 2
#define NAMED(name) name##_avx2
#define MASK(left) \
    _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(left)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
#define LOAD(at, left) ((vector)((left) >= 8 ? _mm256_loadu_ps(at) : _mm256_maskload_ps(at, MASK(left))))
#define STORE(at, left, value) \
    do { \
        if ((left) >= 8) \
            _mm256_storeu_ps(at, (__m256)(value)); \
        else \
            _mm256_maskstore_ps(at, MASK(left), (__m256)(value)); \
    } while (0)
#pragma clang attribute push(__attribute__((target("avx2,fma"), min_vector_width(256))), apply_to = function)
#include "FloatBody.h"
#pragma clang attribute pop
#endif

// Any processor: four lanes, as SSE2 and NEON have them.
#define LANES 4
#define VECTORS 2
#define NAMED(name) name##_any
typedef float four __attribute__((ext_vector_type(4)));
static inline __attribute__((always_inline)) four some(const float *at, ptrdiff_t left) {
    four value = 0;
    if (left >= 4)
        memcpy(&value, at, sizeof value);
    else
        for (int lane = 0; lane < left; lane++) value[lane] = at[lane];
    return value;
}
#define LOAD(at, left) ((vector)some(at, left))
#define STORE(at, left, value) \
    do { \
        const vector stored = (value); \
        if ((left) >= 4) \
            memcpy(at, &stored, sizeof stored); \
        else \
            for (int lane = 0; lane < (left); lane++) (at)[lane] = stored[lane]; \
    } while (0)
// Vectors of eight lanes are handed to functions that are always inlined: there is no call whose convention matters.
#pragma clang diagnostic ignored "-Wpsabi"
#include "FloatBody.h"

#if defined(__x86_64__)
#define DISPATCH(name, ...) \
    (level == CK_LEVEL_AVX512 ? name##_avx512(__VA_ARGS__) \
        : level == CK_LEVEL_AVX2 ? name##_avx2(__VA_ARGS__) \
                                 : name##_any(__VA_ARGS__))
#else
#define DISPATCH(name, ...) ((void)level, name##_any(__VA_ARGS__))
#endif

void ck_float_product(
    int level, const float *left, ptrdiff_t rows, ptrdiff_t k, const float *right, ptrdiff_t n, const float *bias,
    float *product) {
    DISPATCH(float_product, left, rows, k, right, n, bias, product);
}

void ck_float_product_transposed(
    int level, const float *left, ptrdiff_t rows, ptrdiff_t n, const float *right, ptrdiff_t k, float *turned,
    float *product) {
    DISPATCH(float_transpose, right, k, n, turned);
    DISPATCH(float_product, left, rows, n, turned, k, NULL, product);
}

void ck_float_gradient(
    int level, const float *left, const float *right, ptrdiff_t rows, ptrdiff_t k, ptrdiff_t n, float *gradient,
    float *sums) {
    DISPATCH(float_gradient, left, right, rows, k, n, gradient, sums);
}

int ck_float_gather(
    int level, const double *rows, ptrdiff_t d, const ptrdiff_t *indices, ptrdiff_t count, float *block) {
    return DISPATCH(float_gather, rows, d, indices, count, block);
}

void ck_float_activate(int level, int rectifies, float *values, ptrdiff_t count) {
    DISPATCH(float_activate, rectifies, values, count);
}

void ck_float_activation_gradient(
    int level, int rectifies, const float *activated, float *gradient, ptrdiff_t count) {
    DISPATCH(float_activation_gradient, rectifies, activated, gradient, count);
}

void ck_float_deviations(
    int level, const float *heads, ptrdiff_t rows, ptrdiff_t d, float floor, float w, float *deviations) {
    DISPATCH(float_deviations, heads, rows, d, floor, w, deviations);
}

void ck_float_gaussian_losses(
    int level, const float *rows, float *heads, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d, float floor, float w,
    int writes, float scale, float *losses) {
    DISPATCH(float_gaussian_losses, rows, heads, n, samples, d, floor, w, writes, scale, losses);
}

void ck_float_posterior(
    int level, const float *heads, const float *noise, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d, float floor,
    float *deviations, float *slopes, float *divergences, float *draws) {
    DISPATCH(float_posterior, heads, noise, n, samples, d, floor, deviations, slopes, divergences, draws);
}

void ck_float_posterior_gradient(
    int level, float *heads, const float *noise, const float *draw_gradient, const float *deviations,
    const float *slopes, const float *weights, float beta, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d) {
    DISPATCH(
        float_posterior_gradient, heads, noise, draw_gradient, deviations, slopes, weights, beta, n, samples, d);
}

void ck_float_adam(
    int level, float *parameters, const float *gradient, float *first, float *second, ptrdiff_t count, float keep1,
    float take1, float keep2, float take2, float step, float unbias, float epsilon) {
    DISPATCH(float_adam, parameters, gradient, first, second, count, keep1, take1, keep2, take2, step, unbias, epsilon);
}

void ck_float_normals(int level, uint32_t *state, float *values, ptrdiff_t count) {
    DISPATCH(float_normals, state, values, count);
}
