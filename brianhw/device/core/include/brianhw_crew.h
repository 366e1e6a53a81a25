// Threads that help the one that runs the loop: what can be divided is done in shares, by whoever is there.
//
// Nobody waits for a thread that has not begun: who runs the loop takes shares as well, all of them if need be. So a
// machine that is busy with other things costs little. Helpers look out for work for a few microseconds, then sleep.
//
// Each thread takes its own shares first, the same ones each time, whose values its processor's cache still has.
#ifndef BRIANHW_CREW_H
#define BRIANHW_CREW_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>
#include <time.h>
#include <unistd.h>
#include <vector>

#include "brianhw_core.h"

namespace brianhw {

inline double now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

inline void pause() {
#if defined(__SSE__)
    __builtin_ia32_pause();
#endif
}

// Does one share of some work.
typedef void (*DoShare)(void* work, int64_t number, int64_t of);

class Crew {
    static constexpr double patience = 50e-6;      // seconds that a helper looks out for work before it sleeps
    static constexpr double too_long = 500e-6;     // seconds to wait for a helper, after which it seems to be kept away
    static constexpr double alone_for = 30.0;      // times as long as was waited the work is done alone then
    static constexpr int64_t spins = 200;          // looks between two looks at the time
    static constexpr int64_t most_shares = 1023;  // more are done by the one that runs the loop

    struct alignas(64) Taken {  // the number of the last work of which somebody has taken a share; not side by side
        std::atomic<uint64_t> by{0};
    };

    std::atomic<uint64_t> ticket{0};  // the number of the work, and in the last 10 bits how many shares it has
    std::vector<Taken> taken = std::vector<Taken>(most_shares);
    std::atomic<int64_t> threads{1};
    std::atomic<int64_t> done{0};
    std::atomic<DoShare> function{nullptr};
    std::atomic<void*> work{nullptr};
    std::atomic<unsigned> mode{0};
    std::atomic<int> sleeping{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::condition_variable wake, wanted;  // there is work; there is work for more threads
    char message[1000];
    int64_t n_helpers = 0;
    uint64_t number = 0;
    double alone_until = 0.0;
    const pid_t process = getpid();

    void take_shares(uint64_t now, int64_t thread) {
        const uint64_t job = now >> 10;
        const int64_t of = now & most_shares, n_threads = threads.load();
        for (int64_t k = thread; k < of; k += n_threads) take_share(job, k, of);
        for (int64_t k = of - 1; k >= 0; k--) take_share(job, k, of);
    }

    // The work cannot end, and the next one begin, before each of its shares was taken and done.
    void take_share(uint64_t job, int64_t share, int64_t of) {
        uint64_t last = taken[share].by.load();
        if (last >= job || !taken[share].by.compare_exchange_strong(last, job)) return;
        try {
            function.load()(work.load(), share, of);
        } catch (const std::exception& error) {
            fail(error.what());
        } catch (...) {
            fail("an exception that is no std::exception");
        }
        done.fetch_add(1);
    }

    void fail(const char* what) {
        std::lock_guard<std::mutex> lock(mutex);
        std::snprintf(message, sizeof message, "%s", what);
        failed = true;
    }

    void help(uint64_t seen, int64_t thread) {
        for (;;) {
            const double since = now();
            for (int64_t k = 1; ticket.load(std::memory_order_relaxed) == seen; k++) {
                pause();
                if (k % spins || now() - since < patience) continue;
                std::unique_lock<std::mutex> lock(mutex);
                sleeping++;
                wake.wait(lock, [&] { return ticket.load() != seen; });
                sleeping--;
            }
            seen = ticket.load();
            if (thread >= threads.load()) {  // an earlier run had more of them
                std::unique_lock<std::mutex> lock(mutex);
                wanted.wait(lock, [&] { return thread < threads.load(); });
                continue;
            }
            set_float_mode(mode.load());
            take_shares(seen, thread);
        }
    }

public:
    // The crew of this process; a fork has none of its parent's helpers, and gets its own.
    static Crew& of_process() {
        static Crew* crew = nullptr;  // never deleted: its helpers look at it to the end
        if (!crew || crew->process != getpid()) crew = new Crew();
        return *crew;
    }

    // Do some work in `n` shares, by so many threads at most; what a share throws is thrown here as std::runtime_error
    // by the caller. False then.
    bool run(DoShare what, void* with, int64_t n, int64_t n_threads) {
        if (alone_until > 0.0 || n > most_shares) {
            if (n > most_shares || now() < alone_until) {
                for (int64_t k = 0; k < n; k++) what(with, k, n);
                return true;
            }
            alone_until = 0.0;
        }
        if (n_threads != threads.load()) {
            std::lock_guard<std::mutex> lock(mutex);
            threads.store(n_threads);
            wanted.notify_all();
        }
        for (; n_helpers < n_threads - 1; n_helpers++)
            std::thread([this, seen = ticket.load(), thread = n_helpers + 1] { help(seen, thread); }).detach();
        function.store(what);
        work.store(with);
        mode.store(float_mode());
        failed = false;
        done.store(0);
        number++;
        const uint64_t next = number << 10 | static_cast<uint64_t>(n);
        ticket.store(next);
        if (sleeping.load() > 0) {
            std::lock_guard<std::mutex> lock(mutex);
            wake.notify_all();
        }
        take_shares(next, 0);
        wait(n);
        return !failed;
    }

    const char* what() const { return message; }

private:
    void wait(int64_t n) {
        double since = 0.0;
        for (int64_t k = 1; done.load() < n; k++) {
            pause();
            if (k % spins) continue;
            if (since == 0.0) since = now();
            if (now() - since > too_long) {
                std::this_thread::yield();
                alone_until = now() + alone_for * (now() - since);
            }
        }
    }
};

}  // namespace brianhw

#endif
