// SPDX-License-Identifier: MIT
#include <csignal>
#include <cstdlib>

#include "base/allocator.hpp"
#include "base/log.hpp"
#include "link/process_link.hpp"
#include "log/pipe_sink.hpp"
#include "roles/confinement/confinement.hpp"
#include "roles/worker/worker_role.hpp"

namespace berth::host::roles {
namespace {

constexpr int control_fd = 3;
constexpr int log_fd = 4;

}  // namespace

int run_worker_process() {
    be_the_first_without_memory();  // While it may still open that file of its own.
    let_others_look(false);
    std::signal(SIGPIPE, SIG_IGN);
    log::set_sink(log::pipe_sink(UniqueFd(log_fd)));
    keep_memory_of_bursts();
    int code = 0;
    {
        WorkerRole role(
            UniqueFd(control_fd),
            [](std::vector<UniqueFd> lanes) -> Result<std::unique_ptr<link::WorkerLink>> {
                auto link = link::ProcessLink::create(std::move(lanes));
                if (!link) return tl::unexpected(std::move(link).error());
                return std::unique_ptr<link::WorkerLink>(std::move(*link));
            },
            {.owns_process = true});
        code = role.run();
        // Without an orderly stop handlers may still run and never return: nothing is waited for.
        if (code != 0) std::_Exit(code);
    }
    return code;
}

}  // namespace berth::host::roles
