// The single-precision kernels at one level: FloatKernels.c includes this once for each, with LANES, VECTORS, NAMED, LOAD
// and STORE defined. LOAD(at, left) and STORE(at, left, value) touch the first `left` entries only where these are fewer
// than LANES; lanes without an entry are 0.

#define vector NAMED(float_vector)
#define integers NAMED(float_integers)
#define words NAMED(float_words)
#define vector8 NAMED(float_vector8)
#define words8 NAMED(float_words8)
#define vector4 NAMED(float_vector4)
#define doubles8 NAMED(float_doubles8)
typedef float vector __attribute__((ext_vector_type(LANES)));
typedef int32_t integers __attribute__((ext_vector_type(LANES)));
typedef uint32_t words __attribute__((ext_vector_type(LANES)));
typedef float vector8 __attribute__((ext_vector_type(8)));
typedef uint32_t words8 __attribute__((ext_vector_type(8)));
typedef float vector4 __attribute__((ext_vector_type(4)));
typedef double doubles8 __attribute__((ext_vector_type(8)));
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

#include "FloatFunctions.h"
#include "FloatProducts.h"

static int NAMED(float_gather)(
    const double *rows, ptrdiff_t d, const ptrdiff_t *indices, ptrdiff_t count, float *block) {
    words8 missing = 0;
    int found = 0;
    for (ptrdiff_t row = 0; row < count; row++, block += d) {
        const double *from = rows + indices[row] * d;
        ptrdiff_t i = 0;
        for (; i + 8 <= d; i += 8) {
            doubles8 value;
            memcpy(&value, from + i, sizeof value);
            const vector8 rounded = __builtin_convertvector(value, vector8);
            memcpy(block + i, &rounded, sizeof rounded);
            missing |= (words8)(rounded != rounded);
        }
        for (; i < d; i++) {
            block[i] = (float)from[i];
            found |= block[i] != block[i];
        }
    }
    for (int lane = 0; lane < 8; lane++) found |= missing[lane] != 0;
    return found;
}

static void NAMED(float_activate)(int rectifies, float *values, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i += LANES) {
        const vector x = LOAD(values + i, count - i);
        const vector y = rectifies ? (vector)((integers)x & ~((integers)x >> 31)) : NAMED(hyperbolic_tangent)(x);
        STORE(values + i, count - i, y);
    }
}

static void NAMED(float_activation_gradient)(
    int rectifies, const float *activated, float *gradient, ptrdiff_t count) {
    for (ptrdiff_t i = 0; i < count; i += LANES) {
        const vector a = LOAD(activated + i, count - i);
        const vector g = LOAD(gradient + i, count - i);
        // An activated value is 0 or positive: only a positive one's negative has a sign.
        const vector kept = (vector)((integers)g & ((integers)(-(words)a) >> 31));
        STORE(gradient + i, count - i, rectifies ? kept : g * (1.0f - a * a));
    }
}

// floor + ln(1 + e^a), or floor + w (1 - e^(-ln(1 + e^a)/w)) where w > 0; its derivative into slope.
INLINE vector NAMED(deviation)(vector a, float floor, float w, vector *slope) {
    const vector soft = NAMED(softplus)(a, slope);
    if (!(w > 0)) return soft + floor;
    const vector rest = NAMED(exponential)(soft * (-1.0f / w));
    *slope *= rest;
    return floor + w * (1.0f - rest);
}

static void NAMED(float_deviations)(
    const float *heads, ptrdiff_t rows, ptrdiff_t d, float floor, float w, float *deviations) {
    for (ptrdiff_t row = 0; row < rows; row++)
        for (ptrdiff_t i = 0; i < d; i += LANES) {
            vector slope;
            const vector a = LOAD(heads + (2 * row + 1) * d + i, d - i);
            STORE(deviations + row * d + i, d - i, NAMED(deviation)(a, floor, w, &slope));
        }
}

