// What a model's library and the core share: a spike queue's due events, functions by address, the float mode.
#ifndef BRIANHW_CORE_H
#define BRIANHW_CORE_H

#include <cstdint>
#include <type_traits>

#include "brianhw_array.h"

// How many elements to compute together so that all go through vector instructions; clang unrolls its loops besides.
#if defined(__clang__)
#define BRIANHW_TOGETHER(n) 64
#else
#define BRIANHW_TOGETHER(n) n
#endif

namespace brianhw {

// What a function of a model's library finds in its table: an address, a constant or a size.
union Slot {
    void* pointer;
    double number;
    int64_t whole;
};

// Which share of its elements a function does, and how many events it has found among them.
struct Share {
    int64_t number, of;
    int64_t found;
    uint32_t key[4];  // random words of this step, the same for all shares, where the function draws numbers from them
    int64_t inputs;   // counts how often values that do not change in a run may have changed; 0: unknown
};

// The type for a copy of an element that is computed beside eight-byte numbers: a boolean takes eight bytes, too.
template <typename Reference, typename Element = typename std::decay<Reference>::type>
using Wide = typename std::conditional<sizeof(Element) == 1, int64_t, Element>::type;

// What a function keeps from step to step. A function whose work is divided keeps nothing: its threads would write at once.
class Kept {
    Slot* const memory;  // what `inputs` was, and the values; or null
    const int64_t inputs;

public:
    double* const values;

    Kept(const Slot& place, double* own, const Share& share)
        : memory(share.of == 1 && share.inputs ? const_cast<Slot*>(&place) : nullptr),
          inputs(share.inputs),
          values(memory ? &memory[1].number : own) {}
    bool is_old() const { return !memory || memory->whole != inputs; }
    void renew() const {
        if (memory) memory->whole = inputs;
    }
};

// Where a share of `n` elements begins and ends. It is a whole number of vector instructions, so that all elements but the
// very last ones are computed by these, and the same ones, whatever the number of shares.
inline int64_t begin_of(const Share& share, int64_t n) {
    return share.number >= share.of ? n : n * share.number / share.of / 256 * 256;
}
inline int64_t end_of(const Share& share, int64_t n) { return begin_of(Share{share.number + 1, share.of, 0, {}, 0}, n); }

// Synapses that receive an event in this step: `count` indices from `first` on.
struct Span {
    const int32_t* first;
    int64_t count;
    int64_t distinct;  // whether no synapse comes twice
    void* const* copies;  // or null; else the indices are places in these copies of arrays, not synapses
};

// Functions of the core, handed to a model's library when it is bound.
struct CoreFunctions {
    GrowFunction grow;
    int64_t (*queue_due)(void* queue, int64_t part, const Span** spans);
    int64_t (*queue_due_in_order)(void* queue, int64_t part, const Span** spans);
    void (*queue_advance)(void* queue, int64_t part);
};

// How this thread computes with the smallest numbers: a setting of the processor.
inline unsigned float_mode() {
#if defined(__SSE__)
    return __builtin_ia32_stmxcsr();
#else
    return 0;
#endif
}

inline void set_float_mode(unsigned mode) {
#if defined(__SSE__)
    __builtin_ia32_ldmxcsr(mode);
#else
    (void)mode;
#endif
}

}  // namespace brianhw

#endif
