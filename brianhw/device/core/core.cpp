// The part of the device that is the same for every model: the loop over time and the queues of spikes.
//
// It is compiled once. A model's library holds only what Brian2 generates for that model.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <stdexcept>
#include <vector>

#include "brianhw_core.h"
#include "brianhw_crew.h"
#include "brianhw_queue.h"
#include "brianhw_random.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

using brianhw::Queues;
using brianhw::Share;
using brianhw::Slot;
using brianhw::Span;
using brianhw::now;

// -- Poisson sources ---------------------------------------------------------------------------------

// How often each of many cells spikes in a step: a table for words of 16 random bits, and what decides where it does not.
// The layout is repeated in sources.py.
struct Law {
    const uint8_t* table;        // 65536 numbers
    const double* distribution;  // the distribution function at 0, 1, 2, ...
    int64_t n_distribution;
    int64_t unknown;  // of the table's numbers the one that says that more bits decide
};

// A generator of random numbers of NumPy.
struct Generator {
    uint64_t (*next_word)(void*);
    double (*next_double)(void*);
    void* state;
};

namespace {

// Draws `n` numbers of spikes; counts.py has the same in NumPy.
void draw_numbers(const Law& law, const Generator& random, int64_t n, std::vector<uint64_t>& memory, uint8_t* numbers) {
    constexpr int64_t block = 256;
    memory.resize((n + 3) / 4);
    for (uint64_t& word : memory) word = random.next_word(random.state);
    const uint16_t* const words = reinterpret_cast<const uint16_t*>(memory.data());
    const double* const end = law.distribution + law.n_distribution;
    for (int64_t begin = 0; begin < n; begin += block) {
        const int64_t stop = std::min(begin + block, n);
        int any = 0;
        for (int64_t k = begin; k < stop; k++) {
            numbers[k] = law.table[words[k]];
            any |= numbers[k] == law.unknown;
        }
        for (int64_t k = begin; any && k < stop; k++) {
            if (numbers[k] != law.unknown) continue;
            const double place = (words[k] + random.next_double(random.state)) / 65536;
            const int64_t number = std::upper_bound(law.distribution, end, place) - law.distribution;
            numbers[k] = static_cast<uint8_t>(std::min(number, law.unknown - 1));  // sums may end just below 1
        }
    }
}

// Lists the spikes of a step: first one of each cell that has some, then the second ones, and so on. Returns how many;
// there has to be memory for one more.
int64_t list_in_turns(const uint8_t* numbers, int32_t n_cells, int32_t* cells) {
    int64_t n = 0;
    for (int32_t cell = 0; cell < n_cells; cell++) {  // without branches, which nobody could foresee
        cells[n] = cell;
        n += numbers[cell] != 0;
    }
    int64_t from = 0, end = n;
    for (int turn = 1; from < end; turn++) {
        for (int64_t k = from; k < end; k++) {
            cells[n] = cells[k];
            n += numbers[cells[k]] > turn;
        }
        from = end;
        end = n;
    }
    return n;
}

}  // namespace

// Draws the spikes of `n_cells` in windows of so many steps, one after the other from `step` on. Returns how many there
// are, or -1 if there is no room for them and one more.
EXPORT int64_t brianhw_draw_spikes(const Law* law, const Generator* random, int64_t n_cells, const int64_t* windows,
                                   int64_t n_windows, int64_t step, int32_t* cells, int32_t* steps, int64_t room) {
    try {
        std::vector<uint64_t> memory;
        std::vector<uint8_t> numbers;
        int64_t n = 0;
        for (int64_t w = 0; w < n_windows; w++) {
            numbers.resize(n_cells * windows[w]);
            draw_numbers(*law, *random, static_cast<int64_t>(numbers.size()), memory, numbers.data());
            for (int64_t k = 0; k < windows[w]; k++, step++) {
                const uint8_t* const own = numbers.data() + k * n_cells;
                int64_t expected = 1;
                for (int64_t cell = 0; cell < n_cells; cell++) expected += own[cell];
                if (n + expected > room) return -1;
                const int64_t found = list_in_turns(own, static_cast<int32_t>(n_cells), cells + n);
                std::fill(steps + n, steps + n + found, static_cast<int32_t>(step));
                n += found;
            }
        }
        return n;
    } catch (const std::exception&) {
        return -2;  // out of memory
    }
}

// -- queues of spikes -------------------------------------------------------------------------------

EXPORT void* brianhw_queue_new(int32_t start, int32_t stop) { return new Queues(start, stop); }
EXPORT void brianhw_queue_delete(void* queue) { delete static_cast<Queues*>(queue); }

