// Threads that help the one that runs the loop: what can be divided is done in shares, by whoever is there.
//
// Nobody waits for a thread that has not begun: who runs the loop takes shares as well, all of them if need be. So a
// machine that is busy with other things costs little. Helpers look out for work for a few microseconds, then sleep.
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

    // The number of the work, how many shares it has, and which is the next: 32, 16 and 16 bits.
    std::atomic<uint64_t> ticket{0};
    std::atomic<int64_t> done{0};
    std::atomic<DoShare> function{nullptr};
    std::atomic<void*> work{nullptr};
    std::atomic<unsigned> mode{0};
    std::atomic<int> sleeping{0};
    std::atomic<bool> failed{false};
    std::mutex mutex;
    std::condition_variable wake;
    char message[1000];
    int64_t n_helpers = 0;
    uint64_t number = 0;
    double alone_until = 0.0;
    const pid_t process = getpid();

    void take_shares(uint64_t job) {
        for (;;) {
            uint64_t now = ticket.load();
            const int64_t of = now >> 16 & 0xffff, share = now & 0xffff;
            if (now >> 32 != job || share >= of) return;
            const DoShare what = function.load();
            void* const with = work.load();
            if (!ticket.compare_exchange_weak(now, now + 1)) continue;
            try {
                what(with, share, of);
            } catch (const std::exception& error) {
                fail(error.what());
            } catch (...) {
                fail("an exception that is no std::exception");
            }
            done.fetch_add(1);
        }
    }

    void fail(const char* what) {
        std::lock_guard<std::mutex> lock(mutex);
        std::snprintf(message, sizeof message, "%s", what);
        failed = true;
    }

    void help(uint64_t seen) {
        for (;;) {
            const double since = now();
            for (int64_t k = 1; ticket.load(std::memory_order_relaxed) >> 32 == seen; k++) {
                pause();
                if (k % spins || now() - since < patience) continue;
                std::unique_lock<std::mutex> lock(mutex);
                sleeping++;
                wake.wait(lock, [&] { return ticket.load() >> 32 != seen; });
                sleeping--;
            }
            seen = ticket.load() >> 32;
            set_float_mode(mode.load());
            take_shares(seen);
        }
    }

public:
    // The crew of this process; a fork has none of its parent's helpers, and gets its own.
    static Crew& of_process() {
        static Crew* crew = nullptr;  // never deleted: its helpers look at it to the end
        if (!crew || crew->process != getpid()) crew = new Crew();
        return *crew;
    }

    // Do some work in `n` shares; what a share throws is thrown here as std::runtime_error by the caller. False then.
    bool run(DoShare what, void* with, int64_t n) {
        if (alone_until > 0.0) {
            if (now() < alone_until) {
                for (int64_t k = 0; k < n; k++) what(with, k, n);
                return true;
            }
            alone_until = 0.0;
        }
        for (; n_helpers < n - 1; n_helpers++) std::thread([this, seen = number] { help(seen); }).detach();
        function.store(what);
        work.store(with);
        mode.store(float_mode());
        failed = false;
        done.store(0);
        number = (number + 1) & 0xffffffff;
        ticket.store(number << 32 | static_cast<uint64_t>(n) << 16);
        if (sleeping.load() > 0) {
            std::lock_guard<std::mutex> lock(mutex);
            wake.notify_all();
        }
        take_shares(number);
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
