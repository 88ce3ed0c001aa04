// The kernels at one level: CKernels.c includes this once for each, with LANES, STRIP, COLUMNS and NAMED defined.

#define vector NAMED(vector)
#define four NAMED(four)
#define integers NAMED(integers)
typedef double vector __attribute__((ext_vector_type(LANES)));
typedef double four __attribute__((ext_vector_type(4)));
typedef uint64_t integers __attribute__((ext_vector_type(LANES)));
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

INLINE vector NAMED(load)(const double *at) { return *(const vector *)at; }
INLINE void NAMED(store)(double *at, vector value) { *(vector *)at = value; }
#define load NAMED(load)
#define store NAMED(store)

INLINE ptrdiff_t NAMED(padded)(ptrdiff_t d) { return (d + CK_TILE - 1) / CK_TILE * CK_TILE; }
#define padded NAMED(padded)

// e^x within 2 ulp for -300 <= x <= 700; 0 below, so that no product of two results is denormal.
INLINE vector NAMED(exponential)(vector x) {
    const double shift = 0x1.8p52;
    vector shifted = x * 1.442695040888963387 + shift;
    vector k = shifted - shift;
    vector r = (x - k * LN2_HIGH) - k * LN2_LOW;
    vector p = (vector)(1.0 / 6227020800);
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r + 1;
    p = p * r + 1;
    integers bits;
    integers power;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&power, &p, sizeof power);
    power += bits << 52;
    memcpy(&p, &power, sizeof p);
    return x < -300.0 ? (vector)0 : p;
}

