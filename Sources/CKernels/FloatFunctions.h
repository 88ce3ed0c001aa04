// Elementary functions of single-precision vectors at one level; part of FloatBody.h.

// Within 2 ulp: reductions of fdlibm, polynomials of S. Moshier's Cephes and least-maximum fits of our
// own.

// e^x for x <= 0; below -87 counts as -87, NaN stays NaN.
INLINE vector NAMED(exponential)(vector x) {
    x = x < -87.0f ? (vector)-87.0f : x;
    const vector shifted = x * 1.44269504f + 0x1.8p23f;
    const vector k = shifted - 0x1.8p23f;
    const vector r = (x - k * 0.693359375f) - k * -2.1219444e-4f;
    vector p = (vector)1.9875691e-4f;
    p = p * r + 1.3981999e-3f;
    p = p * r + 8.333452e-3f;
    p = p * r + 4.1665796e-2f;
    p = p * r + 0.16666665f;
    p = p * r + 0.5f;
    p = p * (r * r) + r + 1.0f;
    return (vector)((words)p + ((words)shifted << 23));
}

// ln x of positive normal x: x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)). For the level's vectors and, apart, for the
// eight lanes of the stream of normals.
#define LOGARITHM(name, vec, ints) \
    INLINE vec NAMED(name)(vec x) { \
        const ints shifted = (ints)x + (0x3f800000 - 0x3f3504f3); \
        const vec k = (vec)((shifted >> 23) | 0x4b000000) - (0x1p23f + 127); \
        const vec f = (vec)((shifted & 0x007fffff) + 0x3f3504f3) - 1.0f; \
        vec p = (vec)7.0376836e-2f; \
        p = p * f - 0.1151461f; \
        p = p * f + 0.11676998f; \
        p = p * f - 0.12420141f; \
        p = p * f + 0.14249323f; \
        p = p * f - 0.16668058f; \
        p = p * f + 0.20000715f; \
        p = p * f - 0.24999994f; \
        p = p * f + 0.33333331f; \
        const vec z = f * f; \
        const vec low = f * z * p - 0.5f * z + k * -2.1219444e-4f; \
        return f + low + k * 0.693359375f; \
    }
LOGARITHM(logarithm, vector, words)
LOGARITHM(logarithm8, vector8, words8)
#undef LOGARITHM

// ln(1 + e^x); its derivative 1/(1 + e^-x) into slope.
INLINE vector NAMED(softplus)(vector x, vector *slope) {
    const vector e = NAMED(exponential)((vector)((words)x | 0x80000000));
    // ln(1 + e)/e on 0...1.
    vector p = (vector)0.0051261f;
    p = p * e - 0.02907406f;
    p = p * e + 0.07751609f;
    p = p * e - 0.13602248f;
    p = p * e + 0.19076881f;
    p = p * e - 0.24835399f;
    p = p * e + 0.33318122f;
    p = p * e - 0.49999445f;
    p = p * e + 0.99999997f;
    const integers mask = (integers)x >> 31;
    const vector above = (vector)(((integers)(vector)1.0f & ~mask) | ((integers)e & mask));
    *slope = above / (1.0f + e);
    return (vector)((integers)x & ~mask) + e * p;
}

INLINE vector NAMED(hyperbolic_tangent)(vector x) {
    const words sign = (words)x & 0x80000000;
    const vector magnitude = (vector)((words)x & 0x7fffffff);
    const vector e = NAMED(exponential)(-2.0f * magnitude);
    const vector far = (1.0f - e) / (1.0f + e);
    // Near 0 the quotient cancels.
    const vector z = x * x;
    vector p = (vector)-5.7049887e-3f;
    p = p * z + 2.0639089e-2f;
    p = p * z - 5.3739709e-2f;
    p = p * z + 0.13331476f;
    p = p * z - 0.33333282f;
    return magnitude < 0.625f ? x + x * z * p : (vector)((words)far | sign);
}

INLINE float NAMED(sum)(vector value) {
#if LANES == 16
    const vector8 eight = value.lo + value.hi;
    const vector4 four = eight.lo + eight.hi;
#elif LANES == 8
    const vector4 four = value.lo + value.hi;
#else
    const vector4 four = value;
#endif
    return (four[0] + four[2]) + (four[1] + four[3]);
}
