// Products of single-precision matrices at one level; part of FloatBody.h.

// STRIP at the height and width that fit the columns left from `column` on: narrow strips are higher, so that there are
// enough sums to hide the latency of each.
#if VECTORS == 4
#define CHOOSE(STRIP) \
    do { \
        switch ((n - column + LANES - 1) / LANES) { \
        case 1: STRIP(8, 1); break; \
        case 2: STRIP(8, 2); break; \
        case 3: STRIP(4, 3); break; \
        default: STRIP(4, 4); \
        } \
    } while (0)
#else
#define CHOOSE(STRIP) \
    do { \
        if (n - column <= LANES) \
            STRIP(8, 1); \
        else \
            STRIP(4, 2); \
    } while (0)
#endif

// ROWS rows by V vectors of columns of a product; `from` points at the left factor's first row, `right` at the right one's
// first column. Accumulators stay in registers.
#define TILE(ROWS, V) \
    do { \
        vector sums[ROWS][V]; \
        UNROLL for (int v = 0; v < V; v++) { \
            const vector start = bias ? LOAD(bias + column + v * LANES, n - column - v * LANES) : (vector)0; \
            UNROLL for (int r = 0; r < ROWS; r++) sums[r][v] = start; \
        } \
        const float *from = left + row * k; \
        const float *to = right + column; \
        for (ptrdiff_t i = 0; i < k; i++, to += n) { \
            vector value[V]; \
            UNROLL for (int v = 0; v < V; v++) value[v] = LOAD(to + v * LANES, n - column - v * LANES); \
            UNROLL for (int r = 0; r < ROWS; r++) \
                UNROLL for (int v = 0; v < V; v++) sums[r][v] += from[r * k + i] * value[v]; \
        } \
        UNROLL for (int r = 0; r < ROWS; r++) \
            UNROLL for (int v = 0; v < V; v++) \
                STORE(product + (row + r) * n + column + v * LANES, n - column - v * LANES, sums[r][v]); \
    } while (0)

#define STRIP_OF(ROWS, V) \
    do { \
        ptrdiff_t row = 0; \
        for (; row + ROWS <= rows; row += ROWS) TILE(ROWS, V); \
        for (; row < rows; row++) TILE(1, V); \
    } while (0)

// `turned` (columns x rows) = `matrix` (rows x columns), four by four.
static void NAMED(float_transpose)(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, float *turned) {
    ptrdiff_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        ptrdiff_t i = 0;
        for (; i + 4 <= columns; i += 4) {
            vector4 line[4];
            UNROLL for (int r = 0; r < 4; r++) memcpy(&line[r], matrix + (row + r) * columns + i, sizeof line[r]);
            const vector4 low[2] = {
                __builtin_shufflevector(line[0], line[1], 0, 4, 1, 5),
                __builtin_shufflevector(line[2], line[3], 0, 4, 1, 5)};
            const vector4 high[2] = {
                __builtin_shufflevector(line[0], line[1], 2, 6, 3, 7),
                __builtin_shufflevector(line[2], line[3], 2, 6, 3, 7)};
            const vector4 column[4] = {
                __builtin_shufflevector(low[0], low[1], 0, 1, 4, 5),
                __builtin_shufflevector(low[0], low[1], 2, 3, 6, 7),
                __builtin_shufflevector(high[0], high[1], 0, 1, 4, 5),
                __builtin_shufflevector(high[0], high[1], 2, 3, 6, 7)};
            UNROLL for (int c = 0; c < 4; c++) memcpy(turned + (i + c) * rows + row, &column[c], sizeof column[c]);
        }
        for (; i < columns; i++)
            UNROLL for (int r = 0; r < 4; r++) turned[i * rows + row + r] = matrix[(row + r) * columns + i];
    }
    for (; row < rows; row++)
        for (ptrdiff_t i = 0; i < columns; i++) turned[i * rows + row] = matrix[row * columns + i];
}

static void NAMED(float_product)(
    const float *left, ptrdiff_t rows, ptrdiff_t k, const float *right, ptrdiff_t n, const float *bias,
    float *product) {
    for (ptrdiff_t column = 0; column < n; column += VECTORS * LANES) {
        CHOOSE(STRIP_OF);
    }
}

// COUNT columns of the left factor by V vectors of the right one's, over `rows` rows: left^T right.
#define OUTER_TILE(COUNT, V) \
    do { \
        vector sums[COUNT][V]; \
        UNROLL for (int c = 0; c < COUNT; c++) \
            UNROLL for (int v = 0; v < V; v++) \
                sums[c][v] = first ? (vector)0 \
                                   : LOAD(gradient + (i + c) * n + column + v * LANES, n - column - v * LANES); \
        for (ptrdiff_t row = start; row < end; row++) { \
            const float *from = left + row * k + i; \
            const float *to = right + row * n + column; \
            vector value[V]; \
            UNROLL for (int v = 0; v < V; v++) value[v] = LOAD(to + v * LANES, n - column - v * LANES); \
            UNROLL for (int c = 0; c < COUNT; c++) \
                UNROLL for (int v = 0; v < V; v++) sums[c][v] += from[c] * value[v]; \
        } \
        UNROLL for (int c = 0; c < COUNT; c++) \
            UNROLL for (int v = 0; v < V; v++) \
                STORE(gradient + (i + c) * n + column + v * LANES, n - column - v * LANES, sums[c][v]); \
    } while (0)

#define OUTER_STRIP(COUNT, V) \
    do { \
        ptrdiff_t i = 0; \
        for (; i + COUNT <= k; i += COUNT) OUTER_TILE(COUNT, V); \
        for (; i < k; i++) OUTER_TILE(1, V); \
    } while (0)

static void NAMED(float_gradient)(
    const float *left, const float *right, ptrdiff_t rows, ptrdiff_t k, ptrdiff_t n, float *gradient, float *sums) {
    // So many rows of both factors stay in the first cache while every tile reads them.
    const ptrdiff_t chunk = 64;
    for (ptrdiff_t start = 0; start < rows; start += chunk) {
        const ptrdiff_t end = start + chunk < rows ? start + chunk : rows;
        const int first = start == 0;
        for (ptrdiff_t column = 0; column < n; column += VECTORS * LANES) {
            CHOOSE(OUTER_STRIP);
        }
        for (ptrdiff_t column = 0; column < n; column += LANES) {
            const ptrdiff_t left_over = n - column;
            vector sum = first ? (vector)0 : LOAD(sums + column, left_over);
            for (ptrdiff_t row = start; row < end; row++) sum += LOAD(right + row * n + column, left_over);
            STORE(sums + column, left_over, sum);
        }
    }
}

#undef CHOOSE
#undef TILE
#undef STRIP_OF
#undef OUTER_TILE
#undef OUTER_STRIP
