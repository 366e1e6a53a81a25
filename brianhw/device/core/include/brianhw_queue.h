// Events on their way along a synaptic pathway: one queue, or several of which each has the synapses of some targets.
#ifndef BRIANHW_QUEUE_H
#define BRIANHW_QUEUE_H

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <vector>

#include "brianhw_core.h"

namespace brianhw {

// The numbers 0, 1, 2, ..., at least `n` of them: the order of synapses that lie in order, one for all queues. A queue
// keeps the ones that it was given; more of them are made elsewhere.
using Numbers = std::shared_ptr<const std::vector<int32_t>>;

inline Numbers natural_order(int64_t n) {
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
    bool single;          // whether no source has two synapses, and all have one delay
    size_t offset;
    std::vector<Slot> slots;
    Numbers order;  // synapses by source, delay and number
    std::vector<int64_t> first_synapse;  // of each source in `order`; one more at the end
    std::vector<int64_t> first_group;    // of each source in `groups`; one more at the end
    std::vector<Group> groups;
    std::vector<int32_t> delay_of;  // each synapse in `order`; instead of `groups` where slots hold synapses
    std::vector<Span> spans;
    bool natural;                           // whether `order` is 0, 1, 2, ...
    std::vector<std::vector<char>> copies;  // of arrays of the synapses, in their order here
    std::vector<void*> places;              // of the copies
    Numbers numbers;                        // 0, 1, 2, ..., where there are copies
    size_t doubtful;  // for how many steps a synapse may be twice among those of a slot

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

    void doubt() { doubtful = slots.size(); }

    // As `push`, for sources with one synapse at most, all of one delay: without branches, which nobody could foresee.
    void push_single(const int32_t* spike, const int32_t* end) {
        std::vector<int32_t>& loose = slot(delay_of[0]).loose;
        const size_t before = loose.size();
        const int64_t last = static_cast<int64_t>(delay_of.size()) - 1, n_sources = stop - start;
        loose.resize(before + (end - spike));
        int32_t* to = loose.data() + before;
        int repeated = 0;
        for (const int32_t* each = spike; each < end; each++) {
            repeated |= each > spike && each[0] <= each[-1];
            const int64_t source = *each - start;
            if (source >= n_sources) continue;
            const int64_t at = first_synapse[source];
            *to = (*order)[std::min(at, last)];
            to += first_synapse[source + 1] - at;
        }
        loose.resize(to - loose.data());
        if (repeated) doubt();
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
        natural = in_order;
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

    template <size_t known>
    void gather(char* to, const char* from, size_t size) const {
        const size_t each = known ? known : size, n = static_cast<size_t>(first_synapse.back());
        for (size_t k = 0; k < n; k++) std::memcpy(to + k * each, from + (*order)[k] * each, each);
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
        : start(first), stop(last), dt(0.0), one_by_one(false), single(false), offset(0), slots(1), order(natural_order(0)),
          natural(true), doubtful(0) {}

    // Returns the number of the first synapse with an impossible delay or source, or -1.
    template <typename T>
    int64_t prepare(const T* delays, int64_t n_delays, const int32_t* sources, int64_t n, double new_dt) {
        const bool one_delay = n_delays == 1;
        const auto steps = [=](int64_t synapse) {
            return static_cast<int32_t>(delays[one_delay ? 0 : synapse] / new_dt + 0.5);
        };
        int32_t longest = 0, shortest = std::numeric_limits<int32_t>::max(), before = 0;
        bool in_order = true;  // synapses lie by source and delay, as those of PyNN do
        for (int64_t s = 0; s < n; s++) {
            const double delay = delays[one_delay ? 0 : s] / new_dt + 0.5;
            if (!(delay >= 0.0 && delay < longest_delay) || sources[s] < start || sources[s] >= stop) return s;
            const int32_t step = static_cast<int32_t>(delay);
            longest = std::max(longest, step);
            shortest = std::min(shortest, step);
            in_order = in_order && (s == 0 || sources[s - 1] < sources[s] ||
                                    (sources[s - 1] == sources[s] && before <= step));
            before = step;
        }
        loosen();
        forget_copies();
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
        single = one_by_one && longest == shortest;
        for (size_t k = 1; single && k < first_synapse.size(); k++) single = first_synapse[k] - first_synapse[k - 1] < 2;
        ensure(longest + 1);
        if (std::any_of(slots.begin(), slots.end(), [](const Slot& each) { return !each.loose.empty(); })) doubt();
        return -1;
    }

    void push(const int32_t* spikes, int64_t n) {
        const int32_t* const end = std::lower_bound(spikes, spikes + n, stop);
        const int32_t* const begin = std::lower_bound(spikes, end, start);
        if (single) return push_single(begin, end);
        for (const int32_t* spike = begin; spike < end; spike++) {
            const int64_t source = *spike - start;
            if (spike > begin && spike[0] <= spike[-1]) doubt();  // lists of first spikes, then second ones, ...
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

    // The synapses that are due; for who takes what they have from copies, where there are some, places in these.
    int64_t due(const Span** result, bool from_copies = false) {
        const Slot& current = slots[offset];
        spans.clear();
        if (!current.loose.empty())
            spans.push_back(
                Span{current.loose.data(), static_cast<int64_t>(current.loose.size()), doubtful == 0, nullptr});
        from_copies = from_copies && !places.empty();
        const int32_t* const from = (from_copies ? numbers : order)->data();
        void* const* const found = from_copies ? places.data() : nullptr;
        for (const Range& range : current.ranges) spans.push_back(Span{from + range.begin, range.count, 1, found});
        *result = spans.data();
        return static_cast<int64_t>(spans.size());
    }

    // Copies arrays with an element of `sizes[k]` bytes for each synapse, so that those of one spike lie side by side.
    // They are used until the order changes; synapses that lie in order, or are sent one by one, need none.
    void copy(const void* const* arrays, const int64_t* sizes, int64_t n) {
        forget_copies();
        if (natural || one_by_one || groups.empty()) return;
        const size_t n_synapses = static_cast<size_t>(first_synapse.back());
        for (int64_t k = 0; k < n; k++) {
            copies.emplace_back(n_synapses * sizes[k]);
            char* const to = copies.back().data();
            const char* const from = static_cast<const char*>(arrays[k]);
            if (sizes[k] == 8)
                gather<8>(to, from, 8);
            else if (sizes[k] == 4)
                gather<4>(to, from, 4);
            else
                gather<0>(to, from, sizes[k]);
        }
        for (auto& each : copies) places.push_back(each.data());
        numbers = natural_order(static_cast<int64_t>(n_synapses));
    }

    void forget_copies() {
        std::vector<std::vector<char>>().swap(copies);
        places.clear();
        numbers.reset();
    }

    void advance() {
        slots[offset].loose.clear();
        slots[offset].ranges.clear();
        if (++offset == slots.size()) offset = 0;
        if (doubtful) doubtful--;
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
        doubt();
    }

    double step() const { return dt; }

    // Gives the synapses the numbers that they have elsewhere; before any event is on its way.
    void renumber(const std::vector<int32_t>& numbers) {
        std::vector<int32_t> renumbered(numbers.size());
        for (size_t k = 0; k < numbers.size(); k++) renumbered[k] = numbers[(*order)[k]];
        order = std::make_shared<const std::vector<int32_t>>(std::move(renumbered));
        natural = false;
        forget_copies();
    }
};

// The queue of a pathway, whole or divided by the targets of its synapses, so that threads can do its parts side by side.
// Each target finds its synapses in one part, in the order that they have in the whole.
class Queues {
    int32_t start, stop;
    std::vector<std::unique_ptr<SpikeQueue>> parts;

    // Makes one queue of the parts again, with their events.
    void unite() {
        if (parts.size() == 1) return;
        std::vector<int64_t> counts(size());
        std::vector<int32_t> events(save(counts.data(), nullptr));
        save(nullptr, events.data());
        const double dt = parts[0]->step();
        parts.clear();
        parts.push_back(std::make_unique<SpikeQueue>(start, stop));
        parts[0]->load(counts.data(), events.data(), static_cast<int64_t>(counts.size()), dt);
    }

public:
    Queues(int32_t first, int32_t last) : start(first), stop(last) {
        parts.push_back(std::make_unique<SpikeQueue>(first, last));
    }

    template <typename T>
    int64_t prepare(const T* delays, int64_t n_delays, const int32_t* sources, int64_t n, double dt) {
        unite();
        return parts[0]->prepare(delays, n_delays, sources, n, dt);
    }

    // Divides what has been prepared; `part` is that of each synapse, below `n_parts`.
    template <typename T>
    void divide(const T* delays, int64_t n_delays, const int32_t* sources, int64_t n, double dt, const uint8_t* part,
                int64_t n_parts) {
        unite();
        std::vector<int64_t> counts(size());
        std::vector<int32_t> events(save(counts.data(), nullptr));
        save(nullptr, events.data());
        std::vector<std::unique_ptr<SpikeQueue>> divided;
        for (int64_t p = 0; p < n_parts; p++) {
            std::vector<int32_t> synapses, own_sources;
            std::vector<T> own_delays;
            for (int64_t s = 0; s < n; s++) {
                if (part[s] != p) continue;
                synapses.push_back(static_cast<int32_t>(s));
                own_sources.push_back(sources[s]);
                if (n_delays > 1) own_delays.push_back(delays[s]);
            }
            divided.push_back(std::make_unique<SpikeQueue>(start, stop));
            SpikeQueue& own = *divided.back();
            // of one synapse the delay is one for all
            own.prepare(n_delays > 1 ? own_delays.data() : delays, n_delays > 1 ? own_delays.size() : 1,
                        own_sources.data(), static_cast<int64_t>(synapses.size()), dt);
            std::vector<int64_t> own_counts;
            std::vector<int32_t> own_events;
            size_t at = 0;
            for (const int64_t count : counts) {
                own_counts.push_back(0);
                for (int64_t k = 0; k < count; k++, at++)
                    if (part[events[at]] == p) {
                        own_events.push_back(events[at]);
                        own_counts.back()++;
                    }
            }
            own.renumber(synapses);
            own.load(own_counts.data(), own_events.data(), static_cast<int64_t>(own_counts.size()), dt);
        }
        parts = std::move(divided);
    }

    void copy(const void* const* arrays, const int64_t* sizes, int64_t n) {
        for (auto& each : parts) each->copy(arrays, sizes, n);
    }

    SpikeQueue& part(int64_t number) { return *parts[number]; }
    int64_t n_parts() const { return static_cast<int64_t>(parts.size()); }
    double step() const { return parts[0]->step(); }

    int64_t size() const {
        int64_t longest = 0;
        for (const auto& each : parts) longest = std::max(longest, each->size());
        return longest;
    }

    // The events of each slot from now on. With no memory given only their numbers are returned.
    int64_t save(int64_t* counts, int32_t* events) {
        if (parts.size() == 1) return parts[0]->save(counts, events);
        // part after part: of each target, which is in one of them, the events stay in their order
        const size_t n_slots = static_cast<size_t>(size());
        std::vector<std::vector<int32_t>> found(n_slots);
        for (const auto& each : parts) {
            std::vector<int64_t> own_counts(each->size());
            std::vector<int32_t> own(each->save(own_counts.data(), nullptr));
            each->save(nullptr, own.data());
            auto from = own.begin();
            for (size_t d = 0; d < own_counts.size(); from += own_counts[d++])
                found[d].insert(found[d].end(), from, from + own_counts[d]);
        }
        int64_t total = 0;
        for (size_t d = 0; d < n_slots; d++) {
            if (counts) counts[d] = static_cast<int64_t>(found[d].size());
            if (events) std::copy(found[d].begin(), found[d].end(), events + total);
            total += static_cast<int64_t>(found[d].size());
        }
        return total;
    }

    void load(const int64_t* counts, const int32_t* events, int64_t n, double dt) {
        if (parts.size() > 1) {
            parts.clear();
            parts.push_back(std::make_unique<SpikeQueue>(start, stop));
        }
        parts[0]->load(counts, events, n, dt);
    }
};

}  // namespace brianhw

#endif
