// The fused E-step, score and statistics of a Gaussian mixture: local arithmetic in wide vectors. At the end, sums of
// rows in portable arithmetic.
//
// Rows come in superblocks of up to CK_ROWS, stored as panels of CK_PANEL rows: panel[column * CK_PANEL + row], columns
// padded with zeros to a multiple of CK_TILE, rows beyond the last one zero. Every buffer starts at a multiple of 64
// bytes, `rows` excepted. Nothing here allocates, keeps a pointer or has state; shapes are the caller's duty.
//
// Every function takes the level it is to run at, at most ck_level(): the tests compare them with each other.
#pragma once
#include <stddef.h>

#include "FloatKernels.h"

enum {
    CK_PANEL = 32,
    CK_ROWS = 256,
    // Distance between patterns in densities and responsibilities: no power of two, which would share cache sets.
    CK_LEADING = 264,
    CK_TILE = 4,
};

enum {
    CK_LEVEL_NONE = 0,
    CK_LEVEL_AVX2 = 1,
    CK_LEVEL_AVX512 = 2,
};

/// The best level of this processor; CK_LEVEL_NONE where there are no kernels for it, and none may be called.
int ck_level(void);

/// Panels of `count` <= CK_ROWS row-major rows of `d` columns.
void ck_panels(int level, const double *rows, ptrdiff_t count, ptrdiff_t d, double *panels);

/// constants[k] - |R_k x - c_k|^2 / 2 into densities[k * CK_LEADING + row], for all rows of the panels.
///
/// tiles: for each k at k * stride, R_k (upper triangular) four rows at a time: for every column from the tile's first on,
/// up to its fourth even where it lies beyond d, the four entries of that column. centres: c_k padded with zeros to the
/// tiles' rows, k after k. A square over 1e300, or none at all, counts as 1e300.
void ck_densities(
    int level, const double *panels, ptrdiff_t panel_count, ptrdiff_t d, ptrdiff_t patterns, const double *tiles,
    ptrdiff_t stride, const double *centres, const double *constants, double *densities);

/// ln sum_k exp(densities) of each row into log_sums, exp(density - largest of the row) into powers, and
/// 1 / sum_k powers into reciprocals, 0 for rows from `count` on. Returns the sum of the log_sums of `count` rows.
double ck_log_sums(
    int level, const double *densities, ptrdiff_t count, ptrdiff_t patterns, double *powers, double *log_sums,
    double *reciprocals);

/// Turns powers into responsibilities r and raises sums[4 k ...] by the sums of r, r^2, r ln r, and to the largest r.
void ck_responsibilities(
    int level, const double *densities, ptrdiff_t count, ptrdiff_t patterns, const double *log_sums,
    const double *reciprocals, double *powers, double *sums);

/// Raises mean_k by sum r x and scatter_k by sum r x x^T, upper triangle, over the rows with r > 1e-13.
///
/// A pattern that holds at least half of the rows takes them as they lie. Of another one they are copied to its store, and
/// added when that holds CK_ROWS rows. Shapes, with w = d padded to tiles: stores patterns * w * CK_ROWS,
/// store_weights patterns * CK_ROWS, store_counts patterns, means patterns * w, scatters patterns * w * w.
void ck_moments(
    int level, const double *panels, ptrdiff_t count, ptrdiff_t d, ptrdiff_t patterns, const double *responsibilities,
    double *stores, double *store_weights, ptrdiff_t *store_counts, double *means, double *scatters);

/// Adds what the stores hold and empties them.
void ck_flush(
    int level, ptrdiff_t d, ptrdiff_t patterns, double *stores, double *store_weights, ptrdiff_t *store_counts,
    double *means, double *scatters);

/// target[i] -= factors[0] * matrix[rows[0] * columns + i] + ..., one row after the other, for i < width.
///
/// Unlike all above, the same bits at every level. `matrix` may begin within a row; nothing need be aligned.
void ck_subtract_rows(
    int level, const double *factors, const ptrdiff_t *rows, ptrdiff_t count, const double *matrix, ptrdiff_t columns,
    ptrdiff_t width, double *target);
