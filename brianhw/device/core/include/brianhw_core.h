// What a model's library and the core share: a spike queue's due events, functions by address, the float mode.
#ifndef BRIANHW_CORE_H
#define BRIANHW_CORE_H

#include <cstdint>

#include "brianhw_array.h"

// Says of a loop that its elements do not depend on each other, also where the compiler cannot know.
#if defined(__clang__)
#define BRIANHW_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define BRIANHW_INDEPENDENT _Pragma("GCC ivdep")
#else
#define BRIANHW_INDEPENDENT
#endif

namespace brianhw {

// What a function of a model's library finds in its table: an address, a constant or a size.
union Slot {
    void* pointer;
    double number;
    int64_t whole;
};

// Synapses that receive an event in this step: `count` indices from `first` on.
struct Span {
    const int32_t* first;
    int64_t count;
    int64_t distinct;  // whether no synapse comes twice
};

// Functions of the core, handed to a model's library when it is bound.
struct CoreFunctions {
    GrowFunction grow;
    int64_t (*queue_due)(void* queue, const Span** spans);
    void (*queue_advance)(void* queue);
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
