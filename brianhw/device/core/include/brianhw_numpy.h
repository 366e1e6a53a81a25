// NumPy's inner loops as functions of one number, or of many; numpy_loops.py says where they are.
#pragma once

#include <cmath>
#include <cstddef>

namespace brianhw {

struct NumpyLoop {
    void (*function)(char**, const std::ptrdiff_t*, const std::ptrdiff_t*, void*);
    void* data;

    template <typename T>
    T operator()(T x) const {
        T result;
        char* places[] = {reinterpret_cast<char*>(&x), reinterpret_cast<char*>(&result)};
        const std::ptrdiff_t count = 1, steps[] = {sizeof(T), sizeof(T)};
        function(places, &count, steps, data);
        return result;
    }

    void in_place(double* x, std::ptrdiff_t count) const {
        char* places[] = {reinterpret_cast<char*>(x), reinterpret_cast<char*>(x)};
        const std::ptrdiff_t steps[] = {sizeof(double), sizeof(double)};
        function(places, &count, steps, data);
    }

    template <typename T>
    T operator()(T x, T y) const {
        T result;
        char* places[] = {reinterpret_cast<char*>(&x), reinterpret_cast<char*>(&y), reinterpret_cast<char*>(&result)};
        const std::ptrdiff_t count = 1, steps[] = {sizeof(T), sizeof(T), sizeof(T)};
        function(places, &count, steps, data);
        return result;
    }
};

// Where the loops are, in the order of numpy_loops.FUNCTIONS: for doubles, then for floats.
enum NumpyFunction {
    EXP, EXP2, EXPM1, LOG, LOG2, LOG10, LOG1P, SIN, COS, TAN, SINH, COSH, TANH, ASIN, ACOS, ATAN, ATAN2, POW, HYPOT,
    MOD, FLOORDIV, N_NUMPY_FUNCTIONS
};

struct NumpyLoops {
    NumpyLoop of_double[N_NUMPY_FUNCTIONS];
    NumpyLoop of_float[N_NUMPY_FUNCTIONS];
};

}  // namespace brianhw

static const brianhw::NumpyLoops* _numpy_loops;

#define BRIANHW_NUMPY_FUNCTION(name, number)                                                            \
    template <typename T>                                                                               \
    static inline double _numpy_##name(T x) {                                                           \
        return _numpy_loops->of_double[brianhw::number](static_cast<double>(x));                        \
    }                                                                                                   \
    static inline float _numpy_##name(float x) { return _numpy_loops->of_float[brianhw::number](x); }   \
    static inline void _numpy_##name##_of_all(double* x, std::ptrdiff_t count) {                        \
        _numpy_loops->of_double[brianhw::number].in_place(x, count);                                    \
    }
BRIANHW_NUMPY_FUNCTION(exp, EXP)
BRIANHW_NUMPY_FUNCTION(expm1, EXPM1)
BRIANHW_NUMPY_FUNCTION(log, LOG)
BRIANHW_NUMPY_FUNCTION(log10, LOG10)
BRIANHW_NUMPY_FUNCTION(log1p, LOG1P)
BRIANHW_NUMPY_FUNCTION(sin, SIN)
BRIANHW_NUMPY_FUNCTION(cos, COS)
BRIANHW_NUMPY_FUNCTION(tan, TAN)
BRIANHW_NUMPY_FUNCTION(sinh, SINH)
BRIANHW_NUMPY_FUNCTION(cosh, COSH)
BRIANHW_NUMPY_FUNCTION(tanh, TANH)
BRIANHW_NUMPY_FUNCTION(asin, ASIN)
BRIANHW_NUMPY_FUNCTION(acos, ACOS)
BRIANHW_NUMPY_FUNCTION(atan, ATAN)
#undef BRIANHW_NUMPY_FUNCTION

#define BRIANHW_NUMPY_FUNCTION(name, number)                                                            \
    template <typename T, typename U>                                                                   \
    static inline double _numpy_##name(T x, U y) {                                                      \
        return _numpy_loops->of_double[brianhw::number](static_cast<double>(x), static_cast<double>(y)); \
    }                                                                                                   \
    static inline float _numpy_##name(float x, float y) {                                               \
        return _numpy_loops->of_float[brianhw::number](x, y);                                           \
    }
BRIANHW_NUMPY_FUNCTION(any_pow, POW)
BRIANHW_NUMPY_FUNCTION(mod, MOD)
BRIANHW_NUMPY_FUNCTION(floordiv, FLOORDIV)
#undef BRIANHW_NUMPY_FUNCTION

// x**y of arrays: NumPy multiplies, divides or takes the root where y is one of these.
template <typename T, typename U>
static inline double _numpy_pow(T x, U y) {
    if (y == 2) return static_cast<double>(x) * x;
    if (y == 1) return x;
    if (y == -1) return 1.0 / x;
    if (y == 0.5) return std::sqrt(static_cast<double>(x));
    return _numpy_any_pow(x, y);
}
static inline float _numpy_pow(float x, float y) {
    if (y == 2) return x * x;
    if (y == 1) return x;
    if (y == -1) return 1.0f / x;
    if (y == 0.5f) return std::sqrt(x);
    return _numpy_any_pow(x, y);
}

template <typename T>
static inline T _numpy_exprel_of(T x) {
    if (std::fabs(x) < 1e-16) return 1;
    if (x > 717) return INFINITY;
    return _numpy_expm1(x) / x;
}
template <typename T>
static inline double _numpy_exprel(T x) {
    return _numpy_exprel_of<double>(x);
}
static inline float _numpy_exprel(float x) { return _numpy_exprel_of(x); }
