// What a model's library and the core exchange: a spike queue's due events, and functions by address.
#ifndef BRIANHW_CORE_H
#define BRIANHW_CORE_H

#include <cstdint>

#include "brianhw_array.h"

namespace brianhw {

// Synapses that receive an event in this step: `count` indices from `first` on.
struct Span {
    const int32_t* first;
    int64_t count;
};

// Functions of the core, handed to a model's library when it is bound.
struct CoreFunctions {
    GrowFunction grow;
    int64_t (*queue_due)(void* queue, const Span** spans);
    void (*queue_advance)(void* queue);
};

}  // namespace brianhw

// Treat the smallest numbers as zero in this thread, in code compiled for speed.
static inline void brianhw_flush_denormals() {
#if defined(__SSE__) && defined(BRIANHW_FAST)
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#endif
}

#endif
