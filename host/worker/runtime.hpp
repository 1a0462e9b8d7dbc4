// SPDX-License-Identifier: MIT
/// The parts of a worker, which know each other through this; private to the folder.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.hpp"
#include "db/database.hpp"
#include "worker/boundary.hpp"
#include "worker/calls.hpp"
#include "worker/client_table.hpp"
#include "worker/events.hpp"
#include "worker/executor.hpp"
#include "worker/global_service.hpp"
#include "worker/host_table.hpp"
#include "worker/link_threads.hpp"
#include "worker/manifest.hpp"
#include "worker/outlet.hpp"
#include "worker/pool.hpp"
#include "worker/settings.hpp"
#include "worker/slots.hpp"
#include "worker/ticker.hpp"
#include "worker/topics.hpp"

namespace berth::host::worker {

/// What happened so far. [any thread]
class Counters {
public:
    /// An event has ended, after so long.
    void event(std::int64_t took_ns) {
        events_.fetch_add(1, std::memory_order_relaxed);
        took_ns_.fetch_add(took_ns, std::memory_order_relaxed);
    }
    void error(std::string text) BERTH_EXCLUDES(mutex_) {
        errors_.fetch_add(1, std::memory_order_relaxed);
        const MutexLock lock(mutex_);
        last_error_ = std::move(text);
    }
    [[nodiscard]] std::uint64_t events() const { return events_.load(std::memory_order_relaxed); }
    /// The time of all of them together.
    [[nodiscard]] std::int64_t took_ns() const { return took_ns_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t errors() const { return errors_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::string last_error() const BERTH_EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return last_error_;
    }

private:
    std::atomic<std::uint64_t> events_{0}, errors_{0};
    std::atomic<std::int64_t> took_ns_{0};
    mutable Mutex mutex_;
    std::string last_error_ BERTH_GUARDED_BY(mutex_);
};

/// The loaded project. Written by `load` before anything else runs, then read only.
struct Project {
    Manifest manifest;
    void* object = nullptr;  ///< the project's own, from its `load`
    berth_resume resume{};   ///< its own berth.resume/1, as far as it has it
    std::uint64_t flags = 0;
    Milliseconds interval{0};

    [[nodiscard]] bool is(std::uint64_t flag) const { return (flags & flag) != 0; }
    [[nodiscard]] bool resumes() const { return resume.resumed != nullptr; }
    /// Its clients go on when their worker does not.
    [[nodiscard]] bool survives() const { return is(BERTH_PROJECT_STATELESS) || resumes(); }
};

struct Runtime {
    Runtime(WorkerSettings its_settings, link::SlotTable& its_slots);

    /// Hands a context that has work to its executors. [any thread]
    void schedule(ContextPtr context);
    /// A client's context has ended. [any thread]
    void context_ended();

    const WorkerSettings settings;
    link::SlotTable& slot_table;
    Project project;
    std::atomic<bool> others_alive{false};
    std::atomic<std::size_t> contexts{0};  ///< of clients
    Counters counters;
    Outlet outlet;
    db::Database database;
    Topics topics;
    ClientTable clients;
    HostTable host;
    Boundary boundary;
    Calls calls;
    Events events;
    Slots slots;
    ExecutorList executors;
    Ticker ticker;
    Pool pool;
    LinkThreads link_threads;
    GlobalService service;
};

}  // namespace berth::host::worker
