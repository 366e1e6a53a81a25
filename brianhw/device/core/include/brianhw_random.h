// NumPy's legacy random numbers (MT19937), drawn from a state that Python lends for the time of a run.
//
// The same seed gives the same numbers as numpy.random.rand and randn, one after the other.
#ifndef BRIANHW_RANDOM_H
#define BRIANHW_RANDOM_H

#include <cmath>
#include <cstdint>

namespace brianhw {

// The layout is repeated in randomness.py.
struct RandomState {
    uint32_t key[624];
    int32_t position;
    int32_t has_gauss;
    double gauss;
};

class Random : public RandomState {
    void refill() {
        const uint32_t matrix = 0x9908b0dfU, upper = 0x80000000U, lower = 0x7fffffffU;
        for (int k = 0; k < 624; k++) {
            const uint32_t y = (key[k] & upper) | (key[(k + 1) % 624] & lower);
            key[k] = key[(k + 397) % 624] ^ (y >> 1) ^ ((y & 1U) ? matrix : 0U);
        }
        position = 0;
    }

public:
    uint32_t operator()() {
        if (position >= 624) refill();
        uint32_t y = key[position++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680U;
        y ^= (y << 15) & 0xefc60000U;
        return y ^ (y >> 18);
    }

    double rand() {
        const int64_t a = (*this)() >> 5, b = (*this)() >> 6;
        return (a * 67108864.0 + b) / 9007199254740992.0;
    }

    double randn() {
        if (has_gauss) {
            const double stored = gauss;
            gauss = 0.0;
            has_gauss = 0;
            return stored;
        }
        double x1, x2, r2;
        do {
            x1 = 2.0 * rand() - 1.0;
            x2 = 2.0 * rand() - 1.0;
            r2 = x1 * x1 + x2 * x2;
        } while (r2 >= 1.0 || r2 == 0.0);
        const double f = std::sqrt(-2.0 * std::log(r2) / r2);
        gauss = f * x1;
        has_gauss = 1;
        return f * x2;
    }
};

}  // namespace brianhw

#endif
