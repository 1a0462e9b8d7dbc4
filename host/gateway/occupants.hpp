// SPDX-License-Identifier: MIT
/// Who holds how many connections, and what waits for which worker, counted over all I/O threads.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.hpp"
#include "gateway/door.hpp"
#include "gateway/inbox_total.hpp"
#include "gateway/offenders.hpp"
#include "gateway/transport/peer_address.hpp"

namespace berth::host::gateway {

/// Of one project. [any thread]; touched when a client or a worker comes and goes, never per message.
class Occupants {
public:
    using Key = transport::PeerAddress::Key;

    [[nodiscard]] std::size_t count() const { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t count_of(const Key& address) const BERTH_EXCLUDES(mutex_);
    [[nodiscard]] std::size_t count_of_user(const std::string& user) const BERTH_EXCLUDES(mutex_);
    /// `user`: empty for nobody in particular, who is not counted.
    void enter(const Key& address, const std::string& user) BERTH_EXCLUDES(mutex_);
    void leave(const Key& address, const std::string& user) BERTH_EXCLUDES(mutex_);
    /// What waits for the worker of that generation.
    [[nodiscard]] std::shared_ptr<InboxTotal> inbox_of(std::uint64_t generation) BERTH_EXCLUDES(mutex_);

private:
    std::atomic<std::size_t> count_{0};
    mutable Mutex mutex_;
    std::unordered_map<Key, std::size_t> by_address_ BERTH_GUARDED_BY(mutex_);
    std::unordered_map<std::string, std::size_t> by_user_ BERTH_GUARDED_BY(mutex_);
    std::map<std::uint64_t, std::weak_ptr<InboxTotal>> inboxes_ BERTH_GUARDED_BY(mutex_);
};

/// The host's total and the projects' counters; a project keeps its counter while anybody holds it.
class OccupantsTable {
public:
    std::atomic<std::size_t> host{0};
    Offenders offenders;
    [[nodiscard]] std::shared_ptr<Occupants> of(const std::string& project) BERTH_EXCLUDES(mutex_);

private:
    Mutex mutex_;
    std::map<std::string, std::weak_ptr<Occupants>> projects_ BERTH_GUARDED_BY(mutex_);
};

}  // namespace berth::host::gateway
