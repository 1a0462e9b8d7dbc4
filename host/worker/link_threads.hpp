// SPDX-License-Identifier: MIT
/// What the link's threads have made runnable since their last flush.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.hpp"
#include "worker/context.hpp"

namespace berth::host::worker {

struct Runtime;

/// A thread of the link collects contexts with work while it reads, and hands them over in one go: to the pool,
/// or, where the project promises that its handlers never block, it runs them itself.
class LinkThreads {
public:
    explicit LinkThreads(Runtime& runtime);
    ~LinkThreads();

    void add(ContextPtr context);  ///< [link's threads]
    /// Runs a message at once, where its project is inline and nothing of its context waits. False: it is to be pushed.
    bool run_now(ClientId client, std::uint64_t seq, link::Kind kind, std::string_view payload);  ///< [link's threads]
    void flush();                  ///< [link's threads]

private:
    struct Thread;
    std::shared_ptr<Thread>& here();
    void run(Thread& thread);
    [[nodiscard]] bool enter(Thread& thread, ClientId client);
    static void exit(Thread& thread);
    void unbind(Thread& thread);

    Runtime& runtime_;
    const std::uint64_t serial_;  ///< of this object; never used again
    Mutex mutex_;
    std::vector<std::shared_ptr<Thread>> threads_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::worker
