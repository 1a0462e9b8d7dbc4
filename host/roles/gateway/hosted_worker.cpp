// SPDX-License-Identifier: MIT
#include "roles/gateway/hosted_worker.hpp"

#include <atomic>

#include "base/assert.hpp"
#include "roles/worker/worker_role.hpp"

namespace berth::host::roles {

HostedWorker::HostedWorker(UniqueFd channel, std::size_t io_threads) : ended_(std::make_shared<std::atomic<bool>>(false)) {
    auto link = std::make_shared<std::unique_ptr<link::DirectLink>>(std::make_unique<link::DirectLink>(io_threads));
    for (std::size_t i = 0; i < io_threads; ++i) lanes_.push_back((*link)->lane(i));
    auto fd = std::make_shared<UniqueFd>(std::move(channel));
    thread_ = std::thread([link, fd, ended = ended_] {
        WorkerRole role(
            std::move(*fd),
            [link](std::vector<UniqueFd>) -> Result<std::unique_ptr<link::WorkerLink>> {
                // Asked once: there is no other gateway to link to.
                BERTH_ASSERT(*link != nullptr);
                return std::unique_ptr<link::WorkerLink>(std::move(*link));
            },
            {.owns_process = false});
        role.run();
        ended->store(true);
    });
}

HostedWorker::~HostedWorker() { thread_.join(); }

}  // namespace berth::host::roles
