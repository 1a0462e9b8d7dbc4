// SPDX-License-Identifier: MIT
/// A worker inside the gateway process (isolation "none"): its thread, and the gateway's ends of its link.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "link/direct_link.hpp"

namespace berth::host::roles {

/// Runs a WorkerRole on a thread until it has stopped or its channel ended.
class HostedWorker {
public:
    HostedWorker(UniqueFd channel, std::size_t io_threads);
    /// Joins: the supervisor has closed the channel, or closes it with this process.
    ~HostedWorker();
    HostedWorker(const HostedWorker&) = delete;
    HostedWorker& operator=(const HostedWorker&) = delete;

    /// The gateway's ends; events are heard once the worker was initialised.
    [[nodiscard]] const std::vector<std::shared_ptr<link::DirectLane>>& lanes() const { return lanes_; }
    [[nodiscard]] bool has_ended() const { return ended_->load(); }

private:
    std::vector<std::shared_ptr<link::DirectLane>> lanes_;
    std::shared_ptr<std::atomic<bool>> ended_;  ///< shared with the thread, which may be let go of
    std::thread thread_;
};

}  // namespace berth::host::roles