EXPORT int64_t brianhw_queue_prepare(void* queue, const void* delays, int is_float, int64_t n_delays,
                                     const int32_t* sources, int64_t n_synapses, double dt) {
    Queues& self = *static_cast<Queues*>(queue);
    try {
        if (is_float) return self.prepare(static_cast<const float*>(delays), n_delays, sources, n_synapses, dt);
        return self.prepare(static_cast<const double*>(delays), n_delays, sources, n_synapses, dt);
    } catch (const std::exception&) {
        return -2;  // out of memory
    }
}
// Divide it as `part` says of each synapse; it has to be prepared for the same delays and sources.
EXPORT int64_t brianhw_queue_divide(void* queue, const void* delays, int is_float, int64_t n_delays,
                                    const int32_t* sources, int64_t n_synapses, double dt, const uint8_t* part,
                                    int64_t n_parts) {
    Queues& self = *static_cast<Queues*>(queue);
    try {
        if (is_float)
            self.divide(static_cast<const float*>(delays), n_delays, sources, n_synapses, dt, part, n_parts);
        else
            self.divide(static_cast<const double*>(delays), n_delays, sources, n_synapses, dt, part, n_parts);
        return -1;
    } catch (const std::exception&) {
        return -2;  // out of memory
    }
}
EXPORT int64_t brianhw_queue_due(void* queue, int64_t part, const Span** spans) {
    Queues& self = *static_cast<Queues*>(queue);
    return part < self.n_parts() ? self.part(part).due(spans) : 0;
}
EXPORT int64_t brianhw_queue_due_in_order(void* queue, int64_t part, const Span** spans) {
    Queues& self = *static_cast<Queues*>(queue);
    return part < self.n_parts() ? self.part(part).due(spans, true) : 0;
}
EXPORT int64_t brianhw_queue_copy(void* queue, const void* const* arrays, const int64_t* sizes, int64_t n) {
    try {
        static_cast<Queues*>(queue)->copy(arrays, sizes, n);
        return 0;
    } catch (const std::exception&) {
        return -2;  // out of memory
    }
}
EXPORT void brianhw_queue_advance(void* queue, int64_t part) {
    Queues& self = *static_cast<Queues*>(queue);
    if (part < self.n_parts()) self.part(part).advance();
}
EXPORT void brianhw_queue_push(void* queue, const int32_t* spikes, int64_t n) {
    Queues& self = *static_cast<Queues*>(queue);
    for (int64_t part = 0; part < self.n_parts(); part++) self.part(part).push(spikes, n);
}
EXPORT int64_t brianhw_queue_size(void* queue) { return static_cast<Queues*>(queue)->size(); }
EXPORT double brianhw_queue_dt(void* queue) { return static_cast<Queues*>(queue)->step(); }
EXPORT int64_t brianhw_queue_save(void* queue, int64_t* counts, int32_t* events) {
    return static_cast<Queues*>(queue)->save(counts, events);
}
EXPORT void brianhw_queue_load(void* queue, const int64_t* counts, const int32_t* events, int64_t n, double dt) {
    static_cast<Queues*>(queue)->load(counts, events, n, dt);
}

// -- the loop over time -----------------------------------------------------------------------------

// The layouts of these three are repeated in compiled.py.
struct ClockState {
    int64_t* timestep;
    double* t;
    const double* dt;     // null for a clock that ticks at given times
    const double* times;  // those times, or null
    int64_t end;          // the timestep not to be run any more
};

struct Entry {
    void (*run)(const Slot*, Share&);  // a function of the model's library, or null
    const Slot* slots;                 // its slots
    void* queue;      // or a queue that takes the spikes of `events`; or null, too: Python runs it
    int32_t* events;  // indices, and at [n_events] their number
    int64_t n_events;
    int64_t clock;    // its index
    double elapsed;   // seconds, where they are measured
    int64_t shares;   // in how many the work is divided; 1: not at all
    int64_t first_share;  // which of the shares of those that are done together is its first
    int64_t finds;    // whether the function finds the `events`
    int64_t draws;    // whether it draws from random words that it is given in each step
    int64_t together; // how many entries, from this on, are done by share, each share without waiting for the others
    int64_t all_shares;   // how many shares these have, 0 where it is alone
};

struct Loop {
    ClockState* clocks;
    int64_t n_clocks;
    Entry* entries;
    int64_t n_entries;
    int64_t measure;         // whether to measure `elapsed`
    int64_t flush_denormals;
    volatile int64_t stop;   // set by anyone to end the run after this step
    double t;                // of the step that is running or was the last
    int64_t current;         // the entry that is running, failed or is left to Python; -1 between steps
    int64_t resume;          // the entry to go on with in a step that is half done; 0 to begin a step
    int64_t threads;         // that share the work, at most
    int64_t stride;          // steps between two looks at the time
    double same_time;        // share of a step within which the clocks tick together
    brianhw::Random* random;
    int64_t inputs;          // counts how often what does not change in a run may have changed
    char message[1000];      // of an exception
};

