// The part of the device that is the same for every model: the loop over time and the queues of spikes.
//
// It is compiled once. A model's library holds only what Brian2 generates for that model.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <time.h>
#include <vector>

#include "brianhw_core.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

using brianhw::Span;

namespace {

double now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

// -- queues of spikes -------------------------------------------------------------------------------

// The numbers 0, 1, 2, ..., at least `n` of them: the order of synapses that lie in order, one for all queues. A queue
// keeps the ones that it was given; more of them are made elsewhere.
using Numbers = std::shared_ptr<const std::vector<int32_t>>;

Numbers natural_order(int64_t n) {
    static std::mutex mutex;
    static Numbers longest = std::make_shared<const std::vector<int32_t>>();
    std::lock_guard<std::mutex> lock(mutex);
    const size_t before = longest->size();
    if (static_cast<size_t>(n) > before) {
        std::vector<int32_t> numbers(std::max(static_cast<size_t>(n), before + before / 4));
        std::iota(numbers.begin(), numbers.end(), 0);
        longest = std::make_shared<const std::vector<int32_t>>(std::move(numbers));
    }
    return longest;
}

// Sorts `n` keys below `n_keys` by counting them: `at(k)` is the k-th, `put(k, place)` is told its place. Those alike
// stay as they are.
template <typename At, typename Put>
void count_and_place(int64_t n, int64_t n_keys, const At& at, const Put& put) {
    std::vector<int64_t> next(n_keys + 1, 0);
    for (int64_t k = 0; k < n; k++) next[at(k) + 1]++;
    for (int64_t key = 0; key < n_keys; key++) next[key + 1] += next[key];
    for (int64_t k = 0; k < n; k++) put(k, next[at(k)]++);
}

// Events on their way to synapses. Slot `offset + d` holds what is due in d steps; slot `offset` is due now.
//
// The synapses of each source are sorted by delay, so that one entry stands for all synapses with one delay; where
// there are few of these, a slot holds the synapses themselves. Within a slot the order is Brian2's: by step of the
// spike, then source, then synapse.
class SpikeQueue {
    struct Range {
        int64_t begin, count;  // in `order`
    };
    struct Group {  // they follow each other: the next one begins where this one ends
        int32_t delay, count;
    };
    struct Slot {
        std::vector<int32_t> loose;  // synapses; come first
        std::vector<Range> ranges;
    };

    int32_t start, stop;  // the sources that are listened to
    double dt;            // 0 if the next `prepare` says it
    bool one_by_one;      // whether slots hold synapses, not ranges of them
    size_t offset;
    std::vector<Slot> slots;
    Numbers order;  // synapses by source, delay and number
    std::vector<int64_t> first_synapse;  // of each source in `order`; one more at the end
    std::vector<int64_t> first_group;    // of each source in `groups`; one more at the end
    std::vector<Group> groups;
    std::vector<int32_t> delay_of;  // each synapse in `order`; instead of `groups` where slots hold synapses
    std::vector<Span> spans;

    Slot& slot(size_t delay) {  // a delay is less than the number of slots
        const size_t at = offset + delay;
        return slots[at < slots.size() ? at : at - slots.size()];
    }

    void ensure(size_t size) {
        if (size <= slots.size()) return;
        std::rotate(slots.begin(), slots.begin() + offset, slots.end());
        offset = 0;
        slots.resize(size);
    }

    void loosen() {  // before `order` changes
        for (Slot& each : slots) {
            for (const Range& range : each.ranges)
                each.loose.insert(each.loose.end(), order->begin() + range.begin,
                                  order->begin() + range.begin + range.count);
            each.ranges.clear();
        }
    }

    void change_dt(double new_dt) {
        const double factor = dt / new_dt;
        std::vector<Slot> before(slots.size());
        for (size_t d = 0; d < before.size(); d++) std::swap(before[d], slot(d));
        offset = 0;
        slots.assign(static_cast<size_t>(before.size() * factor) + 1, Slot());
        for (size_t d = 0; d < before.size(); d++) {
            const size_t to = static_cast<size_t>(d * factor + 0.5);
            ensure(to + 1);
            // two old steps may fall into one
            slots[to].loose.insert(slots[to].loose.end(), before[d].loose.begin(), before[d].loose.end());
        }
    }

    // Sorts the synapses; `steps(s)` is the delay of synapse s, `in_order` says that nothing moves.
    template <typename Steps>
    void sort(const Steps& steps, int32_t longest, const int32_t* sources, int64_t n, bool in_order) {
        const int64_t n_sources = stop - start;
        first_synapse.assign(n_sources + 1, 0);
        for (int64_t s = 0; s < n; s++) first_synapse[sources[s] - start + 1]++;
        for (int64_t k = 0; k < n_sources; k++) first_synapse[k + 1] += first_synapse[k];
        if (in_order) {
            order = natural_order(n);
            return;
        }
        std::vector<int32_t> sorted(n);
        const auto place = [&](const auto& at) {
            count_and_place(
                n, n_sources, [&](int64_t k) { return sources[at(k)] - start; },
                [&](int64_t k, int64_t to) { sorted[to] = static_cast<int32_t>(at(k)); });
        };
        if (longest > 0 && longest < most_counted) {  // by delay first, so that sources keep that order
            std::vector<int32_t> by_delay(n);
            count_and_place(n, longest + 1, steps,
                            [&](int64_t s, int64_t to) { by_delay[to] = static_cast<int32_t>(s); });
            place([&](int64_t k) { return by_delay[k]; });
        } else {
            place([](int64_t k) { return k; });
            for (int64_t k = 0; longest > 0 && k < n_sources; k++)
                std::stable_sort(sorted.begin() + first_synapse[k], sorted.begin() + first_synapse[k + 1],
                                 [&](int32_t a, int32_t b) { return steps(a) < steps(b); });
        }
        order = std::make_shared<const std::vector<int32_t>>(std::move(sorted));
    }

