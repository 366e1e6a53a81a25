// Arithmetic where C++ and NumPy differ: whole numbers divided by zero, the sign of a remainder, powers, limits.
#ifndef BRIANHW_ARITHMETIC_H
#define BRIANHW_ARITHMETIC_H

#include <cmath>
#include <cstdint>
#include <exception>
#include <limits>
#include <type_traits>

namespace brianhw {

template <typename T>
using if_whole = typename std::enable_if<std::is_integral<T>::value, T>::type;
template <typename T>
using if_floating = typename std::enable_if<std::is_floating_point<T>::value, T>::type;

// -x and |x| of whole numbers: that of the smallest is itself
template <typename T>
inline if_whole<T> negative(T x) {
    return static_cast<T>(0 - static_cast<uint64_t>(x));
}
template <typename T>
inline if_whole<T> absolute(T x) {
    return x < 0 ? negative<T>(x) : x;
}

// Rounded down. By zero it is zero, as NumPy has it; the processor would end the process.
template <typename T>
inline if_whole<T> floor_divide(T x, T y) {
    if (y == 0) return 0;
    if (std::is_signed<T>::value && y == static_cast<T>(-1)) return negative<T>(x);
    const T quotient = x / y;
    return quotient - (x % y != 0 && (x < 0) != (y < 0));
}

// With the sign of the divisor.
template <typename T>
inline if_whole<T> remainder(T x, T y) {
    if (y == 0 || (std::is_signed<T>::value && y == static_cast<T>(-1))) return 0;
    const T rest = x % y;
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

struct NegativePower : std::exception {  // std::domain_error holds a string, which takes a tenth of a second to read
    const char* what() const noexcept override { return "Integers to negative integer powers are not allowed"; }
};

template <typename T>
inline if_whole<T> power(T base, T exponent) {
    if (exponent < 0) throw NegativePower();
    uint64_t result = 1, square = static_cast<uint64_t>(base);  // what does not fit is cut off at the end
    for (uint64_t left = static_cast<uint64_t>(exponent); left; left >>= 1, square *= square)
        if (left & 1) result *= square;
    return static_cast<T>(result);
}

template <typename T>
inline T sign(T x) {
    return x != x ? x : static_cast<T>((x > 0) - (x < 0));
}

// min(max(x, low), high), and no number if one of them is none
template <typename T>
inline T clip(T x, T low, T high) {
    const T raised = x != x || x > low ? x : low;
    return raised != raised || raised < high ? raised : high;
}

#if defined(BRIANHW_STRICT)

template <typename T>
inline if_floating<T> floor_divide(T x, T y) {
    return _numpy_floordiv(x, y);
}
template <typename T>
inline if_floating<T> remainder(T x, T y) {
    return _numpy_mod(x, y);
}

#else

template <typename T>
struct Division {
    T quotient, rest;  // the first is rounded down
};

// Exact, at the price of a loop over the bits of the quotient.
template <typename T>
#if defined(__GNUC__)
__attribute__((noinline))
#endif
Division<T> divide_exactly(T x, T y) {
    T rest = std::fmod(x, y);
    if (y == 0) return {x / y, rest};
    T quotient = (x - rest) / y;
    if (rest != 0 && (y < 0) != (rest < 0)) {
        rest += y;
        quotient -= 1;
    }
    return {std::round(quotient), rest};
}

// The quotient may be rounded to the next whole number, the rest tells.
template <typename T>
inline Division<T> divide(T x, T y) {
    const T ratio = x / y;
    T quotient = std::floor(ratio);
    T rest = std::fma(-quotient, y, x);
    if (!(std::fabs(ratio) * std::numeric_limits<T>::epsilon() < T(0.5)) || rest != rest) return divide_exactly(x, y);
    if (rest != 0 && (rest < 0) != (y < 0)) return {quotient - 1, rest + y};
    const T next = std::fma(-(quotient + 1), y, x);
    if (next == 0 || (next < 0) == (y < 0)) return {quotient + 1, next};
    return {quotient, rest};
}

template <typename T>
inline if_floating<T> floor_divide(T x, T y) {
    return divide(x, y).quotient;
}
template <typename T>
inline if_floating<T> remainder(T x, T y) {
    return divide(x, y).rest;
}

#endif

}  // namespace brianhw

#endif
