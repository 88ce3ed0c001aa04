// Sums of rows at one level: RowKernels.c includes this once for each, with LANES and NAMED defined.

#define wide NAMED(wide)
typedef double wide __attribute__((ext_vector_type(LANES), aligned(8)));
typedef double NAMED(four) __attribute__((ext_vector_type(4), aligned(8)));

// target[0 ..< STRIP lanes of a type] less the rows' multiples; the target stays in registers.
#define STRIPS(type, strip) \
    do { \
        type sum[strip]; \
        for (int s = 0; s < strip; s++) sum[s] = ((const type *)target)[s]; \
        for (ptrdiff_t r = 0; r < count; r++) { \
            const type *row = (const type *)(matrix + rows[r] * columns); \
            const type factor = (type)(factors[r]); \
            for (int s = 0; s < strip; s++) sum[s] -= factor * row[s]; \
        } \
        for (int s = 0; s < strip; s++) ((type *)target)[s] = sum[s]; \
        target += strip * (ptrdiff_t)(sizeof(type) / sizeof(double)); \
        matrix += strip * (ptrdiff_t)(sizeof(type) / sizeof(double)); \
        width -= strip * (ptrdiff_t)(sizeof(type) / sizeof(double)); \
    } while (0)

static void NAMED(subtract)(
    const double *factors, const ptrdiff_t *rows, ptrdiff_t count, const double *matrix, ptrdiff_t columns,
    ptrdiff_t width, double *target) {
    while (width >= 4 * LANES) STRIPS(wide, 4);
    while (width >= LANES) STRIPS(wide, 1);
    if (width >= 4) STRIPS(NAMED(four), 1);
    while (width > 0) STRIPS(double, 1);
}

#undef STRIPS
#undef wide