enum Outcome { FINISHED = 0, TIME_IS_UP = 1, STOPPED = 2, PYTHON = 3, EXCEPTION = 4 };

namespace {

const double same_event_time = 1e-14;  // as its BaseClock.epsilon

void tick(ClockState& clock) {
    const int64_t step = ++clock.timestep[0];
    clock.t[0] = clock.times ? clock.times[step] : step * clock.dt[0];
}

bool together(const ClockState& a, const ClockState& b, double same_time) {
    const double distance = std::fabs(a.t[0] - b.t[0]);
    if (distance == 0.0) return true;
    if (!a.dt && !b.dt) return distance < same_event_time;
    const double dt = !a.dt ? b.dt[0] : !b.dt ? a.dt[0] : std::min(a.dt[0], b.dt[0]);
    return distance / dt < same_time;
}

class Runner {
    Loop& loop;
    std::vector<char> due;

    // Entries that are done together; what there is one of for each is kept, so that no step asks for memory.
    struct Work {
        Entry* entries;
        int64_t n_entries, first_share;
        std::vector<Share> shares;  // of each entry; threads take copies
        std::vector<int64_t> found;  // events, by entry and share
        int64_t most_shares;         // of an entry
        Loop* loop;
    } work;

    Share share_of(const Entry& entry) const {
        Share share{0, 1, 0, {}, loop.inputs};
        if (entry.draws)
            for (uint32_t& word : share.key) word = (*loop.random)();
        return share;
    }

    static void do_shares(void* given, int64_t number, int64_t) {
        Work& work = *static_cast<Work*>(given);
        for (int64_t k = 0; k < work.n_entries; k++) {
            Entry& entry = work.entries[k];
            Share share = work.shares[k];
            share.number = work.first_share + number - entry.first_share;
            share.of = entry.shares;
            if (share.number < 0 || share.number >= share.of) continue;
            try {
                if (entry.run) {
                    entry.run(entry.slots, share);
                    work.found[k * work.most_shares + share.number] = share.found;
                } else {
                    Queues& queue = *static_cast<Queues*>(entry.queue);
                    if (share.number < queue.n_parts())
                        queue.part(share.number).push(entry.events, entry.events[entry.n_events]);
                }
            } catch (...) {
                work.loop->current = &entry - work.loop->entries;
                throw;
            }
        }
    }

    void run_divided(Entry& first, int64_t together) {
        const bool alone = together == 1;
        work.entries = &first;
        work.n_entries = together;
        work.first_share = alone ? first.first_share : 0;
        work.loop = &loop;
        work.shares.clear();
        work.most_shares = 1;
        for (Entry* entry = &first; entry < &first + together; entry++) {
            work.shares.push_back(share_of(*entry));
            work.most_shares = std::max(work.most_shares, entry->shares);
        }
        work.found.resize(together * work.most_shares);
        brianhw::Crew& crew = brianhw::Crew::of_process();
        if (!crew.run(do_shares, &work, alone ? first.shares : first.all_shares, loop.threads))
            throw std::runtime_error(crew.what());
        for (int64_t k = 0; k < together; k++)
            if ((&first)[k].finds && (&first)[k].shares > 1) put_together((&first)[k], &work.found[k * work.most_shares]);
    }

    // Each share has left its events where its elements begin.
    static void put_together(Entry& entry, const int64_t* found) {
        int32_t total = 0;
        for (int64_t k = 0; k < entry.shares; k++) {
            const int32_t* const from = entry.events + brianhw::begin_of(Share{k, entry.shares, 0, {}, 0}, entry.n_events);
            std::copy(from, from + found[k], entry.events + total);
            total += static_cast<int32_t>(found[k]);
        }
        entry.events[entry.n_events] = total;
    }

    // Runs an entry, and those that go together with it if there may be several; returns how many.
    int64_t run_entries(Entry& entry, bool several) {
        const int64_t together = several ? std::max<int64_t>(entry.together, 1) : 1;
        if (together > 1 || entry.shares > 1) {
            run_divided(entry, together);
            return together;
        } else if (entry.run) {
            Share all = share_of(entry);
            entry.run(entry.slots, all);
        } else {
            brianhw_queue_push(entry.queue, entry.events, entry.events[entry.n_events]);
        }
        return 1;
    }