// ln x of normal positive x, within 2 ulp: the fdlibm polynomial.
INLINE vector NAMED(logarithm)(vector x) {
    integers bits;
    memcpy(&bits, &x, sizeof bits);
    bits += (uint64_t)(0x3ff00000 - 0x3fe6a09e) << 32;
    integers exponent = (bits >> 52) | 0x4330000000000000;
    integers fraction = (bits & 0x000fffffffffffff) + ((uint64_t)0x3fe6a09e << 32);
    vector k;
    vector f;
    memcpy(&k, &exponent, sizeof k);
    memcpy(&f, &fraction, sizeof f);
    k -= 0x1p52 + 1023;
    f -= 1;
    vector half_square = 0.5 * f * f;
    vector s = f / (2 + f);
    vector z = s * s;
    vector w = z * z;
    vector even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    vector odd = z
        * (6.666666666666735130e-01
           + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    vector low = s * (half_square + (even + odd)) + k * LN2_LOW;
    return low - half_square + f + k * LN2_HIGH;
}

// Four columns of four rows into a panel.
INLINE void NAMED(turn)(const double *from, ptrdiff_t d, double *to) {
    four row[4];
    UNROLL for (int r = 0; r < 4; r++) memcpy(&row[r], from + r * d, sizeof row[r]);
    const four even[2] = {
        __builtin_shufflevector(row[0], row[1], 0, 4, 2, 6), __builtin_shufflevector(row[2], row[3], 0, 4, 2, 6)};
    const four odd[2] = {
        __builtin_shufflevector(row[0], row[1], 1, 5, 3, 7), __builtin_shufflevector(row[2], row[3], 1, 5, 3, 7)};
    *(four *)to = __builtin_shufflevector(even[0], even[1], 0, 1, 4, 5);
    *(four *)(to + CK_PANEL) = __builtin_shufflevector(odd[0], odd[1], 0, 1, 4, 5);
    *(four *)(to + 2 * CK_PANEL) = __builtin_shufflevector(even[0], even[1], 2, 3, 6, 7);
    *(four *)(to + 3 * CK_PANEL) = __builtin_shufflevector(odd[0], odd[1], 2, 3, 6, 7);
}

static void NAMED(panels)(const double *rows, ptrdiff_t count, ptrdiff_t d, double *panels) {
    const ptrdiff_t width = padded(d);
    for (ptrdiff_t first = 0; first < count; first += CK_PANEL, panels += width * CK_PANEL) {
        const ptrdiff_t filled = count - first < CK_PANEL ? count - first : CK_PANEL;
        const double *from = rows + first * d;
        if (filled < CK_PANEL || d < width) memset(panels, 0, sizeof(double) * (size_t)(width * CK_PANEL));
        ptrdiff_t row = 0;
        for (; row + 4 <= filled; row += 4) {
            ptrdiff_t i = 0;
            for (; i + 4 <= d; i += 4) NAMED(turn)(from + row * d + i, d, panels + i * CK_PANEL + row);
            for (; i < d; i++)
                UNROLL for (int r = 0; r < 4; r++) panels[i * CK_PANEL + row + r] = from[(row + r) * d + i];
        }
        for (; row < filled; row++)
            for (ptrdiff_t i = 0; i < d; i++) panels[i * CK_PANEL + row] = from[row * d + i];
    }
}

// STRIP vectors of rows against one factor.
INLINE void NAMED(strip_densities)(
    const double *x, ptrdiff_t d, const double *tile, const double *centre, double constant, double *result) {
    vector square[STRIP];
    UNROLL for (int v = 0; v < STRIP; v++) square[v] = 0;
    for (ptrdiff_t j = 0; j < d; j += CK_TILE) {
        vector t[CK_TILE][STRIP];
        UNROLL for (int b = 0; b < CK_TILE; b++)
            UNROLL for (int v = 0; v < STRIP; v++) t[b][v] = -centre[j + b];
        const double *column = x + j * CK_PANEL;
        UNROLL for (int a = 0; a < CK_TILE; a++) {
            UNROLL for (int b = 0; b <= a; b++)
                UNROLL for (int v = 0; v < STRIP; v++) t[b][v] += tile[b] * load(column + v * LANES);
            column += CK_PANEL;
            tile += CK_TILE;
        }
        for (ptrdiff_t i = j + CK_TILE; i < d; i++) {
            UNROLL for (int v = 0; v < STRIP; v++) {
                const vector value = load(column + v * LANES);
                UNROLL for (int b = 0; b < CK_TILE; b++) t[b][v] += tile[b] * value;
            }
            column += CK_PANEL;
            tile += CK_TILE;
        }
        UNROLL for (int b = 0; b < CK_TILE; b++)
            UNROLL for (int v = 0; v < STRIP; v++) square[v] += t[b][v] * t[b][v];
    }
    UNROLL for (int v = 0; v < STRIP; v++) {
        // The comparison is false for NaN too.
        const vector held = square[v] < 1e300 ? square[v] : (vector)1e300;
        store(result + v * LANES, constant - 0.5 * held);
    }
}

static void NAMED(densities)(
    const double *panels, ptrdiff_t panel_count, ptrdiff_t d, ptrdiff_t patterns, const double *tiles,
    ptrdiff_t stride, const double *centres, const double *constants, double *densities) {
    const ptrdiff_t width = padded(d);
    for (ptrdiff_t panel = 0; panel < panel_count; panel++)
        for (ptrdiff_t k = 0; k < patterns; k++)
            for (ptrdiff_t row = 0; row < CK_PANEL; row += STRIP * LANES)
                NAMED(strip_densities)(
                    panels + panel * width * CK_PANEL + row, d, tiles + k * stride, centres + k * width, constants[k],
                    densities + k * CK_LEADING + panel * CK_PANEL + row);
}

static double NAMED(log_sums)(
    const double *densities, ptrdiff_t count, ptrdiff_t patterns, double *powers, double *log_sums,
    double *reciprocals) {
    double total = 0;
    for (ptrdiff_t row = 0; row < count; row += LANES) {
        vector largest = load(densities + row);
        for (ptrdiff_t k = 1; k < patterns; k++) {
            const vector value = load(densities + k * CK_LEADING + row);
            largest = value > largest ? value : largest;
        }
        vector sum = 0;
        for (ptrdiff_t k = 0; k < patterns; k++) {
            const vector power = NAMED(exponential)(load(densities + k * CK_LEADING + row) - largest);
            store(powers + k * CK_LEADING + row, power);
            sum += power;
        }
        const vector log_sum = largest + NAMED(logarithm)(sum);
        store(log_sums + row, log_sum);
        vector reciprocal = 1.0 / sum;
        for (int lane = 0; lane < LANES; lane++) {
            if (row + lane < count) {
                total += log_sum[lane];
            } else {
                reciprocal[lane] = 0;
            }
        }
        store(reciprocals + row, reciprocal);
    }
    return total;
}

static void NAMED(responsibilities)(
    const double *densities, ptrdiff_t count, ptrdiff_t patterns, const double *log_sums, const double *reciprocals,
    double *powers, double *sums) {
    for (ptrdiff_t k = 0; k < patterns; k++) {
        const double *density = densities + k * CK_LEADING;
        double *power = powers + k * CK_LEADING;
        vector weights = 0;
        vector squares = 0;
        vector logs = 0;
        vector most = 0;
        for (ptrdiff_t row = 0; row < count; row += LANES) {
            const vector r = load(power + row) * load(reciprocals + row);
            store(power + row, r);
            weights += r;
            squares += r * r;
            logs += r * (load(density + row) - load(log_sums + row));
            most = r > most ? r : most;
        }
        for (int lane = 0; lane < LANES; lane++) {
            sums[4 * k] += weights[lane];
            sums[4 * k + 1] += squares[lane];
            sums[4 * k + 2] += logs[lane];
            if (most[lane] > sums[4 * k + 3]) sums[4 * k + 3] = most[lane];
        }
    }
}

// target[b] += the sum of the lanes of sums[b], for COLUMNS vectors of a tile's row.
INLINE void NAMED(add_lane_sums)(const vector *sums, double *target) {
#if LANES == 8
    const vector ab = __builtin_shufflevector(sums[0], sums[1], 0, 8, 2, 10, 4, 12, 6, 14)
        + __builtin_shufflevector(sums[0], sums[1], 1, 9, 3, 11, 5, 13, 7, 15);
    const vector cd = __builtin_shufflevector(sums[2], sums[3], 0, 8, 2, 10, 4, 12, 6, 14)
        + __builtin_shufflevector(sums[2], sums[3], 1, 9, 3, 11, 5, 13, 7, 15);
    const vector four = __builtin_shufflevector(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13)
        + __builtin_shufflevector(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
    UNROLL for (int b = 0; b < COLUMNS; b++) target[b] += four[b] + four[b + 4];
#else
    UNROLL for (int b = 0; b < COLUMNS; b++) target[b] += (sums[b][0] + sums[b][1]) + (sums[b][2] + sums[b][3]);
#endif
}

// Adds panels of rows with their weights; rows from the weights' zeros on count for nothing.
static void NAMED(accumulate)(
    const double *panels, const double *weights, ptrdiff_t panel_count, ptrdiff_t width, double *mean,
    double *scatter) {
    // Four columns times the weights, for all rows: they meet every column from theirs on.
    _Alignas(64) double weighted[CK_TILE * CK_ROWS];
    for (ptrdiff_t i = 0; i < width; i += CK_TILE) {
        UNROLL for (int a = 0; a < CK_TILE; a++) {
            vector sum = 0;
            for (ptrdiff_t panel = 0; panel < panel_count; panel++)
                UNROLL for (int v = 0; v < CK_PANEL; v += LANES) {
                    const vector z = load(panels + (panel * width + i + a) * CK_PANEL + v)
                        * load(weights + panel * CK_PANEL + v);
                    store(weighted + (panel * CK_TILE + a) * CK_PANEL + v, z);
                    sum += z;
                }
            for (int lane = 0; lane < LANES; lane++) mean[i + a] += sum[lane];
        }
        for (ptrdiff_t j = i; j < width; j += COLUMNS) {
            vector sums[CK_TILE][COLUMNS];
            UNROLL for (int a = 0; a < CK_TILE; a++)
                UNROLL for (int b = 0; b < COLUMNS; b++) sums[a][b] = 0;
            for (ptrdiff_t panel = 0; panel < panel_count; panel++) {
                const double *z = weighted + panel * CK_TILE * CK_PANEL;
                const double *x = panels + (panel * width + j) * CK_PANEL;
                UNROLL for (int v = 0; v < CK_PANEL; v += LANES) {
                    vector left[CK_TILE];
                    UNROLL for (int a = 0; a < CK_TILE; a++) left[a] = load(z + a * CK_PANEL + v);
                    UNROLL for (int b = 0; b < COLUMNS; b++) {
                        const vector right = load(x + b * CK_PANEL + v);
                        UNROLL for (int a = 0; a < CK_TILE; a++) sums[a][b] += left[a] * right;
                    }
                }
            }
            UNROLL for (int a = 0; a < CK_TILE; a++)
                NAMED(add_lane_sums)(sums[a], scatter + (i + a) * width + j);
        }
    }
}

static void NAMED(add_store)(
    double *rows, double *weights, ptrdiff_t count, ptrdiff_t width, double *mean, double *scatter) {
    const ptrdiff_t panel_count = (count + CK_PANEL - 1) / CK_PANEL;
    // Old rows behind `count` stay in the store and are finite: a weight of zero silences them.
    for (ptrdiff_t row = count; row < panel_count * CK_PANEL; row++) weights[row] = 0;
    NAMED(accumulate)(rows, weights, panel_count, width, mean, scatter);
}

static void NAMED(moments)(
    const double *panels, ptrdiff_t count, ptrdiff_t d, ptrdiff_t patterns, const double *responsibilities,
    double *stores, double *store_weights, ptrdiff_t *store_counts, double *means, double *scatters) {
    const ptrdiff_t width = padded(d);
    const double least = 1e-13;
    for (ptrdiff_t k = 0; k < patterns; k++) {
        const double *r = responsibilities + k * CK_LEADING;
        short chosen[CK_ROWS];
        ptrdiff_t chosen_count = 0;
        for (ptrdiff_t row = 0; row < count; row++) {
            chosen[chosen_count] = (short)row;
            chosen_count += r[row] > least;
        }
        double *mean = means + k * width;
        double *scatter = scatters + k * width * width;
        if (2 * chosen_count >= count) {
            const ptrdiff_t panel_count = (count + CK_PANEL - 1) / CK_PANEL;
            NAMED(accumulate)(panels, r, panel_count, width, mean, scatter);
            continue;
        }
        double *rows = stores + k * width * CK_ROWS;
        double *weights = store_weights + k * CK_ROWS;
        ptrdiff_t used = store_counts[k];
        for (ptrdiff_t index = 0; index < chosen_count; index++) {
            const ptrdiff_t row = chosen[index];
            const double *from = panels + row / CK_PANEL * width * CK_PANEL + row % CK_PANEL;
            double *to = rows + used / CK_PANEL * width * CK_PANEL + used % CK_PANEL;
            for (ptrdiff_t i = 0; i < d; i++) to[i * CK_PANEL] = from[i * CK_PANEL];
            weights[used] = r[row];
            used++;
            if (used == CK_ROWS) {
                NAMED(add_store)(rows, weights, used, width, mean, scatter);
                used = 0;
            }
        }
        store_counts[k] = used;
    }
}

static void NAMED(flush)(
    ptrdiff_t d, ptrdiff_t patterns, double *stores, double *store_weights, ptrdiff_t *store_counts, double *means,
    double *scatters) {
    const ptrdiff_t width = padded(d);
    for (ptrdiff_t k = 0; k < patterns; k++) {
        NAMED(add_store)(
            stores + k * width * CK_ROWS, store_weights + k * CK_ROWS, store_counts[k], width, means + k * width,
            scatters + k * width * width);
        store_counts[k] = 0;
    }
}

#undef vector
#undef integers
#undef four
#undef load
#undef store
#undef padded
#undef INLINE
#undef LN2_HIGH
#undef LN2_LOW
#undef UNROLL
