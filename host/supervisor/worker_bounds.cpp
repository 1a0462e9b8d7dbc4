// SPDX-License-Identifier: MIT
#include "supervisor/worker_bounds.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "base/log.hpp"

namespace berth::host::supervisor {
namespace {

/// The host's own threads of a worker, and what libraries start.
constexpr std::uint64_t tasks_besides_executors = 32;

#if defined(BERTH_SANITIZED)
constexpr bool bounds_memory = false;  // A sanitizer's own is most of it.
#else
constexpr bool bounds_memory = true;
#endif

}  // namespace

std::optional<ProcessUsage> usage_of(pid_t pid) {
    const std::string directory = "/proc/" + std::to_string(pid);
    std::string text;
    std::getline(std::ifstream(directory + "/stat"), text);
    // The name may have blanks and brackets in it; the fields after it are numbered from 3 on (proc(5)).
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(text.substr(name_end + 1));
    std::string field;
    ProcessUsage usage;
    for (int number = 3; number <= 24 && fields >> field; ++number) {
        if (number == 20) usage.threads = std::stoull(field);
        if (number == 24) usage.memory_bytes = std::stoull(field) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    }
    return usage.threads == 0 ? std::nullopt : std::optional(usage);
}

std::uint64_t tasks_of(const config::Limits& limits) {
    return limits.tasks != 0 ? limits.tasks : limits.executors + tasks_besides_executors;
}

void WorkerBounds::look() {
    for (const auto& [name, project] : projects_.all()) {
        for (Worker* const worker : project->workers()) {
            // A project that is renewed has other workers than those walked here.
            if (!is_within(*project, *worker)) return renew(*project);
        }
    }
    for (const Project* const project : projects_.leaving()) {
        for (Worker* const worker : project->workers()) static_cast<void>(is_within(*project, *worker));
    }
}

bool WorkerBounds::is_within(const Project& project, Worker& worker) {
    if (worker.plan().in_gateway || worker.is_ending()) return true;
    const auto usage = usage_of(worker.pid());
    if (!usage) return true;
    const config::Limits& limits = project.settings().limits;
    if (usage->threads > tasks_of(limits)) {
        log::error("worker has too many threads: ending it",
                   {{"project", project.name()}, {"threads", usage->threads}, {"limit", tasks_of(limits)}});
        worker.kill("had " + std::to_string(usage->threads) + " threads and may have " + std::to_string(tasks_of(limits)) +
                    "; raise limits.tasks if they are wanted");
        return true;
    }
    if (!bounds_memory || limits.memory_bytes == 0) return true;
    const bool is_current = project.current() == &worker;
    // One that leaves may do so because it had too much; what it would gain by that is not for ever.
    const std::uint64_t run = worker.plan().run;
    const bool is_leaving = !is_current && project.worker_of(run) != nullptr;
    const std::uint64_t most = is_leaving ? 2 * limits.memory_bytes : limits.memory_bytes;
    if (usage->memory_bytes <= most) return true;
    if (!is_current) {
        log::error("worker has too much memory: ending it", {{"project", project.name()}, {"bytes", usage->memory_bytes}, {"limit", most}});
        worker.kill("had " + std::to_string(usage->memory_bytes) + " bytes of memory and may have " + std::to_string(most) +
                    "; raise limits.memory if they are wanted");
        return true;
    }
    if (std::exchange(recycled_[project.name()], run) == run) return true;
    log::warning("worker has too much memory: replacing it",
                 {{"project", project.name()}, {"bytes", usage->memory_bytes}, {"limit", most}});
    return false;
}

void WorkerBounds::renew(Project& project) {
    project.renew([name = project.name()](const Result<void>& done) {
        if (!done) log::error("worker could not be replaced", {{"project", name}, {"error", done.error().message}});
    });
}

}  // namespace berth::host::supervisor