    // Run the entries of a step from one on; false where the next is for Python.
    bool step(bool all, int64_t from) {
        int64_t done = 1;
        for (int64_t k = from; k < loop.n_entries; k += done) {
            Entry& entry = loop.entries[k];
            done = 1;
            if (!all && !due[entry.clock]) continue;
            loop.current = k;
            if (!entry.run && !entry.queue) return false;
            if (loop.measure) {
                const double before = now();
                run_entries(entry, false);
                entry.elapsed += now() - before;
            } else {
                done = run_entries(entry, true);
            }
        }
        loop.current = -1;
        return true;
    }

public:
    explicit Runner(Loop& of) : loop(of), due(of.n_clocks, 1) {}

    Outcome run(double seconds) {
        if (!loop.n_clocks) return FINISHED;
        const double start = now();
        int64_t left = loop.stride;
        int64_t from = loop.resume;
        loop.resume = 0;
        for (;; from = 0) {
            ClockState* first = loop.clocks;
            for (int64_t c = 1; c < loop.n_clocks; c++)
                if (loop.clocks[c].t[0] < first->t[0]) first = loop.clocks + c;
            if (from == 0 && first->timestep[0] >= first->end) return FINISHED;
            if (from == 0 && loop.stop) return STOPPED;
            if (from == 0 && --left < 0) {
                const double elapsed = now() - start;
                if (elapsed >= seconds) return TIME_IS_UP;
                // look at the time about every millisecond: it costs as much as a small step
                if (elapsed * 1e3 < 0.5 && loop.stride < 1000000) loop.stride *= 2;
                left = loop.stride;
            }
            for (int64_t c = 0; c < loop.n_clocks; c++) due[c] = together(*first, loop.clocks[c], loop.same_time);
            loop.t = first->t[0];
            if (!step(loop.n_clocks == 1, from)) return PYTHON;
            for (int64_t c = 0; c < loop.n_clocks; c++)
                if (due[c]) tick(loop.clocks[c]);
        }
    }
};

}  // namespace

// Run until the clocks' ends, for about `seconds` at most.
EXPORT int brianhw_run(Loop* loop, double seconds) {
    const unsigned before = brianhw::float_mode();
    if (loop->flush_denormals) brianhw::set_float_mode(before | 0x8040);  // flush to zero, denormals are zero
    int outcome = EXCEPTION;
    loop->message[0] = 0;
    try {
        outcome = Runner(*loop).run(seconds);
    } catch (const std::exception& error) {
        std::snprintf(loop->message, sizeof loop->message, "%s", error.what());
    } catch (...) {
        std::snprintf(loop->message, sizeof loop->message, "an exception that is no std::exception");
    }
    brianhw::set_float_mode(before);
    return outcome;
}

struct Call {
    void (*run)(const Slot*, Share&);
    const Slot* slots;
};

// Values that have to be numbers.
struct Check {
    const void* values;
    int64_t size;
    const brianhw::ArrayHeader* header;  // which says both, or null
    int64_t is_float;
};

// Call functions of a model's library outside the loop.
EXPORT int brianhw_call_all(const Call* calls, int64_t n, char* message, int64_t size) {
    try {
        for (int64_t k = 0; k < n; k++) {
            Share all{0, 1, 0, {}, 0};
            calls[k].run(calls[k].slots, all);
        }
        return FINISHED;
    } catch (const std::exception& error) {
        std::snprintf(message, size, "%s", error.what());
    } catch (...) {
        std::snprintf(message, size, "an exception that is no std::exception");
    }
    return EXCEPTION;
}

EXPORT int brianhw_call(void (*function)(const Slot*, Share&), const Slot* slots, char* message, int64_t size) {
    const Call call{function, slots};
    return brianhw_call_all(&call, 1, message, size);
}

namespace {

template <typename T>
bool all_within(const void* values, int64_t n, T largest) {
    int valid = 1;
    for (int64_t k = 0; k < n; k++) valid &= std::fabs(static_cast<const T*>(values)[k]) <= largest;
    return valid;
}

}  // namespace

// Return the first of the checks, from one on, whose values are not all numbers of a size that a sound simulation has, or -1.
EXPORT int64_t brianhw_first_invalid(const Check* checks, int64_t n, int64_t from) {
    for (int64_t k = from; k < n; k++) {
        const Check& check = checks[k];
        const void* values = check.header ? check.header->memory : check.values;
        const int64_t size = check.header ? check.header->rows : check.size;
        if (check.is_float ? !all_within<float>(values, size, std::numeric_limits<float>::max())
                           : !all_within<double>(values, size, 1e50))
            return k;
    }
    return -1;
}