INLINE float NAMED(row_loss)(
    const float *x, float *head, ptrdiff_t d, float floor, float w, int writes, float scale) {
    vector squares = (vector)0;
    vector product = (vector)1.0f;
    vector logarithms = (vector)0;
    vector cells = (vector)0;
    int factors = 0;
    for (ptrdiff_t i = 0; i < d; i += LANES) {
        const ptrdiff_t left = d - i;
        const vector value = LOAD(x + i, left);
        vector slope;
        vector sigma = NAMED(deviation)(LOAD(head + d + i, left), floor, w, &slope);
        integers counts = value == value;
        // Lanes without a column count as little as missing cells do.
        if (left < LANES)
            UNROLL for (int lane = 0; lane < LANES; lane++) counts[lane] = lane < left ? counts[lane] : 0;
        sigma = counts ? sigma : (vector)1.0f;
        const vector inverse = 1.0f / sigma;
        const vector t = counts ? (value - LOAD(head + i, left)) * inverse : (vector)0;
        cells += counts ? (vector)1.0f : (vector)0;
        squares += t * t;
        product *= sigma;
        // Four factors stay within single precision for 1e-9 < sigma < 1e9.
        if (++factors == 4) {
            logarithms += NAMED(logarithm)(product);
            product = (vector)1.0f;
            factors = 0;
        }
        if (writes) {
            STORE(head + i, left, t * inverse * -scale);
            STORE(head + d + i, left, counts ? (1.0f - t * t) * inverse * slope * scale : (vector)0);
        }
    }
    logarithms += NAMED(logarithm)(product);
    return NAMED(sum)(0.5f * squares + logarithms + cells * 0.9189385f);
}

static void NAMED(float_gaussian_losses)(
    const float *rows, float *heads, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d, float floor, float w, int writes,
    float scale, float *losses) {
    for (ptrdiff_t target = 0; target < n * samples; target++) {
        const float *x = rows + target % n * d;
        float *head = heads + 2 * target * d;
        // A call a combination, so that each is made without branches.
        if (w > 0)
            losses[target] = writes ? NAMED(row_loss)(x, head, d, floor, w, 1, scale)
                                    : NAMED(row_loss)(x, head, d, floor, w, 0, 0);
        else
            losses[target] = writes ? NAMED(row_loss)(x, head, d, floor, 0, 1, scale)
                                    : NAMED(row_loss)(x, head, d, floor, 0, 0, 0);
    }
}

static void NAMED(float_posterior)(
    const float *heads, const float *noise, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d, float floor,
    float *deviations, float *slopes, float *divergences, float *draws) {
    for (ptrdiff_t row = 0; row < n; row++) {
        vector sum = (vector)0;
        for (ptrdiff_t i = 0; i < d; i += LANES) {
            const ptrdiff_t left = d - i;
            const vector m = LOAD(heads + 2 * row * d + i, left);
            vector slope;
            const vector h = NAMED(softplus)(LOAD(heads + (2 * row + 1) * d + i, left), &slope) + floor;
            vector term = 0.5f * (m * m + h * h - 1.0f) - NAMED(logarithm)(h);
            if (left < LANES)
                UNROLL for (int lane = 0; lane < LANES; lane++) term[lane] = lane < left ? term[lane] : 0;
            sum += term;
            STORE(deviations + row * d + i, left, h);
            STORE(slopes + row * d + i, left, slope);
            for (ptrdiff_t sample = 0; sample < samples; sample++) {
                const ptrdiff_t at = (sample * n + row) * d + i;
                STORE(draws + at, left, m + h * LOAD(noise + at, left));
            }
        }
        divergences[row] = NAMED(sum)(sum);
    }
}

