// SPDX-License-Identifier: MIT
#include "supervisor/worker_bounds.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "base/log.hpp"

namespace berth::host::supervisor {
namespace {

/// The host's own threads of a worker, and what libraries start.
constexpr std::uint64_t tasks_besides_executors = 32;

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
        Worker* const worker = project->current();
        if (!worker || worker->plan().in_gateway) continue;
        const auto usage = usage_of(worker->pid());
        if (!usage) continue;
        const config::Limits& limits = project->settings().limits;
        if (usage->threads > tasks_of(limits)) {
            log::error("worker has too many threads: ending it",
                       {{"project", name}, {"threads", usage->threads}, {"limit", tasks_of(limits)}});
            worker->kill("had " + std::to_string(usage->threads) + " threads and may have " + std::to_string(tasks_of(limits)) +
                         "; raise limits.tasks if they are wanted");
            continue;
        }
        if (limits.memory_bytes == 0 || usage->memory_bytes <= limits.memory_bytes) continue;
        std::uint64_t& run = recycled_[name];
        if (run == worker->plan().run) continue;
        run = worker->plan().run;
        log::warning("worker has too much memory: replacing it",
                     {{"project", name}, {"bytes", usage->memory_bytes}, {"limit", limits.memory_bytes}});
        // `reload` may change the map that is walked here.
        return projects_.reload(*project, [name = name](const Result<void>& done) {
            if (!done) log::error("worker could not be replaced", {{"project", name}, {"error", done.error().message}});
        });
    }
}

}  // namespace berth::host::supervisor