    // Notes which synapses wait as long as their neighbours, source by source.
    template <typename Steps>
    void group(const Steps& steps) {
        const int64_t n_sources = stop - start;
        groups.clear();
        first_group.assign(n_sources + 1, 0);
        for (int64_t k = 0; k < n_sources; k++) {
            const int64_t end = first_synapse[k + 1];
            int64_t at = first_synapse[k];
            int32_t delay = at < end ? steps((*order)[at]) : 0;
            while (at < end) {
                int32_t next = delay;
                int64_t last = at + 1;
                while (last < end && (next = steps((*order)[last])) == delay) last++;
                groups.push_back(Group{delay, static_cast<int32_t>(last - at)});
                at = last;
                delay = next;
            }
            first_group[k + 1] = static_cast<int64_t>(groups.size());
        }
        groups.shrink_to_fit();
    }

    void hold_synapses() {  // in slots, not ranges of them
        delay_of.reserve(first_synapse.back());
        for (const Group& each : groups) delay_of.insert(delay_of.end(), each.count, each.delay);
        std::vector<Group>().swap(groups);
        std::vector<int64_t>().swap(first_group);
    }

public:
    static constexpr double longest_delay = 1e7;  // steps, repeated in queue.py: half a gigabyte of slots
    static constexpr int32_t most_counted = 65536;  // steps: their counts fit the processor's cache

    SpikeQueue(int32_t first, int32_t last)
        : start(first), stop(last), dt(0.0), one_by_one(false), offset(0), slots(1), order(natural_order(0)) {}

    // Returns the number of the first synapse with an impossible delay or source, or -1.
    template <typename T>
    int64_t prepare(const T* delays, int64_t n_delays, const int32_t* sources, int64_t n, double new_dt) {
        const bool one_delay = n_delays == 1;
        const auto steps = [=](int64_t synapse) {
            return static_cast<int32_t>(delays[one_delay ? 0 : synapse] / new_dt + 0.5);
        };
        int32_t longest = 0, before = 0;
        bool in_order = true;  // synapses lie by source and delay, as those of PyNN do
        for (int64_t s = 0; s < n; s++) {
            const double delay = delays[one_delay ? 0 : s] / new_dt + 0.5;
            if (!(delay >= 0.0 && delay < longest_delay) || sources[s] < start || sources[s] >= stop) return s;
            const int32_t step = static_cast<int32_t>(delay);
            longest = std::max(longest, step);
            in_order = in_order && (s == 0 || sources[s - 1] < sources[s] ||
                                    (sources[s - 1] == sources[s] && before <= step));
            before = step;
        }
        loosen();
        if (dt != 0.0 && dt != new_dt) change_dt(new_dt);
        dt = new_dt;
        delay_of.clear();
        if (one_delay) {
            sort([](int64_t) { return 0; }, 0, sources, n, in_order);
            group([=](int64_t) { return longest; });
        } else {
            sort(steps, longest, sources, n, in_order);
            group(steps);
        }
        one_by_one = static_cast<int64_t>(groups.size()) * 4 > n;
        if (one_by_one) hold_synapses();
        ensure(longest + 1);
        return -1;
    }

    void push(const int32_t* spikes, int64_t n) {
        const int32_t* end = std::lower_bound(spikes, spikes + n, stop);
        for (const int32_t* spike = std::lower_bound(spikes, end, start); spike < end; spike++) {
            const int64_t source = *spike - start;
            if (source + 1 >= static_cast<int64_t>(first_synapse.size())) continue;  // not prepared
            int64_t at = first_synapse[source];
            if (one_by_one)
                for (; at < first_synapse[source + 1]; at++) slot(delay_of[at]).loose.push_back((*order)[at]);
            else
                for (int64_t g = first_group[source]; g < first_group[source + 1]; g++) {
                    slot(groups[g].delay).ranges.push_back(Range{at, groups[g].count});
                    at += groups[g].count;
                }
        }
    }

    int64_t due(const Span** result) {
        const Slot& current = slots[offset];
        spans.clear();
        if (!current.loose.empty())
            spans.push_back(Span{current.loose.data(), static_cast<int64_t>(current.loose.size())});
        for (const Range& range : current.ranges) spans.push_back(Span{order->data() + range.begin, range.count});
        *result = spans.data();
        return static_cast<int64_t>(spans.size());
    }