static void NAMED(float_posterior_gradient)(
    float *heads, const float *noise, const float *draw_gradient, const float *deviations, const float *slopes,
    const float *weights, float beta, ptrdiff_t n, ptrdiff_t samples, ptrdiff_t d) {
    for (ptrdiff_t row = 0; row < n; row++) {
        const float weight = beta * weights[row];
        for (ptrdiff_t i = 0; i < d; i += LANES) {
            const ptrdiff_t left = d - i;
            float *mean = heads + 2 * row * d + i;
            const vector h = LOAD(deviations + row * d + i, left);
            vector dm = weight * LOAD(mean, left);
            vector dh = weight * (h - 1.0f / h);
            for (ptrdiff_t sample = 0; sample < samples; sample++) {
                const ptrdiff_t at = (sample * n + row) * d + i;
                const vector dz = LOAD(draw_gradient + at, left);
                dm += dz;
                dh += dz * LOAD(noise + at, left);
            }
            STORE(mean, left, dm);
            STORE(mean + d, left, dh * LOAD(slopes + row * d + i, left));
        }
    }
}

static void NAMED(float_adam)(
    float *parameters, const float *gradient, float *first, float *second, ptrdiff_t count, float keep1, float take1,
    float keep2, float take2, float step, float unbias, float epsilon) {
    for (ptrdiff_t i = 0; i < count; i += LANES) {
        const ptrdiff_t left = count - i;
        const vector g = LOAD(gradient + i, left);
        const vector mean = LOAD(first + i, left) * keep1 + g * take1;
        const vector square = LOAD(second + i, left) * keep2 + g * g * take2;
        STORE(first + i, left, mean);
        STORE(second + i, left, square);
        const vector root = __builtin_elementwise_sqrt(square * unbias) + epsilon;
        STORE(parameters + i, left, LOAD(parameters + i, left) - step * mean / root);
    }
}

// 23 random bits a lane as a number in 1...2, 2 excluded; the state is a, b, c, d of eight lanes each.
INLINE vector8 NAMED(from_one_to_two)(words8 *state) {
    const words8 sum = state[0] + state[3];
    const words8 shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = (state[3] << 11) | (state[3] >> 21);
    return (vector8)((sum >> 9) | 0x3f800000);
}

static void NAMED(float_normals)(uint32_t *state, float *values, ptrdiff_t count) {
    words8 lanes[4];
    memcpy(lanes, state, sizeof lanes);
    for (ptrdiff_t i = 0; i < count; i += 16) {
        const vector8 radius
            = __builtin_elementwise_sqrt(-2.0f * NAMED(logarithm8)(2.0f - NAMED(from_one_to_two)(lanes)));
        // Sine and cosine of 2 pi t by quarter turns.
        const vector8 quarters = 4.0f * (NAMED(from_one_to_two)(lanes) - 1.0f);
        const vector8 shifted = quarters + 0x1.8p23f;
        const vector8 angle = (quarters - (shifted - 0x1.8p23f)) * 1.5707963f;
        const vector8 z = angle * angle;
        const vector8 sine = angle + angle * z * (-0.16666655f + z * (8.332161e-3f + z * -1.9515296e-4f));
        const vector8 cosine
            = 1.0f - 0.5f * z + z * z * (4.1666646e-2f + z * (-1.3887316e-3f + z * 2.4433157e-5f));
        const words8 quarter = (words8)shifted;
        const words8 exchanged = ((words8)sine ^ (words8)cosine) & (0 - (quarter & 1));
        vector8 pair[2] = {
            radius * (vector8)((words8)cosine ^ exchanged ^ (((quarter + 1) & 2) << 30)),
            radius * (vector8)((words8)sine ^ exchanged ^ ((quarter & 2) << 30))};
        memcpy(values + i, pair, sizeof(float) * (size_t)(count - i < 16 ? count - i : 16));
    }
    memcpy(state, lanes, sizeof lanes);
}

#undef vector
#undef integers
#undef words
#undef vector8
#undef words8
#undef vector4
#undef doubles8
#undef INLINE
#undef UNROLL
#undef LANES
#undef VECTORS
#undef NAMED
#undef MASK
#undef LOAD
#undef STORE
