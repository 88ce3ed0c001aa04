// Dense layers, activations, Gaussian losses and draws of the autoencoder in single precision: local arithmetic, whose last
// bits depend on the level. Matrices lie row by row, nothing need be aligned, arrays of one call do not overlap. Nothing
// here allocates, keeps a pointer or has state; shapes are the caller's duty. Every function runs at any level up to
// ck_level(), CK_LEVEL_NONE included.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// product (rows x n) = left (rows x k) right (k x n) + bias (n), which may be null.
void ck_float_product(
    int level, const float *left, ptrdiff_t rows, ptrdiff_t k, const float *right, ptrdiff_t n, const float *bias,
    float *product);

/// product (rows x k) = left (rows x n) right^T for right (k x n); turned is scratch of n k floats.
void ck_float_product_transposed(
    int level, const float *left, ptrdiff_t rows, ptrdiff_t n, const float *right, ptrdiff_t k, float *turned,
    float *product);

/// gradient (k x n) = left^T right and sums (n) = the column sums of right, for left (rows x k), right (rows x n), rows > 0.
void ck_float_gradient(
    int level, const float *left, const float *right, ptrdiff_t rows, ptrdiff_t k, ptrdiff_t n, float *gradient,
    float *sums);

/// block (count x d) = the given rows of d doubles, rounded. Returns whether one of them is NaN.
int ck_float_gather(
    int level, const double *rows, ptrdiff_t d, const ptrdiff_t *indices, ptrdiff_t count, float *block);

/// values = max(values, 0) where `rectifies`, else tanh.
void ck_float_activate(int level, int rectifies, float *values, ptrdiff_t count);

/// gradient times the activation's derivative, from the activated values.
void ck_float_activation_gradient(
    int level, int rectifies, const float *activated, float *gradient, ptrdiff_t count);

/// The standard deviations (rows x d) of heads (rows x 2 d: means, then a): with s = ln(1 + e^a), floor + s where w is 0,
/// else floor + w (1 - e^(-s/w)).
void ck_float_deviations(
    int level, const float *heads, ptrdiff_t rows, ptrdiff_t d, float floor, float w, float *deviations);

/// -ln N(x | mean, diag sigma^2) of `samples` n heads (2 d each), head j n + r for row r < n of `rows` (n x d); cells that are
/// NaN have no part. Where `writes`, the heads become their gradients times `scale`.
void ck_float_gaussian_losses(
    int level, const float *rows, float *heads, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d, float floor, float w,
    int writes, float scale, float *losses);

/// From heads (n x 2 d: m, then s) h = ln(1 + e^s) + floor and dh/ds (n x d), KL(N(m, diag h^2) || N(0, I)) (n), and the draws
/// m + h v for `samples` n rows of d normals v; without samples neither normals nor draws are looked at.
void ck_float_posterior(
    int level, const float *heads, const float *noise, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d, float floor,
    float *deviations, float *slopes, float *divergences, float *draws);

/// The heads become the gradient of sum_r weights_r (loss_r + beta KL_r), given that with respect to the draws.
void ck_float_posterior_gradient(
    int level, float *heads, const float *noise, const float *draw_gradient, const float *deviations,
    const float *slopes, const float *weights, float beta, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d);

/// One step of Adam: means first = keep1 first + take1 g and second = keep2 second + take2 g^2, then
/// parameters -= step first / (sqrt(unbias second) + epsilon).
void ck_float_adam(
    int level, float *parameters, const float *gradient, float *first, float *second, ptrdiff_t count, float keep1,
    float take1, float keep2, float take2, float step, float unbias, float epsilon);

/// Standard normals from 32 words of state, eight lanes of xoshiro128+: four words of the first kind for all lanes, and so on.
/// They come in sixteens; what `count` cuts off is lost. The same uniform numbers at every level.
void ck_float_normals(int level, uint32_t *state, float *values, ptrdiff_t count);