    void advance() {
        slots[offset].loose.clear();
        slots[offset].ranges.clear();
        if (++offset == slots.size()) offset = 0;
    }

    // The events of each slot from now on. With no memory given only their numbers are returned.
    int64_t save(int64_t* counts, int32_t* events) {
        loosen();
        int64_t total = 0;
        for (size_t d = 0; d < slots.size(); d++) {
            const std::vector<int32_t>& loose = slot(d).loose;
            if (counts) counts[d] = static_cast<int64_t>(loose.size());
            if (events) std::copy(loose.begin(), loose.end(), events + total);
            total += static_cast<int64_t>(loose.size());
        }
        return total;
    }

    int64_t size() const { return static_cast<int64_t>(slots.size()); }

    void load(const int64_t* counts, const int32_t* events, int64_t n, double stored_dt) {
        const size_t needed = std::max(slots.size(), static_cast<size_t>(n));
        slots.assign(needed, Slot());
        offset = 0;
        for (int64_t d = 0; d < n; d++) {
            slots[d].loose.assign(events, events + counts[d]);
            events += counts[d];
        }
        dt = stored_dt;  // 0: that of the next `prepare`
    }

    double step() const { return dt; }
};

}  // namespace

EXPORT void* brianhw_queue_new(int32_t start, int32_t stop) { return new SpikeQueue(start, stop); }
EXPORT void brianhw_queue_delete(void* queue) { delete static_cast<SpikeQueue*>(queue); }

EXPORT int64_t brianhw_queue_prepare(void* queue, const void* delays, int is_float, int64_t n_delays,
                                     const int32_t* sources, int64_t n_synapses, double dt) {
    SpikeQueue& self = *static_cast<SpikeQueue*>(queue);
    try {
        if (is_float) return self.prepare(static_cast<const float*>(delays), n_delays, sources, n_synapses, dt);
        return self.prepare(static_cast<const double*>(delays), n_delays, sources, n_synapses, dt);
    } catch (const std::exception&) {
        return -2;  // out of memory
    }
}
EXPORT int64_t brianhw_queue_due(void* queue, const Span** spans) {
    return static_cast<SpikeQueue*>(queue)->due(spans);
}
EXPORT void brianhw_queue_advance(void* queue) { static_cast<SpikeQueue*>(queue)->advance(); }
EXPORT void brianhw_queue_push(void* queue, const int32_t* spikes, int64_t n) {
    static_cast<SpikeQueue*>(queue)->push(spikes, n);
}
EXPORT int64_t brianhw_queue_size(void* queue) { return static_cast<SpikeQueue*>(queue)->size(); }
EXPORT double brianhw_queue_dt(void* queue) { return static_cast<SpikeQueue*>(queue)->step(); }
EXPORT int64_t brianhw_queue_save(void* queue, int64_t* counts, int32_t* events) {
    return static_cast<SpikeQueue*>(queue)->save(counts, events);
}
EXPORT void brianhw_queue_load(void* queue, const int64_t* counts, const int32_t* events, int64_t n, double dt) {
    static_cast<SpikeQueue*>(queue)->load(counts, events, n, dt);
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
    void (*run)();             // a function of the model's library, or null
    void* queue;               // or a queue that takes the spikes of `events`; or null, too: Python runs it
    const int32_t* events;     // indices, and at [n_events] their number
    int64_t n_events;
    int64_t clock;             // its index
    double elapsed;            // seconds, where they are measured
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
    int64_t stride;          // steps between two looks at the time
    double same_time;        // share of a step within which the clocks tick together
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

    static void run_entry(Entry& entry) {
        if (entry.run)
            entry.run();
        else
            static_cast<SpikeQueue*>(entry.queue)->push(entry.events, entry.events[entry.n_events]);
    }

    // Run the entries of a step from one on; false where the next is for Python.
    bool step(bool all, int64_t from) {
        for (int64_t k = from; k < loop.n_entries; k++) {
            Entry& entry = loop.entries[k];
            if (!all && !due[entry.clock]) continue;
            loop.current = k;
            if (!entry.run && !entry.queue) return false;
            if (loop.measure) {
                const double before = now();
                run_entry(entry);
                entry.elapsed += now() - before;
            } else {
                run_entry(entry);
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

// Call one function of a model's library outside the loop.
EXPORT int brianhw_call(void (*function)(), char* message, int64_t size) {
    try {
        function();
        return FINISHED;
    } catch (const std::exception& error) {
        std::snprintf(message, size, "%s", error.what());
    } catch (...) {
        std::snprintf(message, size, "an exception that is no std::exception");
    }
    return EXCEPTION;
}

// Say whether all values are numbers of a size that a sound simulation has.
EXPORT int brianhw_all_valid(const double* values, int64_t n) {
    int valid = 1;
    for (int64_t k = 0; k < n; k++) valid &= std::fabs(values[k]) <= 1e50;
    return valid;
}
EXPORT int brianhw_all_valid_float(const float* values, int64_t n) {
    int valid = 1;
    for (int64_t k = 0; k < n; k++) valid &= std::fabs(values[k]) <= std::numeric_limits<float>::max();
    return valid;
}
