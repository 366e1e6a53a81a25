// Whole numbers drawn for many elements at once, from a table of their chances; chances.py makes it.
//
// The random bits are those of Threefry-4x32-20 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), a
// function of a key and a counter. Each call of a piece of code takes a key of four words from the generator of the
// run, and elements differ in the counter: what an element gets depends on neither the number of threads nor the
// processor's vectors. Of 256 elements one after the other, the k-th takes word k / 64 of block k % 64 of their 64.
#ifndef BRIANHW_DRAWS_H
#define BRIANHW_DRAWS_H

#include <cstdint>

#include "brianhw_random.h"

namespace brianhw {

constexpr int64_t DRAWN_AT_ONCE = 256;

class Threefry {
    uint32_t key[5];

    static uint32_t rotated(uint32_t x, int bits) { return x << bits | x >> (32 - bits); }

    static void mix(uint32_t& a, uint32_t& b, int bits) {
        a += b;
        b = rotated(b, bits) ^ a;
    }

    static void first_four_rounds(uint32_t (&x)[4]) {
        mix(x[0], x[1], 10), mix(x[2], x[3], 26);
        mix(x[0], x[3], 11), mix(x[2], x[1], 21);
        mix(x[0], x[1], 13), mix(x[2], x[3], 27);
        mix(x[0], x[3], 23), mix(x[2], x[1], 5);
    }

    static void next_four_rounds(uint32_t (&x)[4]) {
        mix(x[0], x[1], 6), mix(x[2], x[3], 20);
        mix(x[0], x[3], 17), mix(x[2], x[1], 11);
        mix(x[0], x[1], 25), mix(x[2], x[3], 10);
        mix(x[0], x[3], 18), mix(x[2], x[1], 20);
    }

    template <uint32_t s>
    void add_key(uint32_t (&x)[4]) const {
        x[0] += key[s % 5], x[1] += key[(s + 1) % 5], x[2] += key[(s + 2) % 5], x[3] += key[(s + 3) % 5] + s;
    }

public:
    Threefry(uint32_t a, uint32_t b, uint32_t c, uint32_t d) : key{a, b, c, d, 0x1bd11bdaU ^ a ^ b ^ c ^ d} {}

    static Threefry of(Random& random) {
        const uint32_t a = random(), b = random(), c = random(), d = random();
        return Threefry(a, b, c, d);
    }

    // The four words at a counter take its place.
    void operator()(uint32_t (&x)[4]) const {
        add_key<0>(x);
        first_four_rounds(x), add_key<1>(x);
        next_four_rounds(x), add_key<2>(x);
        first_four_rounds(x), add_key<3>(x);
        next_four_rounds(x), add_key<4>(x);
        first_four_rounds(x), add_key<5>(x);
    }

    // The first `n` of 64 blocks, of which `first` is the first: all their first words, then all their second ones ...
    void blocks(uint32_t first, int n, uint32_t (&words)[DRAWN_AT_ONCE]) const {
        for (int begin = 0; begin < n; begin += 16)  // in vector instructions
            for (int k = begin; k < begin + 16; k++) {
                uint32_t x[4] = {first + static_cast<uint32_t>(k), 0, 0, 0};
                (*this)(x);
                words[k] = x[0], words[64 + k] = x[1], words[128 + k] = x[2], words[192 + k] = x[3];
            }
    }

    // Another word for an element that needs more bits.
    uint32_t more(uint32_t block, int word) const {
        uint32_t x[4] = {block, 1, 0, 0};
        (*this)(x);
        return x[word];
    }
};

// Walker's alias method: a column is chosen by the first bits of a word, one of its two numbers by the others.
class Chances {
    // The first word is the number of bits that choose a column. Four words are a column: a threshold, in place of a
    // word without its first bits; the next 32 bits of the threshold, which matter once in millions; the number that
    // is chosen below it, and the other one. The layout is repeated in chances.py.
    const uint32_t* const columns;
    const int bits;  // one at least

    const uint32_t* column(uint32_t word) const { return columns + 4 * (word >> (32 - bits)); }

public:
    explicit Chances(const uint32_t* table) : columns(table + 4), bits(static_cast<int>(table[0])) {}

    // Draw for the elements from `begin`, a multiple of 256, up to `end`, 256 at most.
    void draw(const Threefry& key, int64_t begin, int64_t end, int32_t (&numbers)[DRAWN_AT_ONCE]) const {
        const uint32_t first = static_cast<uint32_t>(begin / 4);
        const int n = static_cast<int>(end - begin);
        uint32_t words[DRAWN_AT_ONCE];
        key.blocks(first, n < 64 ? n : 64, words);
        int undecided = 0;
        for (int k = 0; k < n; k++) {
            const uint32_t fraction = words[k] << bits;
            const uint32_t* const chosen = column(words[k]);
            undecided |= fraction == chosen[0];
            numbers[k] = static_cast<int32_t>(chosen[2 + (fraction >= chosen[0])]);
        }
        if (!undecided) return;
        for (int k = 0; k < n; k++) {
            const uint32_t* const chosen = column(words[k]);
            if (words[k] << bits == chosen[0] && key.more(first + k % 64, k / 64) < chosen[1])
                numbers[k] = static_cast<int32_t>(chosen[2]);
        }
    }
};

}  // namespace brianhw

#endif
